"""The store in an SQLite file, which one process serves."""
