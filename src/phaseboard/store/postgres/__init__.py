"""The store in PostgreSQL, which any number of nodes share."""

from phaseboard.store.postgres.schema import migrate
from phaseboard.store.postgres.store import PostgresStore

__all__ = ["PostgresStore", "migrate"]
