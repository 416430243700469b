"""The task runner: what becomes of a task that was claimed (rules 5)."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel

from phaseboard.domain.enums import Action, Phase, TaskStatus
from phaseboard.domain.plan import Retries
from phaseboard.engine.executors.port import AwaitingCallback, Done, Failed, Job
from tests.engine.board import Board, only, reason
from tests.engine.hands import AnySettings
from tests.factory import NOW, make_task

# What a result makes of a task


async def test_what_an_executor_returns_is_recorded(live: Board) -> None:
    await live.started(only(make_task("branch")))
    (await live.hands.taken()).end(Done(external_url="https://ci/1", output="line 1\nline 2"))
    task = await live.task_is("branch", TaskStatus.COMPLETED)
    assert task.last is not None
    assert (task.last.external_url, task.last.output) == ("https://ci/1", "line 1\nline 2")


async def test_a_failure_pauses_the_release(live: Board) -> None:
    await live.started()
    (await live.hands.taken()).end(Failed(message="3 checks failed", output="red"))
    await live.until(Phase.PAUSED_BY_FAILURE)
    assert await reason(live) == "3 checks failed"


async def test_a_task_handed_to_an_outside_system_waits_with_a_deadline(live: Board) -> None:
    await live.started(only(make_task("branch", callback_timeout=timedelta(hours=3))))
    (await live.hands.taken()).end(AwaitingCallback(external_url="https://ci/1"))
    task = await live.task_is("branch", TaskStatus.AWAITING_CALLBACK)
    assert task.deadline == NOW + timedelta(hours=3)
    assert live.server.runner.running == 0


async def test_retries_wait_longer_each_time_under_one_idempotency_key(live: Board) -> None:
    retries = Retries(count=2, delay=timedelta(seconds=10), backoff=3)
    await live.started(only(make_task("branch", retries=retries)))
    keys = []
    for attempt, pause in ((1, 10), (2, 30)):
        call = await live.hands.taken()
        assert call.job.attempt == attempt
        keys.append(call.job.idempotency_key)
        call.end(Failed(message=f"failed {attempt}"))
        task = await live.task_is("branch", TaskStatus.PENDING)
        await live.seen(lambda release, attempt=attempt: release.tasks[0].attempt == attempt + 1)  # type: ignore[misc]
        task = await live.task("branch")
        assert task.not_before == live.clock.now + timedelta(seconds=pause)
        live.wait(seconds=pause, milliseconds=-1)
        await live.looked()
        assert (await live.task("branch")).status is TaskStatus.PENDING
        live.wait(milliseconds=1)
    call = await live.hands.taken()
    call.end(Failed(message="failed 3"))
    await live.until(Phase.PAUSED_BY_FAILURE)
    assert {*keys, call.job.idempotency_key} == {"tsk-123-1-1"}
    await live.act(Action.RETRY_TASK, task="branch")
    again = await live.hands.taken()
    assert (again.job.attempt, again.job.idempotency_key) == (4, "tsk-123-1-2")


async def test_an_executor_that_takes_too_long_fails(live: Board) -> None:
    await live.started(only(make_task("branch", timeout=timedelta(milliseconds=5))))
    call = await live.hands.taken()
    await call.ended()
    assert call.cancelled
    await live.until(Phase.PAUSED_BY_FAILURE)
    assert "No result within" in await reason(live)


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (RuntimeError("out of disk"), "RuntimeError: out of disk"),
        (TimeoutError("the build farm"), "TimeoutError: the build farm"),
        (KeyError("x"), "KeyError: 'x'"),
        (ValueError(), "ValueError: "),
        (RuntimeError("x" * 10_000), "RuntimeError: " + "x" * 1_986),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_what_an_executor_raises_is_a_failure(live: Board, raised: Exception, told: str) -> None:
    await live.started()
    (await live.hands.taken()).end(raised)
    await live.until(Phase.PAUSED_BY_FAILURE)
    assert await reason(live) == told


class Odd:
    """An executor that keeps to no rule: it answers whatever it was made with."""

    settings: ClassVar[type[BaseModel]] = AnySettings
    callback_timeout: ClassVar[timedelta] = timedelta(hours=1)

    def __init__(self, environ: Mapping[str, str] | None = None, answer: Any = None) -> None:
        self.answer = answer

    async def execute(self, job: Job, settings: Any) -> Any:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("answer", [None, True, "done", SystemExit(3), asyncio.CancelledError("by itself")], ids=repr)
async def test_an_executor_that_answers_nothing_fails_its_task(answer: Any) -> None:
    async with Board(executors={"odd": Odd(answer=answer)}).running() as board:
        await board.started(only(make_task("branch", executor="odd")))
        await board.until(Phase.PAUSED_BY_FAILURE)
        assert await reason(board)


async def test_an_executor_that_is_not_installed_fails_its_task(live: Board) -> None:
    await live.started(only(make_task("branch", executor="gone")))
    await live.until(Phase.PAUSED_BY_FAILURE)
    assert '"gone"' in await reason(live)


# How many run


async def test_no_more_tasks_run_at_once_than_there_are_slots() -> None:
    async with Board(concurrent_tasks=2).running() as board:
        await board.started(only(*(make_task(f"t{number}") for number in range(7))))
        for _ in range(7):
            (await board.hands.taken()).end()
        await board.until(Phase.AWAITING_REGRESSION)
        assert board.hands.most == 2


async def test_a_slow_task_holds_up_no_other_release(live: Board) -> None:
    await live.started()
    slow = await live.hands.taken("branch")
    live.hands.at_once = True
    await live.started(key="other")
    await live.until(Phase.AWAITING_REGRESSION, "rel-other")
    assert not slow.over.is_set()
