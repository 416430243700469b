"""Lanes to PostgreSQL: they connect again when their connection is lost, and share commits while nobody is in the way.

Work that shares a transaction with other work must not wait for the locks of other nodes: two nodes that wait for each
other would. So it waits only for a moment, then it is undone, and done again in a transaction of its own. There it may
wait longer; but when that was in vain, too, whatever came meanwhile goes first, so that what others hold of one release
does not hold up the rest.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from time import perf_counter
from typing import Any, Protocol

from phaseboard.store.aggregates import Aggregates, Draft
from phaseboard.store.errors import Contended, StoreError, Unavailable
from phaseboard.store.job_queue import JobQueue, StoreJob
from phaseboard.store.lanes import BATCH, COMMIT, SAVEPOINTS, Lane, Outcome, ReaderLane, kept
from phaseboard.store.link import Link
from phaseboard.store.port import CommitListener, Timed
from phaseboard.store.postgres._writer import WriterSession
from phaseboard.store.postgres.link import BEGIN_ALONE, PostgresLink
from phaseboard.store.postgres.log import CHANNEL, Log
from phaseboard.store.statement import ONCE, Statement, Step

log = logging.getLogger(__name__)

TRIES = 3
"""How often work is begun alone that others are in the way of."""


class Connect(Protocol):
    """Opens a connection to PostgreSQL."""

    def __call__(self) -> AbstractAsyncContextManager[PostgresLink]:
        """Hold a connection."""
        ...


class LastingLane(Lane):
    """A lane that outlives its connections."""

    _connect: Connect

    async def _work(self) -> None:
        async with self._connect():
            self._ready.set_result(None)
        job = await self._jobs.next()
        while job is not None:
            job = await self._serve(job)

    async def _serve(self, job: StoreJob | None) -> StoreJob | None:
        """Do a job, and those that come after it until the connection is lost; returns the next, None at the end."""
        try:
            async with self._connect() as link:
                while job is not None and not link.lost:
                    await self._take(link, job)
                    job = await self._jobs.next()
                return job
        except Exception as error:
            if not isinstance(error, StoreError):
                log.exception("a lane lost its connection", extra={"action": "store.reconnect"})
            if job is not None:
                job.failed(Unavailable(str(error)))
            self._jobs.dismiss(str(error))
        return await self._jobs.next()


class PostgresReaderLane(LastingLane, ReaderLane):
    """Gives each job one consistent view of what is committed."""


class PostgresWriterLane(LastingLane):
    """Puts the jobs that wait into one transaction.

    A COMMIT that is not answered may have gone through: its callers are told that the database does not answer, and
    `doubt` that something may be committed that nobody was told of.
    """

    def __init__(
        self, connect: Connect, jobs: JobQueue, committed: CommitListener, timed: Timed, doubt: Callable[[], None]
    ) -> None:
        super().__init__(connect, lambda error: error, jobs)
        self._committed = committed
        self._timed = timed
        self._doubt = doubt
        self._aggregates = Aggregates()
        self._last = 0

    async def _take(self, link: Link, job: StoreJob) -> None:
        self._in_hand = batch = [each for each in (job, *self._jobs.waiting(BATCH - 1)) if each.wanted]
        aside = [each for each in batch if each.hindrance]
        new = [each for each in batch if not each.hindrance]
        aside += await self._commit(link, new) if new and len(batch) > 1 else new
        await self._commit_apart(link, aside)

    async def _commit_apart(self, link: Link, aside: list[StoreJob]) -> None:
        """Do jobs one after the other, until one does not get through: then what came meanwhile goes first."""
        hindered: list[StoreJob] = []
        while aside and not hindered:
            job = aside.pop(0)
            if job.wanted and not await self._commit_alone(link, job):
                hindered.append(job)
        for job in (*aside, *hindered):
            self._jobs.put_back(job)

    async def _commit(self, link: Link, batch: Sequence[StoreJob]) -> list[StoreJob]:
        """Do jobs in one transaction; returns those that have to be done alone."""
        began = perf_counter()
        for job in batch:
            job.begun = True
        try:
            outcomes = await self._together(link, batch)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the callers'
            outcomes = [Outcome(error=error)] * len(batch)
            await self._give_up(link)
        done: list[tuple[StoreJob, Outcome]] = []
        aside: list[StoreJob] = []
        for job, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome.error, Contended):
                job.undone(outcome.error)
                aside.append(job)
            else:
                done.append((job, outcome))
        await self._tell(link, done, perf_counter() - began)
        return aside

    async def _commit_alone(self, link: Link, job: StoreJob) -> bool:
        """Do a job in a transaction of its own; False when others are in its way, or the database is away.

        Its caller is told, unless it is to be tried again.
        """
        began = perf_counter()
        job.begun = True
        try:
            outcome = await self._alone(link, job)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the caller's
            outcome = Outcome(error=error)
            await self._give_up(link)
        job.tries += 1
        if isinstance(outcome.error, Contended) and job.tries < TRIES:
            job.undone(outcome.error)
        else:
            await self._tell(link, [(job, outcome)], perf_counter() - began)
        return not isinstance(outcome.error, Unavailable)

    async def _alone(self, link: Link, job: StoreJob) -> Outcome:
        session = WriterSession(link, Draft(self._aggregates))
        with kept(session.draft):
            result = await self._do(session, job, BEGIN_ALONE)
            await self._end(link, session.log)
        return Outcome(result, changes=session.changes)

    async def _together(self, link: Link, batch: Sequence[StoreJob]) -> list[Outcome]:
        appended = Log()
        with kept(Draft(self._aggregates)) as shared:
            await _execute(link, link.begin_writing)
            outcomes = [await self._apart(link, job, number, shared, appended) for number, job in enumerate(batch)]
            await self._end(link, appended)
        return outcomes

    async def _end(self, link: Link, appended: Log) -> None:
        await appended.write(link)
        self._last = appended.last
        try:
            await _execute(link, COMMIT)
        except Contended:
            raise
        except StoreError:
            self._doubt()
            raise

    async def _apart(self, link: Link, job: StoreJob, number: int, shared: Draft, appended: Log) -> Outcome:
        """Do a job so that it undoes itself alone when it fails."""
        session = WriterSession(link, Draft(self._aggregates, shared), appended)
        try:
            with kept(session.draft):
                result = await self._do(session, job, SAVEPOINTS[number])
        except Exception as error:
            if not link.in_transaction:
                raise Unavailable(f"The connection was lost: {error}") from error
            if session.used:
                await link.execute((Step(f"ROLLBACK TO job_{number}", ((),)),))
            return Outcome(error=error)
        appended.take(session.log)
        return Outcome(result, changes=session.changes)

    async def _tell(self, link: Link, done: Sequence[tuple[StoreJob, Outcome]], seconds: float) -> None:
        committed = [outcome for _, outcome in done if outcome.error is None]
        if committed:
            self._timed(seconds, len(done))
            self._committed([change for outcome in committed for change in outcome.changes])
        for job, outcome in done:
            outcome.tell(job)
        if committed and self._last:
            with suppress(StoreError):
                await link.execute((Step(f"NOTIFY {CHANNEL}, '{self._last}'", ((),)),))

    async def _give_up(self, link: Link) -> None:
        with suppress(StoreError):
            await self._roll_back(link)


async def _execute(link: Link, statement: Statement) -> Any:
    return await link.execute((statement.step(link.dialect, ONCE),))
