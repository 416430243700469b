"""The store: one suite for every backend, and what is SQLite's own."""
