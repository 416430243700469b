"""Bringing an SQLite file to the schema this program knows, before anything else touches it."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from phaseboard.store import revisions
from phaseboard.store.errors import StoreUnusable, Unavailable
from phaseboard.store.sqlite.faults import damaged, sorter

_HEADER = b"SQLite format 3\x00"
_ANY_WRITE = 0o222
_NEEDED = (3, 38, 0)


def check_file(path: Path) -> None:
    """Raise StoreUnusable for a path that cannot be a database; touches nothing."""
    if path.is_dir():
        raise StoreUnusable(f"{path} is a folder. Name a file in it.")
    if not path.parent.is_dir():
        raise StoreUnusable(f"{path} cannot be created: there is no folder {path.parent}. Create it first.")
    if not path.exists():
        return
    if not os.access(path, os.R_OK | os.W_OK) or not path.stat().st_mode & _ANY_WRITE:
        raise StoreUnusable(f"{path} is read-only. Make it writable for this user, or name another file.")
    try:
        with path.open("rb") as file:
            header = file.read(len(_HEADER))
    except OSError as error:
        raise StoreUnusable(f"{path} cannot be read ({error}). Name another file.") from error
    if header and header != _HEADER:
        raise damaged(path, "its first bytes are not those of a database")


def migrate(path: Path) -> None:
    """Bring a file to the newest schema, or create it.

    Raises StoreUnusable for one that is damaged, newer than this program, or not ours.
    """
    if sqlite3.sqlite_version_info < _NEEDED:
        needed = ".".join(map(str, _NEEDED))
        raise StoreUnusable(f"This Python comes with SQLite {sqlite3.sqlite_version}; Phaseboard needs {needed}.")
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            _migrate(path, connection)
    except sqlite3.Error as error:
        raise _unusable(path, error) from error
    except DBAPIError as error:
        raise _unusable(path, error.orig) from error


def is_newest(path: Path) -> bool:
    """Whether a file is there and at the newest schema; touches nothing. Raises StoreUnusable as `migrate` does."""
    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            return _is_newest(path, connection)
    except sqlite3.Error as error:
        raise _unusable(path, error) from error


def _migrate(path: Path, connection: sqlite3.Connection) -> None:
    newest = _is_newest(path, connection)
    connection.execute("PRAGMA journal_mode=WAL")
    if not newest:
        _upgrade(connection)


def _is_newest(path: Path, connection: sqlite3.Connection) -> bool:
    found = _revision(path, connection)
    if found is not None and found not in revisions.known():
        raise StoreUnusable(
            f"{path} was written by a newer Phaseboard (its schema is {found}). "
            "Install that version again, or name another file."
        )
    return found == revisions.newest()


def _revision(path: Path, connection: sqlite3.Connection) -> str | None:
    """Return the revision a file is at, None for a new one."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if not tables:
        return None
    if not tables.issuperset({"alembic_version", "releases"}):
        raise StoreUnusable(f"{path} is the database of another program. Name another file.")
    found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    if len(found) != 1:
        raise damaged(path, "it does not tell the version of its schema")
    return str(found[0][0])


def _upgrade(connection: sqlite3.Connection) -> None:
    """Run the migrations in one transaction: killed in the middle, the file is as it was."""
    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
    with engine.connect() as borrowed:
        borrowed.exec_driver_sql("BEGIN IMMEDIATE")
        revisions.upgrade(borrowed)
        borrowed.commit()


def _unusable(path: Path, error: BaseException | None) -> Exception:
    found = sorter(path)(error) if isinstance(error, Exception) else None
    if isinstance(found, Unavailable):
        return StoreUnusable(f"{found} Mend that, or name another file.")
    return found or StoreUnusable(f"{path} cannot be opened ({error}).")
