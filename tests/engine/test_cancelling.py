"""What stops a task that runs: it was settled otherwise, so that its result would change nothing."""

import asyncio
from datetime import timedelta

import pytest

from phaseboard.domain.actor import SYSTEM
from phaseboard.domain.commands import Report
from phaseboard.domain.enums import Action, Phase, TaskStatus
from phaseboard.domain.events import TaskChanged
from phaseboard.domain.plan import Retries
from phaseboard.engine.executors.port import Failed
from phaseboard.engine.runner import TaskRunner
from tests.engine.board import SUCCEEDED, Board, only
from tests.engine.hands import PATIENCE
from tests.factory import make_plan, make_task


@pytest.mark.parametrize("how", ["archived", "reported"])
async def test_a_task_that_was_settled_otherwise_is_stopped(live: Board, how: str) -> None:
    await live.started()
    call = await live.hands.taken()
    if how == "archived":
        await live.act(Action.PAUSE, Action.ARCHIVE)
    else:
        await live.use_cases.report(Report(task_id=call.job.task_id, attempt=1, outcome=SUCCEEDED), SYSTEM)
    await call.ended()
    assert call.cancelled
    assert (await live.task("branch")).status is (TaskStatus.IN_PROGRESS if how == "archived" else TaskStatus.COMPLETED)


async def test_the_tasks_of_an_abandoned_cycle_are_stopped(live: Board) -> None:
    live.hands.at_once = True
    await live.started(make_plan(regression=(make_task("build"), make_task("test"))))
    await live.until(Phase.AWAITING_REGRESSION)
    live.hands.at_once = False
    await live.act(Action.TRIGGER_STAGE_2)
    live.wait(hours=3)
    calls = [await live.hands.taken(), await live.hands.taken()]
    await live.act(Action.ABANDON_CYCLE)
    for call in calls:
        await call.ended()
        assert call.cancelled
    await live.until(Phase.REGRESSION_AWAITING_NEXT_CYCLE)
    assert all(task.status is TaskStatus.SKIPPED for task in (await live.release()).tasks if task.cycle == 1)


async def test_a_release_that_is_archived_stops_no_task_of_another(live: Board) -> None:
    await live.started()
    mine = await live.hands.taken()
    await live.started(key="other")
    other = await live.hands.taken()
    await live.act(Action.PAUSE, Action.ARCHIVE)
    await mine.ended()
    assert not other.over.is_set()


async def test_news_of_an_attempt_before_stops_no_attempt_that_runs_now(board: Board) -> None:
    """Events are published after their commit: a new attempt may run before it is told that the old one failed."""
    await board.started(only(make_task("branch", retries=Retries(count=1, delay=timedelta()))))
    runner = TaskRunner(board.steps, {"simulated": board.hands}, "http://x", 4)
    ended = asyncio.Event()
    runner.on_room = ended.set
    runner.start(await board.claim())
    (await board.hands.taken()).end(Failed(message="red"))
    await asyncio.wait_for(ended.wait(), PATIENCE)
    ended.clear()
    runner.start(await board.claim())
    call = await board.hands.taken()
    assert call.job.attempt == 2
    old = [one for one in await board.events() if isinstance(one.event, TaskChanged)]
    runner.observe(old)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not call.over.is_set()
    call.end()
    await asyncio.wait_for(ended.wait(), PATIENCE)
    assert (await board.task("branch")).status is TaskStatus.COMPLETED
