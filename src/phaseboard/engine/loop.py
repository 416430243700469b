"""The cron loop: what makes releases move by themselves and what tells everybody.

It is driven by due times, not by a tick (rules 4.1). It does three things until it is told to stop:

    publish   read committed events above the last published position, hand them to subscribers   (after every commit),
              once it was looked who of them has no right to that any more
    advance   move every release whose time has come until nothing more can move, one commit a step
    claim     hand ready tasks to the runner, as many as it has room for

then sleeps until the earliest due time, until it is nudged (a commit, a task that made room), or until the poll that is
its safety net. Flags are cleared before anything is read, so that no nudge is lost between a look and a sleep. No fault
ends it: what is wrong with one release sets that one aside, after anything else it looks again by the poll.

Several nodes each run one on the same store. News of another node's commit makes it publish at once, and look for what
is due a moment later: the node that committed looks first, and the others do not all come at the same time. For what
time brings they come a little apart, too, and go through it in an order of their own. What somebody else holds just now
is left to him, and looked at again a moment later.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager, suppress
from datetime import datetime, timedelta
from operator import methodcaller
from random import shuffle, uniform

from phaseboard.domain.events import RecordedEvent
from phaseboard.engine.clock import Clock
from phaseboard.engine.log_freshness import LogFreshness
from phaseboard.engine.pulse import Pulse
from phaseboard.engine.runner import TaskRunner, is_suspect
from phaseboard.engine.steps import Steps
from phaseboard.store.errors import Contended, StoreError, Undecodable
from phaseboard.store.port import DueTask, Store

log = logging.getLogger(__name__)

PAGE = 200
"""How many events, releases or tasks are read at a time."""

SET_ASIDE = timedelta(minutes=1)
"""How long a release that cannot be advanced is left alone, so that it holds up no other."""

OTHERS_FIRST = (0.05, 0.15)
"""Seconds, at least and at most, until it is looked for what is due by another node's commit, or was held by others."""

APART = timedelta(milliseconds=20)
"""How much later than it is due a node of several comes at most."""

Publish = Callable[[Sequence[RecordedEvent]], None]
Check = Callable[[], Awaitable[None]]


async def _unchecked() -> None:
    return


class CronLoop:
    """One per process; `run` until `stop`."""

    def __init__(
        self,
        *,
        store: Store,
        steps: Steps,
        runner: TaskRunner,
        publish: Sequence[Publish],
        check: Check = _unchecked,
        clock: Clock,
        poll: timedelta = timedelta(seconds=5),
        freshness: LogFreshness | None = None,
    ) -> None:
        self._store = store
        self._steps = steps
        self._runner = runner
        self._publish_to = publish
        self._check = check
        self._clock = clock
        self._poll = poll
        self._committed = asyncio.Event()
        self._due = asyncio.Event()
        self._claiming = True
        self._stopping = False
        self._position = 0
        self._set_aside: dict[str, datetime] = {}
        self.pulse = Pulse()
        """Whether it still turns."""
        self._freshness = freshness or LogFreshness()
        self._later: asyncio.TimerHandle | None = None
        self._shares = store.clock is not None
        store.on_commit(lambda _: self.nudge())
        store.on_news(self.news)
        runner.on_room = self._due.set

    def nudge(self) -> None:
        """Look again now: something was committed, or the clock was moved."""
        self._committed.set()
        self._due.set()

    def news(self, position: int | None) -> None:
        """Learn that the log reaches up to a position, whoever wrote it; None: that this is not told at present."""
        if self._freshness.note_end(position, self._position):
            self._committed.set()
        if position is None or position > self._position:
            self._look_later()

    def stop_claiming(self) -> None:
        """Start nothing new; what is committed is still published."""
        self._claiming = False

    def stop(self) -> None:
        """Let `run` return after what it is doing, everything committed by then being published."""
        self._stopping = True
        self.nudge()

    async def run(self, position: int) -> None:
        """Run until stopped; `position` is the end of the log when the followers were told to start."""
        self._position = position
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._publishing(), name="cron loop: publish")
                group.create_task(self._moving(), name="cron loop: advance and claim")
        finally:
            self.pulse.end()
            if self._later:
                self._later.cancel()

    async def _publishing(self) -> None:
        while True:
            stopping = self._stopping
            self._committed.clear()
            self.pulse.beat("publish")
            at_the_end = await self._published()
            if stopping:
                return
            if at_the_end:
                await _wait(self._committed, self._poll)

    async def _published(self) -> bool:
        """Publish what is new; False when more was heard of meanwhile."""
        self._freshness.scan_started()
        try:
            await self._publish_new()
        except Exception:
            self._freshness.scan_failed()
            log.exception("cannot read the log", extra={"action": "loop.publish"})
            return True
        return self._freshness.scan_finished(self._position)

    async def _publish_new(self) -> None:
        while events := await self._store.glance(lambda reader: reader.events(self._position, PAGE)):
            await self._check()
            self._position = events[-1].position
            for publish in self._publish_to:
                publish(events)
            if len(events) < PAGE and not self._committed.is_set():
                return

    def _look_later(self) -> None:
        if self._later is None:
            self._later = asyncio.get_running_loop().call_later(uniform(*OTHERS_FIRST), self._look)  # noqa: S311

    def _look(self) -> None:
        self._later = None
        self._due.set()

    async def _moving(self) -> None:
        while not self._stopping:
            self._due.clear()
            self.pulse.beat("advance and claim")
            try:
                pause = await self._move()
            except Exception:
                log.exception("cannot look for what is due", extra={"action": "loop.advance"})
                pause = self._poll
            await _wait(self._due, pause)

    async def _move(self) -> timedelta:
        """Do what is due; return how long nothing will be."""
        began = self._clock()
        pause = await self._until_due()
        if pause:
            return pause
        await self._advance_due()
        await self._claim_due()
        return await self._until_due(began)

    async def _advance_due(self) -> None:
        beyond = ""
        while due := await self._due_releases(beyond):
            beyond = due[-1]
            if self._shares:
                shuffle(due)
            await asyncio.gather(*(self._advance(release_id) for release_id in due if self._is_well(release_id)))

    async def _due_releases(self, beyond: str) -> list[str]:
        self.pulse.beat("advance and claim")
        now = self._clock()
        return await self._store.glance(lambda reader: reader.due_releases(now, PAGE, beyond))

    async def _advance(self, release_id: str) -> None:
        with self._apart(release_id):
            while not self._stopping and await self._steps.advance(release_id):
                continue

    async def _claim_due(self) -> None:
        room = self._runner.free
        if room <= 0 or not self._claiming:
            return
        chosen = await self._choose(room)
        await asyncio.gather(*(self._claim(task) for task in chosen))

    async def _choose(self, room: int) -> list[DueTask]:
        """Return the tasks to claim, at most so many; of those that may have ended their process one at a time."""
        chosen: list[DueTask] = []
        suspected = self._runner.suspected
        async with aclosing(self._due_tasks(room + self._runner.running)) as due:
            async for task in due:
                suspect = is_suspect(task.claims)
                if self._may_run(task) and not (suspect and suspected):
                    chosen.append(task)
                    suspected |= suspect
                if len(chosen) == room:
                    break
        return chosen

    async def _due_tasks(self, look: int) -> AsyncGenerator[DueTask, None]:
        """Yield what is due, the longest first, looking at so many at a time."""
        now = self._clock()
        beyond: DueTask | None = None
        while True:
            due = await self._store.glance(methodcaller("due_tasks", now, look, beyond))
            for task in due:
                yield task
            if len(due) < look:
                return
            beyond = due[-1]

    def _may_run(self, task: DueTask) -> bool:
        return not self._runner.runs(task.task_id) and self._is_well(task.release_id)

    async def _claim(self, due: DueTask) -> None:
        with self._apart(due.release_id):
            if not self._claiming:
                return
            if claimed := await self._steps.claim(due):
                self._runner.start(claimed)
            elif self._shares:
                self._look_later()

    async def _until_due(self, began: datetime | None = None) -> timedelta:
        """Return how long nothing will be due; what was due when the pass `began` and still is waits for a nudge."""
        due = await self._store.glance(lambda reader: reader.next_due(began))
        if due is None:
            return self._poll
        left = due - self._clock()
        if left > timedelta() and self._shares:
            left += uniform(0, 1) * APART  # noqa: S311
        return min(self._poll, max(left, timedelta()))

    @contextmanager
    def _apart(self, release_id: str) -> Iterator[None]:
        """Keep what is wrong with one release from the others, be it its rows or a bug that it meets."""
        try:
            yield
        except Contended:
            self._look_later()
        except Exception as error:
            if isinstance(error, StoreError) and not isinstance(error, Undecodable):
                raise
            self._set_aside[release_id] = self._clock() + SET_ASIDE
            log.exception("release set aside", extra={"action": "loop.set_aside", "release": release_id})

    def _is_well(self, release_id: str) -> bool:
        until = self._set_aside.get(release_id)
        if until is not None and until <= self._clock():
            del self._set_aside[release_id]
        return release_id not in self._set_aside


async def _wait(flag: asyncio.Event, longest: timedelta) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(longest.total_seconds()):
            await flag.wait()
