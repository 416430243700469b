"""The live tail of the log: what subscribers read, in order and without a gap."""
