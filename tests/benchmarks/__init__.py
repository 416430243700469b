"""Benchmarks: `make bench` runs all of them and prints a table. Nothing here is part of the test run."""
