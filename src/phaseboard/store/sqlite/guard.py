"""One process a file: who serves an SQLite file holds a lock beside it, which ends with the process however it ends."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from os import getpid
from pathlib import Path
from time import monotonic

from filelock import FileLock, Timeout

from phaseboard.store.errors import StoreUnusable

LOCK_POLL = 0.05
"""Seconds between two tries to take the lock."""


class FileGuard:
    """The lock on a database file, kept in `<path>.lock` together with the id of the process that holds it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._note = path.parent / f"{path.name}.lock"
        self._lock = FileLock(self._note, thread_local=False)

    def acquire(self) -> None:
        """Take the lock. Raises StoreUnusable when another process holds it, or it cannot be written."""
        try:
            self._lock.acquire(blocking=False)
        except Timeout as error:
            if not self._note.exists():
                raise StoreUnusable(f"{self._note} cannot be created. Name a file elsewhere.") from error
            raise StoreUnusable(
                f"{self._path} is being served by another process{self.holder()}. "
                "Stop that one first, or name another file."
            ) from error
        except (OSError, NotImplementedError) as error:
            raise StoreUnusable(
                f"{self._note} cannot be locked ({error}). Make the folder writable, or name a file elsewhere."
            ) from error
        with suppress(OSError):
            self._note.write_text(f"{getpid()}\n")

    async def acquire_within(self, seconds: float, otherwise: Callable[[], bool] = lambda: False) -> bool:
        """Take the lock, waiting for its holder; False when `otherwise` says meanwhile that it is not needed.

        Raises StoreUnusable as `acquire` does.
        """
        deadline = monotonic() + seconds
        while not otherwise():
            try:
                self.acquire()
            except StoreUnusable:
                if monotonic() > deadline:
                    raise
                await asyncio.sleep(LOCK_POLL)
            else:
                return True
        return False

    def release(self) -> None:
        """Let go of the lock; the file stays, because somebody may be waiting on it."""
        self._lock.release()

    def is_held(self) -> bool:
        """Whether a process holds the lock; it is taken for no longer than it takes to see that."""
        if not self._note.exists():
            return False
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            return True
        self._lock.release()
        return False

    def holder(self) -> str:
        """Return the process that held the lock last, in words for the end of a sentence; nothing if none is known."""
        with suppress(OSError, ValueError):
            return f" (pid {int(self._note.read_text())})"
        return ""
