"""The task runner: what becomes of a task that was claimed (rules 5)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

import pytest
from pydantic import BaseModel

from phaseboard.domain.actor import SYSTEM
from phaseboard.domain.commands import Report
from phaseboard.domain.enums import Action, Phase, Store, TaskStatus
from phaseboard.domain.events import TaskChanged
from phaseboard.domain.plan import Retries
from phaseboard.domain.tasks import MAX_CLAIMS
from phaseboard.engine import runner as runner_module
from phaseboard.engine.executors.port import AwaitingCallback, Done, Failed, Job
from phaseboard.engine.runner import TaskRunner
from phaseboard.store.memory import MemoryStore
from phaseboard.store.port import Writer
from tests.engine.board import ID, LEASE, SUCCEEDED, Board
from tests.engine.hands import PATIENCE, AnySettings, Hands
from tests.factory import NOW, make_plan, make_task

T = TypeVar("T")

SHORT = timedelta(milliseconds=30)
"""A lease that is renewed every ten milliseconds."""


def only(*tasks: Any) -> Any:
    """Return a plan of these kickoff tasks."""
    return make_plan(kickoff=tasks)


async def reason(board: Board, name: str = "branch") -> str:
    last = (await board.task(name)).last
    assert last is not None
    return last.failure_reason or ""


async def lease_end(board: Board) -> Any:
    """Return when the lease of the one task that runs ends."""
    (due,) = await board.store.read(lambda reader: reader.due_tasks(NOW + timedelta(days=999), 10))
    return due.due_at


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


@pytest.mark.parametrize(
    "settings",
    [{"x": "{{ cycle.tag }}"}, {"x": "{{ nothing.at_all }}"}, {"x": "{{ release"}, {"x": "{% for a in b %}"}],
)
async def test_templates_that_cannot_be_rendered_fail_the_task(live: Board, settings: dict[str, str]) -> None:
    await live.started(only(make_task("branch", settings=settings)))
    await live.until(Phase.PAUSED_BY_FAILURE)
    assert await reason(live)
    assert not live.hands.calls


class Picky(Hands):
    class Needs(BaseModel):
        url: str

    settings = Needs


async def test_settings_that_do_not_fit_any_more_fail_the_task() -> None:
    async with Board(executors={"picky": Picky()}).running() as board:
        await board.started(only(make_task("branch", executor="picky", settings={"link": "x"})))
        await board.until(Phase.PAUSED_BY_FAILURE)
        assert "url" in await reason(board)


async def test_a_job_tells_all_that_an_executor_needs() -> None:
    async with Board(public_url="https://board.example/").running() as live:
        settings = {"url": "{{ callback.url }}", "name": "{{ release.name }}-{{ release.version }}/{{ task.name }}"}
        await live.started(only(make_task("branch", settings=settings)))
        call = await live.hands.taken()
        assert call.settings.model_dump() == {
            "url": "https://board.example/callbacks/tsk-123-1/1",
            "name": "Mobile-1.0.0/branch",
        }
        assert (call.job.release_id, call.job.task_id, call.job.cycle_tag) == (ID, "tsk-123-1", None)
        assert call.job.callback_url == "https://board.example/callbacks/tsk-123-1/1"
        assert call.job.callback_secret not in repr(call.job)


async def test_a_task_of_a_cycle_knows_its_tag(board: Board) -> None:
    async with Board().running() as live:
        regression = (make_task("build", settings={"tag": "{{ cycle.tag }}"}),)
        await live.add(make_plan(regression=regression))
        await live.released()
        tags = [call.settings.tag for call in live.hands.calls if call.job.cycle_tag]
        assert tags == ["RC1", "RC2", "RC3"]


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


# Leases


class WatchedStore(MemoryStore):
    """Tells of every write that came to its end."""

    def __init__(self) -> None:
        super().__init__()
        self.written = asyncio.Event()

    async def write(self, work: Callable[[Writer], Awaitable[T]]) -> T:
        result = await super().write(work)
        self.written.set()
        return result


async def test_a_lease_is_renewed_while_its_task_runs() -> None:
    async with Board(store := WatchedStore(), lease=SHORT).running() as board:
        await board.started()
        call = await board.hands.taken()
        first = await lease_end(board)
        board.clock.move(milliseconds=20)
        async with asyncio.timeout(PATIENCE):
            while await lease_end(board) == first:
                store.written.clear()
                await store.written.wait()
        assert await lease_end(board) == NOW + timedelta(milliseconds=50)
        call.end()
        await board.task_is("branch", TaskStatus.COMPLETED)
        assert (await board.task("branch")).claims == 1


async def test_a_lost_lease_stops_the_task_and_its_result_changes_nothing() -> None:
    store = MemoryStore()
    async with Board(store, lease=SHORT).running() as board:
        await board.started()
        call = await board.hands.taken()
        board.clock.move(seconds=1)
        due = await store.read(lambda reader: reader.due_tasks(board.clock(), 1))
        other = await board.steps.claim(due[0])
        assert other is not None
        assert other.task.lease_token == 2
        await call.ended()
        assert call.cancelled
        assert await board.finish(other)
        assert (await board.task("branch")).status is TaskStatus.COMPLETED


async def test_a_result_under_an_older_lease_changes_nothing(board: Board) -> None:
    await board.started()
    first = await board.claim()
    board.clock.move(seconds=LEASE.total_seconds())
    second = await board.claim()
    assert (first.task.lease_token, second.task.lease_token) == (1, 2)
    before = await board.events()
    assert not await board.finish(first)
    assert not await board.park(first)
    assert not await board.steps.renew(first.task)
    await board.steps.hand_back(first)
    assert await board.events() == before
    assert await board.finish(second)
    assert not await board.finish(second)


async def test_a_task_whose_process_died_is_taken_up_again() -> None:
    async with Board(store := MemoryStore()).still() as board:
        await board.started()
        died = await board.claim()
    async with Board(store).running() as board:
        await board.looked()
        assert [call.job.release_id for call in board.hands.calls] == ["rel-canary0"]
        board.wait(seconds=LEASE.total_seconds())
        call = await board.hands.taken()
        while call.job.release_id != ID:
            call = await board.hands.taken()
        assert call.job.idempotency_key == died.task.idempotency_key
        assert call.job.attempt == 1
        task = await board.task("branch")
        assert (task.lease_token, task.claims) == (2, 2)
        call.end()
        await board.task_is("branch", TaskStatus.COMPLETED)


async def test_a_task_that_kills_its_process_each_time_fails_in_the_end(board: Board) -> None:
    await board.started()
    for _ in range(MAX_CLAIMS):
        await board.claim()
        board.clock.move(seconds=LEASE.total_seconds())
    (due,) = await board.store.read(lambda reader: reader.due_tasks(board.clock(), 9))
    assert await board.steps.claim(due) is None
    assert (await board.release()).phase is Phase.PAUSED_BY_FAILURE
    assert f"{MAX_CLAIMS} times" in await reason(board)


async def test_a_task_that_is_not_due_is_not_claimed(board: Board) -> None:
    await board.started()
    (due,) = await board.store.read(lambda reader: reader.due_tasks(board.clock(), 9))
    await board.act(Action.PAUSE)
    assert await board.steps.claim(due) is None
    await board.act(Action.RESUME)
    assert await board.steps.claim(due) is not None
    assert await board.steps.claim(due) is None


# What stops a task


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


# Stopping


async def test_a_server_that_stops_lets_its_tasks_end() -> None:
    board = Board(shutdown_grace=timedelta(seconds=3))
    async with board.running():
        await board.started()
        call = await board.hands.taken()
        asyncio.get_running_loop().call_soon(call.end)
    await board.store.open()
    assert (await board.task("branch")).status is TaskStatus.COMPLETED
    assert len(board.hands.calls) == 1


async def test_what_does_not_end_in_time_is_taken_up_at_once_by_the_next_server() -> None:
    store = MemoryStore()
    async with Board(store).running() as board:
        await board.started()
        call = await board.hands.taken()
    assert call.cancelled
    async with Board(store).running() as board:
        again = await board.hands.taken("branch")
        assert again.job.idempotency_key == call.job.idempotency_key
        assert again.job.attempt == call.job.attempt
        again.end()
        await board.task_is("branch", TaskStatus.COMPLETED)
        events = await board.events(ID)
    assert sorted({one.revision for one in events}) == list(range(1, events[-1].revision + 1))


class SilentStore(MemoryStore):
    """Answers no write any more once it is `silent`, and counts those that wait."""

    def __init__(self) -> None:
        super().__init__()
        self.silent = False
        self.unanswered = 0

    async def write(self, work: Callable[[Writer], Awaitable[T]]) -> T:
        if self.silent:
            self.unanswered += 1
            await asyncio.Event().wait()
        return await super().write(work)


async def test_a_database_that_is_silent_holds_up_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "HAND_BACK_SECONDS", 0.05)
    store = SilentStore()
    async with asyncio.timeout(PATIENCE):
        async with Board(store).running() as board:
            await board.started(only(*(make_task(name) for name in "abc")))
            await board.hands.all_taken(3)
            store.silent = True
    assert store.unanswered == 3, "they are handed back side by side"


async def test_a_task_survives_more_restarts_than_it_may_be_claimed() -> None:
    store = MemoryStore()
    async with Board(store).still() as board:
        await board.add(make_plan(stores=(Store.APP_STORE,)))
        await board.act(Action.START)
    for _ in range(MAX_CLAIMS + 1):
        async with Board(store).running() as board:
            await board.hands.taken("branch")
    async with Board(store).running() as board:
        (await board.hands.taken("branch")).end()
        await board.hands.taken("announce")
