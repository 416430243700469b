"""T10: clocks that jump by an hour or a day, step back, and days on which an hour is missing or comes twice.

Everything that waits follows the clock, whatever it says: nothing happens before its time, and nothing happens twice.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from phaseboard.domain.display import display_text
from phaseboard.domain.enums import Action, Phase, TaskStatus
from phaseboard.domain.plan import CycleSpec, Retries
from phaseboard.engine.executors.port import AwaitingCallback, Failed
from tests.engine.board import ID, Board
from tests.engine.hands import Clock
from tests.factory import make_plan, make_task
from tests.reliability.history import history_of
from tests.reliability.invariants import check_invariants
from tests.reliability.witness import Fact, leases_of, watch

SOON = timedelta(minutes=30)
"""After what time the thing that waits is due."""

JUMPS = [timedelta(hours=1), -timedelta(hours=1), timedelta(days=1), -timedelta(days=1), -timedelta(seconds=1)]
PLAN = make_plan(
    kickoff=(make_task("only", retries=Retries(count=1, delay=SOON), callback_timeout=SOON),),
    cycles=(CycleSpec(after=SOON),),
    regression=(make_task("test"),),
)


@pytest.fixture
async def live() -> AsyncIterator[Board]:
    """A server whose loop runs; at the end everything that was committed is checked."""
    facts: list[Fact] = []
    board = Board()
    watch(board.store, facts.append)
    async with board.running():
        yield board
        history = await history_of(board.store)
    history.leases = leases_of(facts)
    check_invariants(history)


async def runs(live: Board, jump: timedelta) -> None:
    """A task that runs goes on, once, whatever the clock says of its lease."""
    await live.started(PLAN)
    call = await live.hands.taken("only")
    await moved(live, jump)
    call.end()
    assert (await live.task_is("only", TaskStatus.COMPLETED)).claims == 1


async def waits_for_a_retry(live: Board, jump: timedelta) -> None:
    await live.started(PLAN)
    (await live.hands.taken("only")).end(Failed(message="flaky"))
    due = (await live.task_is("only", TaskStatus.PENDING)).not_before
    assert due
    await moved(live, jump)
    if jump < SOON:
        assert (await live.task("only")).status is TaskStatus.PENDING
        live.at(due)
    await end(live, "only")
    await live.task_is("only", TaskStatus.COMPLETED)


async def waits_for_a_callback(live: Board, jump: timedelta) -> None:
    await live.started(PLAN)
    (await live.hands.taken("only")).end(AwaitingCallback())
    deadline = (await live.task_is("only", TaskStatus.AWAITING_CALLBACK)).deadline
    assert deadline
    await moved(live, jump)
    if jump < SOON:
        assert (await live.task("only")).status is TaskStatus.AWAITING_CALLBACK
        live.at(deadline)
    await live.task_is("only", TaskStatus.PENDING)


async def waits_for_a_cycle(live: Board, jump: timedelta) -> None:
    await live.started(PLAN)
    (await live.hands.taken("only")).end()
    await live.until(Phase.AWAITING_REGRESSION)
    await live.act(Action.TRIGGER_STAGE_2)
    due = (await live.until(Phase.REGRESSION_AWAITING_NEXT_CYCLE)).scheduled[0].scheduled_at
    await moved(live, jump)
    if jump < SOON:
        assert (await live.release()).phase is Phase.REGRESSION_AWAITING_NEXT_CYCLE
        live.at(due)
    await end(live, "test")
    await live.until(Phase.AWAITING_POST_REGRESSION)


SITUATIONS = [runs, waits_for_a_retry, waits_for_a_callback, waits_for_a_cycle]


@pytest.mark.parametrize("jump", JUMPS, ids=str)
@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.__name__)
async def test_a_jump(live: Board, situation: Callable[[Board, timedelta], Awaitable[None]], jump: timedelta) -> None:
    await situation(live, jump)
    calls = [(call.job.task_id, call.job.attempt) for call in live.hands.calls]
    assert len(set(calls)) == len(calls), "nothing is run twice"


async def end(live: Board, name: str) -> None:
    """End a task well that was handed out, now or while the clock was moved."""
    await live.task_is(name, TaskStatus.IN_PROGRESS)
    while not (calls := [call for call in live.hands.calls if call.job.task_name == name and not call.over.is_set()]):
        await live.looked()
    calls[-1].end()


async def moved(live: Board, jump: timedelta) -> None:
    """Move the clock and wait until the loop has looked."""
    live.at(live.clock() + jump)
    await live.looked()


@pytest.mark.parametrize(
    ("zone", "noon", "times"),
    [
        ("Europe/Berlin", datetime(2024, 3, 30, 11, tzinfo=UTC), ["12:00 PM", "1:00 PM", "1:00 PM"]),
        ("Europe/Berlin", datetime(2024, 10, 26, 10, tzinfo=UTC), ["12:00 PM", "11:00 AM", "11:00 AM"]),
        ("America/New_York", datetime(2024, 3, 9, 17, tzinfo=UTC), ["12:00 PM", "1:00 PM", "1:00 PM"]),
        ("America/New_York", datetime(2024, 11, 2, 16, tzinfo=UTC), ["12:00 PM", "11:00 AM", "11:00 AM"]),
    ],
)
async def test_a_day_with_an_hour_less_or_more(zone: str, noon: datetime, times: list[str]) -> None:
    """Cycles a day apart are 24 hours apart, each opens once, and the texts tell the time on the wall."""
    days = [timedelta(days=day) for day in range(3)]
    plan = make_plan(time_zone=zone, cycles=tuple(CycleSpec(scheduled_at=noon + day) for day in days))
    shown = []
    async with Board(clock=Clock(noon - timedelta(hours=20))).running() as live:
        live.hands.at_once = True
        await live.started(plan)
        await live.until(Phase.AWAITING_REGRESSION)
        await live.act(Action.TRIGGER_STAGE_2)
        for done, day in enumerate(days, start=1):
            waiting = (await live.until(Phase.REGRESSION_AWAITING_NEXT_CYCLE)).snapshot
            shown.append(display_text(waiting, ZoneInfo(zone)).split(" scheduled at ")[1].split(" (")[0])
            live.at(noon + day - timedelta(milliseconds=1))
            assert await live.store.read(lambda reader: reader.due_releases(live.clock(), 1)) == []
            live.at(noon + day)
            await live.seen(lambda release, done=done: release.snapshot.progress.completed == done, ID)
        opened = [cycle.opened_at for cycle in (await live.release()).cycles]
        history = await history_of(live.store)
    assert opened == [noon + day for day in days]
    assert shown == times
    check_invariants(history)
