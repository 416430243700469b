"""Lanes: tasks that own one connection each and work off the jobs of a queue.

A connection of `databases` belongs to the asyncio task that opened it, and what a PRAGMA sets lasts as long as the
connection; so a lane is a task that holds its connection from beginning to end.

Readers give each job a read transaction of its own. The writer takes all that waits, up to a bound, into one
transaction, each job within a savepoint: a job that fails undoes itself alone, and the price of reaching the disk is
shared. Nobody is answered before the COMMIT; if that fails, everybody is told, and nothing has happened.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from sqlalchemy import text

from phaseboard.store.aggregates import Aggregates, Draft
from phaseboard.store.errors import StoreError, Unavailable
from phaseboard.store.job_queue import JobQueue, StoreJob
from phaseboard.store.link import Link
from phaseboard.store.port import Change, CommitListener, Timed
from phaseboard.store.session import Session
from phaseboard.store.statement import ONCE, Statement, Step

BATCH = 32
"""How many jobs share a commit at most."""

COMMIT = Statement(text("COMMIT"))
ROLLBACK = Statement(text("ROLLBACK"))
SAVEPOINTS = [Statement(text(f"SAVEPOINT job_{number}")) for number in range(BATCH)]

Connect = Callable[[], AbstractAsyncContextManager[Link]]
Sort = Callable[[Exception], Exception]


class Lane:
    """A task that works off jobs on a connection of its own."""

    def __init__(self, connect: Connect, sort: Sort, jobs: JobQueue) -> None:
        self._connect = connect
        self._sort = sort
        self._jobs = jobs
        self._in_hand: Sequence[StoreJob] = ()
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._run(), name=f"store {type(self).__name__}")

    async def ready(self) -> None:
        """Wait until the connection is open; raises what opening it raised."""
        await self._ready

    async def ended(self) -> None:
        """Wait until there are no more jobs and the connection is closed."""
        await asyncio.wait([self._task])

    async def give_up(self) -> None:
        """End at once, whatever is under way: what waits for it is told so."""
        self._task.cancel()
        await self.ended()

    def is_current(self) -> bool:
        """Whether the caller runs inside this lane."""
        return asyncio.current_task() is self._task

    async def _run(self) -> None:
        try:
            await self._work()
        except Exception as error:
            if self._ready.done():
                raise
            self._ready.set_exception(self._sort(error))
        finally:
            self._jobs.abandon("The store has stopped.")
            for job in self._in_hand:
                job.failed(Unavailable("The store has stopped."))

    async def _work(self) -> None:
        async with self._connect() as link:
            self._ready.set_result(None)
            while (job := await self._jobs.next()) is not None:
                await self._take(link, job)

    async def _take(self, link: Link, job: StoreJob) -> None:
        raise NotImplementedError

    async def _execute(self, link: Link, sql: str) -> None:
        await link.execute((Step(sql, ((),)),))

    async def _roll_back(self, link: Link) -> None:
        """Undo what a job or a batch did, unless the database has done so itself."""
        if link.in_transaction:
            await self._execute(link, "ROLLBACK")

    async def _do(
        self, session: Session, job: StoreJob, first: Statement | None = None, last: Statement | None = None
    ) -> Any:
        """Do a job between statements that need no hop of their own."""
        try:
            if first is not None:
                session.post(first, ONCE)
            result = await self._result(job, session)
            session.check()
            if last is not None:
                session.post(last, ONCE)
            await session.flush()
        finally:
            session.end()
        return result

    async def _result(self, job: StoreJob, session: Session) -> Any:
        try:
            return await job.work(session)
        except asyncio.CancelledError as error:
            if self._task.cancelling():
                raise
            raise RuntimeError("The work was cancelled from within.") from error


class ReaderLane(Lane):
    """Gives each job one consistent view of what is committed."""

    async def _take(self, link: Link, job: StoreJob) -> None:
        if not job.wanted:
            return
        self._in_hand = (job,)
        job.begun = True
        try:
            if job.apart:
                job.done(await self._do(Session(link, around=(link.begin_reading, ROLLBACK)), job))
            else:
                job.done(await self._do(Session(link), job, link.begin_reading))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the caller's
            job.failed(error)
        with suppress(StoreError):
            await self._roll_back(link)


class WriterLane(Lane):
    """Puts the jobs that wait into one transaction; `committed` and `timed` are called when one went through."""

    def __init__(
        self, connect: Connect, sort: Sort, jobs: JobQueue, committed: CommitListener, timed: Timed = lambda *_: None
    ) -> None:
        super().__init__(connect, sort, jobs)
        self._committed = committed
        self._timed = timed
        self._aggregates = Aggregates()

    async def _take(self, link: Link, job: StoreJob) -> None:
        self._in_hand = batch = [job for job in (job, *self._jobs.waiting(BATCH - 1)) if job.wanted]
        if not batch:
            return
        began = perf_counter()
        try:
            outcomes = await (self._alone(link, *batch) if len(batch) == 1 else self._together(link, batch))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the callers'
            outcomes = [Outcome(error=error)] * len(batch)
            with suppress(StoreError):
                await self._roll_back(link)
        if any(outcome.error is None for outcome in outcomes):
            self._timed(perf_counter() - began, len(batch))
            self._committed([change for outcome in outcomes for change in outcome.changes])
        for done, outcome in zip(batch, outcomes, strict=True):
            outcome.tell(done)

    async def _alone(self, link: Link, job: StoreJob) -> list["Outcome"]:
        session = Session(link, Draft(self._aggregates))
        with kept(session.draft):
            result = await self._do(session, job, link.begin_writing, COMMIT)
        return [Outcome(result, changes=session.changes)]

    async def _together(self, link: Link, batch: Sequence[StoreJob]) -> list["Outcome"]:
        with kept(Draft(self._aggregates)) as shared:
            await link.execute((link.begin_writing.step(link.dialect, ONCE),))
            outcomes = [await self._apart(link, job, number, shared) for number, job in enumerate(batch)]
            await self._execute(link, "COMMIT")
        return outcomes

    async def _apart(self, link: Link, job: StoreJob, number: int, shared: Draft) -> "Outcome":
        """Do a job so that it undoes itself alone when it fails; savepoints nest, the COMMIT ends them all."""
        session = Session(link, Draft(self._aggregates, shared))
        try:
            with kept(session.draft):
                result = await self._do(session, job, SAVEPOINTS[number])
            return Outcome(result, changes=session.changes)
        except Exception as error:
            if not link.in_transaction:
                raise Unavailable(f"The work of another caller undid the whole transaction: {error}") from error
            if session.used:
                await self._execute(link, f"ROLLBACK TO job_{number}")
            return Outcome(error=error)


@contextmanager
def kept(draft: Draft) -> Iterator[Draft]:
    """Keep what a transaction saw and saved when it goes through, read it anew when the database objects."""
    try:
        yield draft
    except StoreError:
        draft.forget()
        raise
    draft.keep()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job, and what it changed."""

    result: object = None
    error: Exception | None = None
    changes: Sequence[Change] = ()

    def tell(self, job: StoreJob) -> None:
        """Answer the caller of a job."""
        if self.error is None:
            job.done(self.result)
        else:
            job.failed(self.error)
