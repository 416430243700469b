"""Phaseboard as it is deployed: several nodes behind a reverse proxy."""
