"""The domain against the contract: the guide and the rules, written out here once more as data."""
