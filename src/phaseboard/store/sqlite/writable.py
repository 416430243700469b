"""Whether an SQLite file can be written, or somebody keeps it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from phaseboard.store.sqlite.faults import primary_code

SECONDS = 2.0
"""How long a server's own commit may stand in the way."""


def is_writable(path: Path, seconds: float = SECONDS) -> bool:
    """Begin to write, and write nothing. Raises sqlite3.Error for what is not a matter of waiting."""
    with closing(sqlite3.connect(path, timeout=seconds, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if primary_code(error) == sqlite3.SQLITE_BUSY:
                return False
            raise
        connection.execute("ROLLBACK")
    return True
