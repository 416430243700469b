"""Leases: renewed while a task runs, lost, run out, and how often a task is handed out (rules 5)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from phaseboard.domain.enums import Action, Phase, TaskStatus
from phaseboard.domain.tasks import MAX_CLAIMS
from phaseboard.store.memory import MemoryStore
from phaseboard.store.port import Writer
from tests.engine.board import ID, LEASE, Board, reason
from tests.engine.hands import PATIENCE
from tests.factory import NOW

T = TypeVar("T")

SHORT = timedelta(milliseconds=30)
"""A lease that is renewed every ten milliseconds."""


async def lease_end(board: Board) -> Any:
    """Return when the lease of the one task that runs ends."""
    (due,) = await board.store.read(lambda reader: reader.due_tasks(NOW + timedelta(days=999), 10))
    return due.due_at


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
