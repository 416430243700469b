"""Lanes: tasks that own one connection each and work off the jobs of a queue.

A connection of `databases` belongs to the asyncio task that opened it, and what a PRAGMA sets lasts as long as the
connection; so a lane is a task that holds its connection from beginning to end.

Readers give each job a read transaction of its own. The writer takes all that waits, up to a bound, into one
transaction, each job within a savepoint: a job that fails undoes itself alone, and the price of reaching the disk is
shared. Nobody is answered before the COMMIT; if that fails, everybody is told, and nothing has happened.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import aiosqlite

from phaseboard.store.errors import Unavailable
from phaseboard.store.jobs import Job, Jobs
from phaseboard.store.session import Session

BATCH = 32
"""How many jobs share a commit at most."""

Connect = Callable[[], AbstractAsyncContextManager[aiosqlite.Connection]]
Sort = Callable[[Exception], Exception]


class Lane:
    """A task that works off jobs on a connection of its own."""

    def __init__(self, connect: Connect, sort: Sort, jobs: Jobs) -> None:
        self._connect = connect
        self._sort = sort
        self._jobs = jobs
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._run(), name=f"store {type(self).__name__}")

    async def ready(self) -> None:
        """Wait until the connection is open; raises what opening it raised."""
        await self._ready

    async def ended(self) -> None:
        """Wait until there are no more jobs and the connection is closed."""
        await asyncio.wait([self._task])

    def is_current(self) -> bool:
        """Whether the caller runs inside this lane."""
        return asyncio.current_task() is self._task

    async def _run(self) -> None:
        try:
            async with self._connect() as connection:
                self._ready.set_result(None)
                while (job := await self._jobs.next()) is not None:
                    await self._take(connection, job)
        except Exception as error:
            if self._ready.done():
                raise
            self._ready.set_exception(self._sort(error))
        finally:
            self._jobs.abandon("The store has stopped.")

    async def _take(self, connection: aiosqlite.Connection, job: Job) -> None:
        raise NotImplementedError

    async def _begin(self, connection: aiosqlite.Connection, sql: str) -> None:
        """Begin a transaction; one that a failure left open is undone."""
        if connection.in_transaction:
            await self._execute(connection, "ROLLBACK")
        await self._execute(connection, sql)

    async def _execute(self, connection: aiosqlite.Connection, sql: str) -> None:
        try:
            await connection.execute_fetchall(sql)
        except Exception as error:
            raise self._sort(error) from error

    async def _do(self, connection: aiosqlite.Connection, job: Job) -> Any:
        session = Session(connection, self._sort)
        try:
            return await job.work(session)
        finally:
            session.end()


class ReaderLane(Lane):
    """Gives each job one consistent view of what is committed."""

    async def _take(self, connection: aiosqlite.Connection, job: Job) -> None:
        if not job.wanted:
            return
        try:
            await self._begin(connection, "BEGIN")
            result = await self._do(connection, job)
            await self._execute(connection, "COMMIT")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the caller's
            job.failed(error)
        else:
            job.done(result)


class WriterLane(Lane):
    """Puts the jobs that wait into one transaction; `committed` is called when one has gone through."""

    def __init__(self, connect: Connect, sort: Sort, jobs: Jobs, committed: Callable[[], None]) -> None:
        super().__init__(connect, sort, jobs)
        self._committed = committed

    async def _take(self, connection: aiosqlite.Connection, job: Job) -> None:
        batch = [job for job in (job, *self._jobs.waiting(BATCH - 1)) if job.wanted]
        if not batch:
            return
        try:
            await self._begin(connection, "BEGIN IMMEDIATE")
            outcomes = await self._outcomes(connection, batch)
            await self._execute(connection, "COMMIT")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the callers'
            await self._fail(connection, batch, error)
            return
        for done, outcome in zip(batch, outcomes, strict=True):
            outcome.tell(done)
        self._committed()

    async def _outcomes(self, connection: aiosqlite.Connection, batch: Sequence[Job]) -> list["_Outcome"]:
        if len(batch) == 1:
            return [_Outcome(await self._do(connection, batch[0]))]
        return [await self._apart(connection, job) for job in batch]

    async def _apart(self, connection: aiosqlite.Connection, job: Job) -> "_Outcome":
        """Do a job so that it undoes itself alone when it fails."""
        await self._execute(connection, "SAVEPOINT job")
        try:
            outcome = _Outcome(await self._do(connection, job))
        except Exception as error:
            if not connection.in_transaction:
                raise Unavailable(f"The work of another caller undid the whole transaction: {error}") from error
            await self._execute(connection, "ROLLBACK TO job")
            outcome = _Outcome(error=error)
        await self._execute(connection, "RELEASE job")
        return outcome

    async def _fail(self, connection: aiosqlite.Connection, batch: Sequence[Job], error: Exception) -> None:
        try:
            if connection.in_transaction:
                await self._execute(connection, "ROLLBACK")
        finally:
            for job in batch:
                job.failed(error)


@dataclass(frozen=True, slots=True)
class _Outcome:
    result: object = None
    error: Exception | None = None

    def tell(self, job: Job) -> None:
        if self.error is None:
            job.done(self.result)
        else:
            job.failed(self.error)
