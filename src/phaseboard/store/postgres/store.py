"""The store in PostgreSQL: one lane that writes, the others read."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from databases import Database
from sqlalchemy import text

from phaseboard.store._reader import SQLReader
from phaseboard.store.address import Address
from phaseboard.store.commit_listeners import CommitListeners
from phaseboard.store.errors import StoreError, Unavailable
from phaseboard.store.job_queue import JobQueue
from phaseboard.store.lanes import Lane
from phaseboard.store.port import CommitListener, News, Reader, Timed, Writer
from phaseboard.store.postgres._writer import PostgresWriter, WriterSession
from phaseboard.store.postgres.clock import DatabaseClock
from phaseboard.store.postgres.faults import unusable
from phaseboard.store.postgres.lanes import PostgresReaderLane, PostgresWriterLane
from phaseboard.store.postgres.link import STATEMENT_SECONDS, STATEMENTS, database, linked
from phaseboard.store.postgres.listen import Listener, Poller
from phaseboard.store.postgres.listening import check_listening
from phaseboard.store.postgres.schema import check
from phaseboard.store.session import Session
from phaseboard.store.statement import Statement

T = TypeVar("T")

CONNECTIONS = 5
"""How many connections a node holds, unless told otherwise: one to write, the others to read."""

FEWEST = 2

PATIENCE = 2 * STATEMENT_SECONDS
"""Seconds that work waits for its turn."""

CLOCK_SECONDS = 10.0
"""Seconds between two looks at the database's clock."""


class PostgresStore:
    """Releases in a PostgreSQL database that several nodes may share.

    Work may be begun more than once: when others are in its way, what it did is undone, and it is called again.
    """

    def __init__(
        self, url: str, *, connections: int = CONNECTIONS, poll: float | None = None, tokens_only: bool = False
    ) -> None:
        """Name the database; `poll`: look at the log every so many seconds, instead of listening for commits.

        Who does not listen leaves nothing behind in a session, so that a pooler may share it out: nor does a store
        that is opened beside the nodes, with `tokens_only`.
        """
        self._address = Address(url)
        self._connections = max(connections, FEWEST)
        self._poll = poll
        self._statements = STATEMENTS if poll is None and not tokens_only else 0
        self._news: News | None = None
        self._pool: Database | None = None
        self._listeners = CommitListeners()
        self._writes, self._reads = _closed(), _closed()
        self._lanes: list[Lane] = []
        self._background: list[asyncio.Task[None]] = []
        self._clock = DatabaseClock()

    @property
    def clock(self) -> DatabaseClock:
        """The database's clock."""
        return self._clock

    async def open(self) -> None:
        """Check the schema, connect. Raises StoreUnusable with what to do."""
        if self._lanes:
            raise RuntimeError("The store is open already.")
        await check(self._address)
        try:
            await self._open_lanes()
            if self._news is not None and self._poll is None:
                await check_listening(self._address, self._notify)
            await self._compare()
        except BaseException as error:
            await self.close()
            if isinstance(error, Unavailable):
                raise unusable(error) from error
            raise
        self._background = [asyncio.create_task(self._keep_time(), name="store clock")]
        if self._news is not None:
            self._news(None)
            self._background.append(asyncio.create_task(self._hear(self._news), name="store news"))

    async def close(self) -> None:
        """Finish what was handed over, close the connections; all at once, when it is cancelled."""
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        self._background = []
        self._reads.end()
        self._writes.end()
        lanes, self._lanes = self._lanes, []
        pool, self._pool = self._pool, None
        try:
            await asyncio.gather(*(lane.ended() for lane in lanes))
        except asyncio.CancelledError:
            await asyncio.gather(*(lane.give_up() for lane in lanes))
            raise
        if pool:
            await pool.disconnect()

    async def read(self, work: Callable[[Reader], Awaitable[T]]) -> T:
        """Run `work` in a read transaction. Raises Unavailable while the database does not answer."""
        self._check_outside()
        return await self._reads.do(lambda session: work(SQLReader(session)), PATIENCE)

    async def glance(self, work: Callable[[Reader], Awaitable[T]]) -> T:
        """Run `work`, each question by itself. Raises Unavailable while the database does not answer."""
        self._check_outside()
        return await self._reads.do(lambda session: work(SQLReader(session)), PATIENCE, apart=True)

    async def write(self, work: Callable[[Writer], Awaitable[T]]) -> T:
        """Run `work` in the next transaction. Raises Unavailable while the database does not answer."""
        self._check_outside()
        return await self._writes.do(lambda session: work(PostgresWriter(_writing(session))), PATIENCE)

    def on_commit(self, hint: CommitListener) -> None:
        """Call `hint` after each commit."""
        self._listeners.add(hint)

    def on_timed(self, timed: Timed) -> None:
        """Call `timed` after each commit; to be set before the store is opened."""
        self._listeners.timed = timed

    def on_news(self, news: News) -> None:
        """Call `news` when other nodes may have committed; to be set before the store is opened."""
        self._news = news

    async def _open_lanes(self) -> None:
        self._pool = database(self._address, self._connections, self._statements)
        await self._pool.connect()
        connect = partial(linked, self._pool, self._address)
        self._writes, self._reads = JobQueue(), JobQueue()
        self._lanes = [
            PostgresWriterLane(connect, self._writes, self._listeners.give, self._listeners.timed, self._doubt),
            *(PostgresReaderLane(connect, lambda error: error, self._reads) for _ in range(self._connections - 1)),
        ]
        await asyncio.gather(*(lane.ready() for lane in self._lanes))

    async def _keep_time(self) -> None:
        while True:
            await asyncio.sleep(CLOCK_SECONDS)
            with suppress(StoreError):
                await self._compare()

    async def _hear(self, news: News) -> None:
        if self._poll is None:
            await Listener(self._address, news, self._notify).run()
        else:
            await Poller(lambda: self.glance(lambda reader: reader.last_position()), news, self._poll).run()

    async def _notify(self, statement: str) -> None:
        """Execute a NOTIFY. Raises StoreError."""
        await self._reads.do(lambda session: session.fetch_all(Statement(text(statement))), PATIENCE, apart=True)

    def _doubt(self) -> None:
        """Let it be looked at the log: nobody may know yet that something was committed."""
        if self._news is not None:
            self._news(None)

    async def _compare(self) -> None:
        await self._reads.do(self._clock.compare, PATIENCE)

    def _check_outside(self) -> None:
        if any(lane.is_current() for lane in self._lanes):
            raise RuntimeError("Work on the store inside work on the store would wait for itself.")


def _writing(session: Session) -> WriterSession:
    if not isinstance(session, WriterSession):
        raise TypeError("Only the writer's lane writes.")
    return session


def _closed() -> JobQueue:
    jobs = JobQueue()
    jobs.end()
    return jobs
