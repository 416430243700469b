"""The cron loop: what moves by itself, when, and what it takes to stop it (rules 4)."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from phaseboard.domain.enums import Action, Phase, RegressionCycleStatus, Stage, TaskStatus
from phaseboard.domain.events import CycleChanged, PhaseChanged, RecordedEvent
from phaseboard.domain.plan import CycleSpec
from phaseboard.engine import loop as loop_module
from phaseboard.engine.loop import CronLoop
from phaseboard.engine.steps import Steps
from phaseboard.store.errors import Unavailable
from phaseboard.store.memory import MemoryStore
from phaseboard.store.port import CommitListener, Reader, Writer
from phaseboard.store.sqlite.store import SQLiteStore
from tests.engine.board import ID, LEASE, Board
from tests.engine.hands import PATIENCE, Clock
from tests.factory import NOW, at, make_plan, make_task

T = TypeVar("T")


async def phases(board: Board, release_id: str = ID) -> list[tuple[int, Phase]]:
    """Return the phases of a release as committed, each with its revision."""
    events = await board.events(release_id)
    return [(one.revision, one.event.after) for one in events if isinstance(one.event, PhaseChanged)]


async def in_regression(live: Board, **plan: object) -> None:
    live.hands.at_once = True
    await live.started(make_plan(**plan))
    await live.until(Phase.AWAITING_REGRESSION)
    await live.act(Action.TRIGGER_STAGE_2)


async def test_a_release_goes_all_its_way(live: Board) -> None:
    await live.add()
    await live.released()
    release = await live.release()
    assert release.phase is Phase.COMPLETED
    events = await live.events(ID)
    assert sorted({one.revision for one in events}) == list(range(1, release.revision + 1))
    assert len(live.hands.calls) == 2 + 3 * 2 + 2


async def test_a_cycle_opens_when_its_time_has_come_and_not_before(live: Board) -> None:
    await in_regression(live)
    live.at(at(12) - timedelta(milliseconds=1))
    live.hands.at_once = False
    await live.looked()
    assert (await live.release()).phase is Phase.REGRESSION_AWAITING_NEXT_CYCLE
    live.at(at(12))
    release = await live.seen(lambda release: bool(release.cycles))
    assert release.cycles[0].opened_at == at(12)


async def test_each_step_of_a_cycle_is_a_commit_of_its_own(live: Board) -> None:
    await in_regression(live)
    live.at(at(12))
    await live.seen(lambda release: release.snapshot.progress.completed == 1)
    told = await phases(live)
    steps = [phase for _, phase in told[3:]]
    assert steps == [
        Phase.REGRESSION_AWAITING_NEXT_CYCLE,
        Phase.REGRESSION_CYCLE_STARTING,
        Phase.REGRESSION_CYCLE_RUNNING,
        Phase.REGRESSION_AWAITING_NEXT_CYCLE,
    ]
    assert len({revision for revision, _ in told}) == len(told)


async def test_a_cycle_whose_time_passed_while_another_ran_opens_as_soon_as_that_one_ends(live: Board) -> None:
    await in_regression(live)
    live.hands.at_once = False
    live.at(at(12))
    build = await live.hands.taken("build")
    live.at(at(15))
    await live.looked()
    assert len((await live.release()).cycles) == 1
    live.hands.at_once = True
    build.end()
    await live.seen(lambda release: release.snapshot.progress.completed == 2)
    changed = [one.event for one in await live.events(ID) if isinstance(one.event, CycleChanged)]
    assert [(change.number, change.after) for change in changed] == [
        (number, status)
        for number in (1, 2)
        for status in (
            RegressionCycleStatus.NOT_STARTED,
            RegressionCycleStatus.IN_PROGRESS,
            RegressionCycleStatus.DONE,
        )
    ]
    assert [phase for _, phase in await phases(live)].count(Phase.REGRESSION_AWAITING_NEXT_CYCLE) == 3


async def test_cycles_that_are_all_due_run_one_after_the_other(live: Board) -> None:
    auto = frozenset({Stage.STAGE_2, Stage.STAGE_3})
    live.hands.at_once = True
    await live.started(make_plan(cycles=tuple(CycleSpec(NOW) for _ in range(5)), auto_trigger=auto))
    await live.until(Phase.SUBMITTED)
    assert [cycle.status for cycle in (await live.release()).cycles] == [RegressionCycleStatus.DONE] * 5


async def test_tasks_run_when_what_they_need_is_settled(live: Board) -> None:
    tasks = (make_task("a"), make_task("b"), make_task("c", "a", "b"), make_task("d", "c"))
    await live.started(make_plan(kickoff=tasks))
    both = [await live.hands.taken(), await live.hands.taken()]
    assert sorted(call.job.task_name for call in both) == ["a", "b"]
    both[0].end()
    await live.task_is(both[0].job.task_name, TaskStatus.COMPLETED)
    await live.looked()
    assert [call.job.task_name for call in live.hands.calls if call.job.release_id == ID] == ["a", "b"]
    both[1].end()
    (await live.hands.taken("c")).end()
    await live.hands.taken("d")


async def test_a_paused_release_starts_nothing_and_what_runs_is_recorded(live: Board) -> None:
    await live.started()
    branch = await live.hands.taken("branch")
    await live.act(Action.PAUSE)
    branch.end()
    await live.task_is("branch", TaskStatus.COMPLETED)
    await live.looked()
    assert (await live.task("announce")).status is TaskStatus.PENDING
    await live.act(Action.RESUME)
    await live.hands.taken("announce")


async def test_a_paused_release_opens_no_cycle(live: Board) -> None:
    await in_regression(live)
    await live.act(Action.PAUSE)
    live.at(at(17))
    live.hands.at_once = False
    await live.looked()
    assert (await live.release()).cycles == ()
    live.hands.at_once = True
    await live.act(Action.RESUME)
    await live.until(Phase.AWAITING_POST_REGRESSION)


async def test_no_wake_up_is_lost_whatever_happens_at_once(live: Board) -> None:
    live.hands.at_once = True
    keys = [f"r{number}" for number in range(25)]
    await asyncio.gather(*(live.started(key=key) for key in keys))
    await asyncio.gather(*(live.until(Phase.AWAITING_REGRESSION, f"rel-{key}") for key in keys))
    await asyncio.gather(*(live.act(Action.TRIGGER_STAGE_2, release_id=f"rel-{key}") for key in keys))
    live.at(at(17))
    await asyncio.gather(*(live.until(Phase.AWAITING_POST_REGRESSION, f"rel-{key}") for key in keys))


async def test_a_callback_that_never_comes_ends_in_failure_at_its_time(live: Board) -> None:
    task = make_task("ask", executor="manual", callback_timeout=timedelta(hours=2))
    await live.started(make_plan(kickoff=(task,)))
    parked = await live.task_is("ask", TaskStatus.AWAITING_CALLBACK)
    assert parked.deadline == NOW + timedelta(hours=2)
    live.wait(hours=2)
    release = await live.until(Phase.PAUSED_BY_FAILURE)
    assert release.tasks[0].last is not None
    assert "2:00:00" in (release.tasks[0].last.failure_reason or "")


@pytest.mark.parametrize("hours", [1, -1, 24 * 400])
async def test_a_clock_that_jumps_makes_no_task_run_twice(live: Board, hours: int) -> None:
    await live.started()
    branch = await live.hands.taken("branch")
    live.wait(hours=hours)
    await live.looked()
    live.wait(hours=-hours)
    await live.looked()
    branch.end()
    await live.hands.taken("announce")
    assert [call.job.task_name for call in live.hands.calls if call.job.release_id == ID] == ["branch", "announce"]
    assert (await live.task("branch")).claims == 1


# The loop by itself


class ScriptedStore(MemoryStore):
    """Raises what it is told to: the next faults of reads and of writes, in order; None for none."""

    def __init__(self) -> None:
        super().__init__()
        self.reading: list[Exception | None] = []
        self.writing: list[Exception | None] = []
        self.raised = asyncio.Event()

    async def read(self, work: Callable[[Reader], Awaitable[T]]) -> T:
        self._next(self.reading)
        return await super().read(work)

    async def write(self, work: Callable[[Writer], Awaitable[T]]) -> T:
        self._next(self.writing)
        return await super().write(work)

    def _next(self, script: list[Exception | None]) -> None:
        if script and (fault := script.pop(0)):
            self.raised.set()
            raise fault


class Told(list[RecordedEvent]):
    """Everything that was published."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = asyncio.Event()
        self.fails: list[Exception | None] = []
        self.then: list[Exception] = []

    def publish(self, events: Sequence[RecordedEvent]) -> None:
        self.extend(events)
        self._changed.set()
        self.fails.extend(self.then)
        self.then.clear()

    async def holds(self, count: int) -> list[int]:
        async with asyncio.timeout(PATIENCE):
            while len(self) < count:
                self._changed.clear()
                await self._changed.wait()
        return [event.position for event in self]


@asynccontextmanager
async def looping(board: Board, poll: timedelta = timedelta(hours=1)) -> AsyncIterator[tuple[CronLoop, Told]]:
    told = Told()
    loop = CronLoop(
        store=board.store,
        steps=board.steps,
        runner=board.server.runner,
        publish=(told.publish, board.server.runner.observe),
        clock=board.clock,
        poll=poll,
    )
    running = asyncio.create_task(loop.run(0))
    yield loop, told
    await board.server.runner.stop(0)
    loop.stop()
    await asyncio.wait_for(running, PATIENCE)


async def test_the_poll_finds_what_nobody_told_of(board: Board) -> None:
    await board.started()
    async with looping(board, timedelta(milliseconds=2)):
        (await board.hands.taken("branch")).end()
        (await board.hands.taken("announce")).end()


class DeafStore(MemoryStore):
    def on_commit(self, hint: CommitListener) -> None:
        pass


async def test_the_poll_publishes_what_nobody_told_of() -> None:
    async with Board(DeafStore()).still() as board, looping(board, timedelta(milliseconds=2)) as (_, told):
        await board.add()
        assert await told.holds(2) == [1, 2]


async def test_the_poll_sees_that_the_clock_was_moved(board: Board) -> None:
    await board.started()
    await board.work()
    await board.act(Action.TRIGGER_STAGE_2)
    async with looping(board, timedelta(milliseconds=2)):
        board.clock.now = at(12)
        await board.hands.taken("build")


async def test_a_store_that_does_not_answer_for_a_while_is_asked_again() -> None:
    async with Board(store := ScriptedStore()).still() as board:
        await board.started()
        store.reading = [Unavailable("busy") for _ in range(8)]
        async with looping(board, timedelta(milliseconds=2)) as (_, told):
            (await board.hands.taken("branch")).end()
            store.writing = [None, Unavailable("busy")]
            await board.hands.taken("announce")
            position = len(await board.events())
            assert await told.holds(position) == list(range(1, position + 1))


async def test_events_are_published_once_although_the_log_cannot_be_read_to_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loop_module, "PAGE", 2)
    async with Board(store := ScriptedStore()).still() as board:
        for key in "abcd":
            await board.add(key=key)
        async with looping(board, timedelta(milliseconds=2)) as (_, told):
            told.fails = store.reading
            told.then = [Unavailable("busy"), Unavailable("busy")]
            assert await told.holds(8) == list(range(1, 9))
            await board.add(key="e")
            assert await told.holds(10) == list(range(1, 11))


@pytest.mark.parametrize("way", ["reading", "writing"])
async def test_no_fault_ends_the_loop(way: str) -> None:
    async with Board(store := ScriptedStore()).still() as board:
        await board.started()
        setattr(store, way, [RuntimeError("a bug")])
        async with looping(board, timedelta(milliseconds=2)) as (loop, told):
            await asyncio.wait_for(store.raised.wait(), PATIENCE)
            board.clock.move(minutes=2)
            loop.nudge()
            await told.holds(4)
            await board.hands.taken("branch")


async def test_a_release_that_cannot_be_read_is_set_aside_and_the_others_go_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "board.db"
    async with Board(SQLiteStore(file)).still() as board:
        for key in ("a", "bad", "c"):
            await board.started(make_plan(kickoff=(make_task("branch"),)), key=key)
            await board.act(Action.PAUSE, Action.RESUME, release_id=f"rel-{key}")
    with sqlite3.connect(file) as database:
        damaged = database.execute("UPDATE releases SET status = 'PENDING' WHERE id = 'rel-bad'").rowcount
    database.close()
    assert damaged == 1
    async with Board(SQLiteStore(file)).running() as board:
        taken = await board.hands.all_taken(2)
        assert sorted(taken) == ["tsk-a-1", "tsk-c-1"]
        taken["tsk-a-1"].end()
        await board.until(Phase.AWAITING_REGRESSION, "rel-a")
        await board.looked()
    assert {record.release for record in caplog.records if getattr(record, "action", "") == "loop.set_aside"} == {
        "rel-bad"
    }


async def test_what_is_committed_when_it_stops_is_still_published() -> None:
    async with Board().still() as board:
        async with looping(board) as (loop, told):
            await told.holds(0)
            loop.stop_claiming()
            await board.started()
        assert [event.position for event in told] == [1, 2, 3, 4]
        assert not board.hands.calls


async def test_it_claims_nothing_once_it_was_told_so(board: Board) -> None:
    async with looping(board) as (loop, told):
        loop.stop_claiming()
        await board.started()
        await told.holds(4)
        loop.nudge()
    assert not board.hands.calls


# Several nodes on one store


class SharedStore(MemoryStore):
    """A store that other nodes may share: it has a clock of its own."""

    @property
    def clock(self) -> Clock:  # type: ignore[override]
        return Clock()


class Order(Steps):
    """Notes which releases it is told to advance, and leaves them as they are."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store, Clock(), LEASE)
        self.seen: list[str] = []

    async def advance(self, release_id: str) -> bool:
        self.seen.append(release_id)
        return False


def resting(board: Board, steps: Steps | None = None) -> CronLoop:
    """Return a loop that takes no step by itself."""
    return CronLoop(
        store=board.store, steps=steps or board.steps, runner=board.server.runner, publish=(), clock=board.clock
    )


async def pauses(store: MemoryStore) -> set[timedelta]:
    """Return how long a loop means to rest until a cycle that is due in a second, asked several times."""
    async with Board(store).still() as board:
        await board.started(make_plan(cycles=(CycleSpec(at(12)),), auto_trigger=frozenset({Stage.STAGE_2})))
        await board.work()
        board.clock.now = at(12) - timedelta(seconds=1)
        loop = resting(board)
        return {await loop._until_due() for _ in range(20)}


async def test_several_come_a_little_apart() -> None:
    second = timedelta(seconds=1)
    assert await pauses(MemoryStore()) == {second}
    found = await pauses(SharedStore())
    assert len(found) > 1
    assert second <= min(found) <= max(found) <= second + loop_module.APART


async def test_several_go_through_what_is_due_in_an_order_of_their_own() -> None:
    keys = [f"r{number:02}" for number in range(20)]
    seen = []
    for store in (MemoryStore(), SharedStore()):
        async with Board(store).still() as board:
            for key in keys:
                plan = make_plan(cycles=(CycleSpec(NOW),), auto_trigger=frozenset({Stage.STAGE_2}))
                await board.started(plan, key=key)
            await board.work()
            order = Order(store)
            await resting(board, order)._advance_due()
            seen.append(order.seen)
    alone, shared = seen
    assert alone == [f"rel-{key}" for key in keys]
    assert shared != alone
    assert sorted(shared) == alone


async def test_after_the_news_of_a_commit_others_look_first_and_not_all_at_once() -> None:
    least, _ = loop_module.OTHERS_FIRST
    moments = set()
    async with Board(SharedStore()).still() as board:
        for _ in range(20):
            loop, began = resting(board), asyncio.get_running_loop().time()
            loop.news(1)
            assert loop._later is not None
            moments.add(loop._later.when() - began)
            loop._later.cancel()
    assert least <= min(moments)
    assert len({round(moment, 3) for moment in moments}) > 1


@pytest.mark.parametrize("turns", range(5))
async def test_who_is_cancelled_while_it_is_nudged_is_cancelled(turns: int) -> None:
    nudge = asyncio.Event()
    waiting = asyncio.create_task(loop_module._wait(nudge, timedelta(hours=1)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    nudge.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    assert waiting.cancel() is not waiting.done()
    await asyncio.wait([waiting])
    assert waiting.cancelled() or waiting.cancelling() == 0
