"""What becomes of the tasks of a server that stops."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import pytest

from phaseboard.domain.enums import Action, Store, TaskStatus
from phaseboard.domain.tasks import MAX_CLAIMS
from phaseboard.engine import runner as runner_module
from phaseboard.store.memory import MemoryStore
from phaseboard.store.port import Writer
from tests.engine.board import ID, Board, only
from tests.engine.hands import PATIENCE
from tests.factory import make_plan, make_task

T = TypeVar("T")


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
