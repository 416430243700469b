"""The cron loop by itself: what wakes it, and what it goes on from (rules 4)."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from phaseboard.domain.enums import Action, Phase
from phaseboard.domain.events import RecordedEvent
from phaseboard.engine import loop as loop_module
from phaseboard.engine.loop import CronLoop
from phaseboard.store.errors import Unavailable
from phaseboard.store.memory import MemoryStore
from phaseboard.store.port import CommitListener, Reader, Writer
from phaseboard.store.sqlite.store import SQLiteStore
from tests.engine.board import Board
from tests.engine.hands import PATIENCE
from tests.factory import at, make_plan, make_task

T = TypeVar("T")


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
