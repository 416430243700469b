"""Tests of the feed: the tail in memory, and following it."""
