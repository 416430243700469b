"""State and events: what is committed, and nothing else."""
