"""The store in an SQLite file, the default: one process, one writer, two readers."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import aiosqlite
from databases import Database

from phaseboard.store._reader import SQLReader
from phaseboard.store._writer import SQLWriter
from phaseboard.store.commit_listeners import CommitListeners
from phaseboard.store.job_queue import JobQueue
from phaseboard.store.lanes import Lane, ReaderLane, Sort, WriterLane
from phaseboard.store.port import CommitListener, News, Reader, Timed, Writer
from phaseboard.store.sqlite.burst import BurstConnection, SQLiteLink
from phaseboard.store.sqlite.faults import sorter
from phaseboard.store.sqlite.guard import FileGuard
from phaseboard.store.sqlite.schema import check_file, is_newest, migrate

T = TypeVar("T")

READERS = 2

STATEMENTS = 256
"""How many compiled statements each connection keeps."""

BUSY_SECONDS = 5.0
"""How long a statement waits while another program, a backup for example, holds the file."""

_WRITING = ("PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON")
_READING = ("PRAGMA query_only=ON",)


class SQLiteStore:
    """Releases in an SQLite file, which is created, or brought to the newest schema, by `open`.

    A store beside another process that serves the same file holds no lock and may touch nothing but access tokens:
    all else is cached by the server.
    """

    def __init__(self, path: str | Path, *, tokens_only: bool = False) -> None:
        self._path = Path(path).expanduser().resolve()
        self._tokens_only = tokens_only
        self._guard = FileGuard(self._path)
        self._listeners = CommitListeners()
        self._writes, self._reads = _closed(), _closed()
        self._lanes: list[Lane] = []

    @property
    def clock(self) -> None:
        """None: nobody shares it."""

    async def open(self) -> None:
        """Lock the file, migrate it, open the connections. Raises StoreUnusable with what to do."""
        if self._lanes:
            raise RuntimeError("The store is open already.")
        check_file(self._path)
        try:
            await self._prepare()
            await self._open_lanes()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Finish what was handed over, close the connections, unlock the file.

        The writer goes last, and alone: so it leaves one file behind, with everything in it.
        """
        self._writes.refuse()
        self._reads.end()
        await asyncio.gather(*(lane.ended() for lane in self._lanes[1:]))
        self._writes.end()
        await asyncio.gather(*(lane.ended() for lane in self._lanes[:1]))
        self._lanes = []
        self._guard.release()

    async def read(self, work: Callable[[Reader], Awaitable[T]]) -> T:
        """Run `work` in a read transaction. Raises Unavailable while the store is not open."""
        self._check_outside()
        return await self._reads.do(lambda session: work(SQLReader(session)))

    async def glance(self, work: Callable[[Reader], Awaitable[T]]) -> T:
        """Run `work`, each question by itself. Raises Unavailable while the store is not open."""
        self._check_outside()
        return await self._reads.do(lambda session: work(SQLReader(session)), apart=True)

    async def write(self, work: Callable[[Writer], Awaitable[T]]) -> T:
        """Run `work` in the writer's next transaction. Raises Unavailable while the store is not open."""
        self._check_outside()
        return await self._writes.do(lambda session: work(SQLWriter(session)))

    def on_commit(self, hint: CommitListener) -> None:
        """Call `hint` after each commit."""
        self._listeners.add(hint)

    def on_timed(self, timed: Timed) -> None:
        """Call `timed` after each commit; to be set before the store is opened."""
        self._listeners.timed = timed

    def on_news(self, news: News) -> None:
        """Nobody else commits."""

    async def _prepare(self) -> None:
        """Bring the file to the newest schema under the lock; keep the lock unless it is beside another process."""
        if not self._tokens_only:
            self._guard.acquire()
            migrate(self._path)
        elif await self._guard.acquire_within(BUSY_SECONDS, lambda: is_newest(self._path)):
            migrate(self._path)
            self._guard.release()

    async def _open_lanes(self) -> None:
        database = Database(
            f"sqlite:///{quote(str(self._path))}",
            timeout=BUSY_SECONDS,
            cached_statements=STATEMENTS,
            factory=BurstConnection,
        )
        sort = sorter(self._path)
        self._writes, self._reads = JobQueue(), JobQueue()
        self._lanes = [
            WriterLane(
                _connecting(database, _WRITING, sort), sort, self._writes, self._listeners.give, self._listeners.timed
            ),
            *(ReaderLane(_connecting(database, _READING, sort), sort, self._reads) for _ in range(READERS)),
        ]
        await asyncio.gather(*(lane.ready() for lane in self._lanes))

    def _check_outside(self) -> None:
        if any(lane.is_current() for lane in self._lanes):
            raise RuntimeError("Work on the store inside work on the store would wait for itself.")


def _connecting(
    database: Database, pragmas: tuple[str, ...], sort: Sort
) -> Callable[[], AbstractAsyncContextManager[SQLiteLink]]:
    return partial(_connection, database, pragmas, sort)


@asynccontextmanager
async def _connection(database: Database, pragmas: tuple[str, ...], sort: Sort) -> AsyncIterator[SQLiteLink]:
    async with database.connection() as held:
        connection: aiosqlite.Connection = held.raw_connection
        connection.row_factory = sqlite3.Row
        for pragma in pragmas:
            await connection.execute_fetchall(pragma)
        yield SQLiteLink(connection, sort)


def _closed() -> JobQueue:
    jobs = JobQueue()
    jobs.end()
    return jobs
