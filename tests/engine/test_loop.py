"""The cron loop: what moves by itself, when, and what it takes to stop it (rules 4)."""

import asyncio
from datetime import timedelta

import pytest

from phaseboard.domain.enums import Action, Phase, RegressionCycleStatus, Stage, TaskStatus
from phaseboard.domain.events import CycleChanged, PhaseChanged
from phaseboard.domain.plan import CycleSpec
from tests.engine.board import ID, Board
from tests.factory import NOW, at, make_plan, make_task


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
