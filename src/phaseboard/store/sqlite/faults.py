"""What SQLite complains of, sorted: to be mended, to be tried again, or a bug."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from phaseboard.store.errors import StoreUnusable, Unavailable

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_TRANSIENT = {
    sqlite3.SQLITE_BUSY: "another program holds it",
    sqlite3.SQLITE_LOCKED: "another program holds it",
    sqlite3.SQLITE_NOMEM: "there is no memory left",
    sqlite3.SQLITE_READONLY: "it has become read-only",
    sqlite3.SQLITE_INTERRUPT: "the statement was interrupted",
    sqlite3.SQLITE_IOERR: "the disk reports an error",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened any more",
}
_PRIMARY = 0xFF
"""Masks an extended result code to the primary one."""


def sorter(path: Path) -> Callable[[Exception], Exception]:
    """Return the function that turns an error of SQLite into one of the store; what is neither comes back as it is."""

    def sort(error: Exception) -> Exception:
        code = primary_code(error)
        if code in _DAMAGED:
            return damaged(path, error)
        if code in _TRANSIENT:
            return Unavailable(f"{path} does not answer: {_TRANSIENT[code]} ({error}).")
        return error

    return sort


def primary_code(error: Exception) -> int:
    """Return the primary result code of an error of SQLite, 0 for any other error."""
    return int(getattr(error, "sqlite_errorcode", 0) & _PRIMARY)


def damaged(path: Path, error: object) -> StoreUnusable:
    """Return the error for a file that is no (whole) database."""
    return StoreUnusable(
        f"{path} is damaged or not an SQLite database ({error}). Restore it from a backup, or name another file."
    )
