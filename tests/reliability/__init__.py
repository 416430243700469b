"""The reliability tiers: what holds whatever happens, and machines that make things happen."""
