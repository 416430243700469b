"""A whole server in the test's process: real parts, the clock and the executor in the test's hands.

async with Board().still() as board:      the store is open, the loop does not run: the test takes each step itself
async with Board().running() as board:    the loop runs; wait for what it does with `until` and `seen`
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Self

import httpx

from phaseboard.bootstrap import Phaseboard
from phaseboard.domain.actor import SYSTEM
from phaseboard.domain.commands import AwaitCallback, Complete, Finish, Perform
from phaseboard.domain.creation import create
from phaseboard.domain.enums import Action, Phase, TaskOutcome, TaskStatus
from phaseboard.domain.events import RecordedEvent
from phaseboard.domain.plan import Plan, TaskSpec
from phaseboard.domain.release import Release
from phaseboard.domain.task import Task
from phaseboard.domain.transitions import next_due
from phaseboard.engine.executors.manual import ManualExecutor
from phaseboard.engine.executors.port import Executor
from phaseboard.engine.steps import Claimed, Steps
from phaseboard.settings import Settings
from phaseboard.store.memory import MemoryStore
from phaseboard.store.port import Store
from tests.engine.hands import PATIENCE, Clock, Hands
from tests.factory import KEY, NOW, SECRET, make_plan

ID = f"rel-{KEY}"
LEASE = timedelta(seconds=15)
UNLESS_TOLD: Mapping[str, Any] = {}
"""Settings of servers for which a test does not choose them."""

SUCCEEDED, FAILED = TaskOutcome.SUCCEEDED, TaskOutcome.FAILED


class Board:
    """The server, and short words for what tests do to it. Tasks of `tests.factory` run in `hands`."""

    def __init__(
        self,
        store: Store | None = None,
        executors: Mapping[str, Executor] | None = None,
        clock: Clock | None = None,
        **settings: Any,
    ) -> None:
        self.clock = clock or Clock()
        self.hands = Hands()
        self.store = store or MemoryStore()
        known: dict[str, Executor] = {"simulated": self.hands, "manual": ManualExecutor({}), **(executors or {})}
        chosen = Settings(**{"shutdown_grace": timedelta(), "lease": LEASE, **UNLESS_TOLD, **settings})
        self.server = Phaseboard(chosen, store=self.store, executors=known, clock=self.clock)
        self.server.loop._poll = timedelta(hours=1)  # what the loop misses, no poll makes good
        self.feed = self.server.feed
        self.use_cases = self.server.use_cases
        self.steps = Steps(self.store, self.clock, chosen.lease)
        self.http: httpx.AsyncClient

    @asynccontextmanager
    async def still(self) -> AsyncIterator[Self]:
        await self.store.open()
        await self.feed.open()
        async with self._client():
            yield self
        await self.server.runner.stop(0)
        self.feed.close()
        await self.store.close()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        before = asyncio.all_tasks()
        async with self.server.running(), self._client():
            yield self
        await asyncio.sleep(0)
        left = asyncio.all_tasks() - before - {asyncio.current_task()}
        assert not left, f"left over: {left}"
        assert not self.feed.followers

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[None]:
        transport = httpx.ASGITransport(app=self.server.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as self.http:
            yield

    async def add(self, plan: Plan | None = None, key: str = KEY) -> str:
        """Put a new release into the store, with an id of the test's choice."""
        made = create(plan or make_plan(), key=key, secret=SECRET, now=self.clock())
        await self.store.write(lambda writer: writer.add(made.release, made.events, self.clock(), SYSTEM))
        return made.release.id

    async def started(self, plan: Plan | None = None, key: str = KEY) -> str:
        """Put a new release into the store and START it."""
        await self.add(plan, key)
        await self.act(Action.START, release_id=f"rel-{key}")
        return f"rel-{key}"

    async def act(self, *actions: Action, task: str | None = None, release_id: str = ID) -> None:
        for action in actions:
            task_id = (await self.task(task, release_id)).id if task else None
            command = Perform(action=action, task_id=task_id)
            await self.use_cases.perform(release_id, command, SYSTEM)

    async def release(self, release_id: str = ID) -> Release:
        release = await self.store.read(lambda reader: reader.release(release_id))
        assert release is not None
        return release

    async def task(self, name: str, release_id: str = ID) -> Task:
        """Return the task with this name; of those of several cycles the newest."""
        return [task for task in (await self.release(release_id)).tasks if task.spec.name == name][-1]

    async def events(self, release_id: str | None = None) -> list[RecordedEvent]:
        return await self.store.read(lambda reader: reader.events(0, 10_000, release_id))

    # The loop's work, step by step

    async def claim(self) -> Claimed:
        """Claim the task that is due for longest."""
        (due,) = await self.store.read(lambda reader: reader.due_tasks(self.clock(), 1))
        claimed = await self.steps.claim(due)
        assert claimed is not None
        return claimed

    async def finish(self, claimed: Claimed, outcome: TaskOutcome = SUCCEEDED) -> bool:
        command = Finish(
            task_id=claimed.task.id,
            token=claimed.task.lease_token,
            outcome=outcome,
            message="3 checks failed" if outcome is FAILED else None,
        )
        return await self.steps.record(claimed.release.id, command)

    async def park(self, claimed: Claimed) -> bool:
        return await self.steps.record(
            claimed.release.id, AwaitCallback(task_id=claimed.task.id, token=claimed.task.lease_token)
        )

    async def work(self, outcome: TaskOutcome = SUCCEEDED) -> None:
        """Run every task whose turn has come or comes by that, with the same outcome."""
        while await self.store.read(lambda reader: reader.due_tasks(self.clock(), 1)):
            await self.finish(await self.claim(), outcome)

    async def tick(self, release_id: str = ID) -> None:
        """Wait until something is due, then do that one thing."""
        due = next_due(await self.release(release_id))
        assert due is not None
        self.clock.now = max(self.clock.now, due)
        assert await self.steps.advance(release_id)

    # Waiting for the loop

    def at(self, now: datetime) -> None:
        """Set the clock and tell the loop."""
        self.clock.now = now
        self.server.loop.nudge()

    def wait(self, **duration: float) -> None:
        """Let time pass and tell the loop."""
        self.at(self.clock.now + timedelta(**duration))

    async def seen(self, wanted: Callable[[Release], bool], release_id: str = ID) -> Release:
        """Wait until subscribers were told of a state such as wanted."""
        async with asyncio.timeout(PATIENCE), aclosing(self.feed.statuses(release_id)) as statuses:
            async for _ in statuses:
                release = await self.release(release_id)
                if wanted(release):
                    return release
        raise AssertionError("the stream ended before that")

    async def until(self, phase: Phase, release_id: str = ID) -> Release:
        return await self.seen(lambda release: release.phase is phase, release_id)

    async def task_is(self, name: str, status: TaskStatus, release_id: str = ID) -> Task:
        await self.seen(
            lambda release: any(t.spec.name == name and t.status is status for t in release.tasks), release_id
        )
        return await self.task(name, release_id)

    async def looked(self) -> None:
        """Wait until the loop has looked at everything that is due now: it has taken up a release added just now."""
        canary = f"canary{len(self.hands.calls)}"
        await self.started(make_plan(), key=canary)
        while (await self.hands.taken()).job.release_id != f"rel-{canary}":
            continue

    async def released(self, release_id: str = ID) -> None:
        """Bring a release that is not started to COMPLETED, by actions and the passing of time."""
        self.hands.at_once = True
        await self.act(Action.START, release_id=release_id)
        await self.until(Phase.AWAITING_REGRESSION, release_id)
        await self.act(Action.TRIGGER_STAGE_2, release_id=release_id)
        while scheduled := (await self.release(release_id)).scheduled:
            self.at(max(self.clock.now, scheduled[0].scheduled_at))
            done = scheduled[0].number
            await self.seen(lambda release, done=done: release.snapshot.progress.completed == done, release_id)  # type: ignore[misc]
        await self.act(Action.TRIGGER_STAGE_3, release_id=release_id)
        await self.until(Phase.SUBMITTED, release_id)
        await self.use_cases.complete(release_id, Complete(), SYSTEM)


async def to_phase(board: Board, phase: Phase) -> None:
    """Bring the guide's release from nothing to a phase as in the guide's examples, on a still board."""
    for way in _WAYS[: _PLACES[phase]]:
        await way(board)
    for way in _DETOURS.get(phase, ()):
        await way(board)
    found = (await board.release()).phase
    assert found is phase, f"meant to be in {phase}, is in {found}"


def only(*tasks: TaskSpec) -> Plan:
    """Return a plan of these kickoff tasks."""
    return make_plan(kickoff=tasks)


async def reason(board: Board, name: str = "branch") -> str:
    """Return why the last attempt of a task failed."""
    last = (await board.task(name)).last
    assert last is not None
    return last.failure_reason or ""


def _acting(action: Action) -> Callable[[Board], Any]:
    return lambda board: board.act(action)


_run_all, _tick = Board.work, Board.tick
_run_cycle = (_tick, _tick, _run_all)


async def _complete(board: Board) -> None:
    await board.use_cases.complete(ID, Complete(), SYSTEM)


_WAYS: tuple[Callable[[Board], Any], ...] = (
    Board.add,
    _acting(Action.START),
    _run_all,
    _acting(Action.TRIGGER_STAGE_2),
    *_run_cycle,
    *_run_cycle,
    *_run_cycle,
    _acting(Action.TRIGGER_STAGE_3),
    _run_all,
    _complete,
)
_PLACES = {
    Phase.NOT_STARTED: 1,
    Phase.KICKOFF: 2,
    Phase.AWAITING_REGRESSION: 3,
    Phase.REGRESSION_CYCLE_STARTING: 5,
    Phase.REGRESSION_CYCLE_RUNNING: 6,
    Phase.REGRESSION_AWAITING_NEXT_CYCLE: 7,
    Phase.AWAITING_POST_REGRESSION: 13,
    Phase.POST_REGRESSION: 14,
    Phase.SUBMITTED: 15,
    Phase.COMPLETED: 16,
    Phase.PAUSED_BY_USER: 9,
    Phase.PAUSED_BY_FAILURE: 2,
    Phase.ARCHIVED: 9,
}
_DETOURS: Mapping[Phase, tuple[Callable[[Board], Any], ...]] = {
    Phase.PAUSED_BY_USER: (_acting(Action.PAUSE),),
    Phase.PAUSED_BY_FAILURE: (lambda board: board.work(FAILED),),
    Phase.ARCHIVED: (_acting(Action.PAUSE), _acting(Action.ARCHIVE)),
}
"""The guide's road, how far along it each phase lies, and what turns off it."""

__all__ = ["FAILED", "ID", "LEASE", "NOW", "SUCCEEDED", "Board", "only", "reason", "to_phase"]
