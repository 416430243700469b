"""Housekeeping: what nobody needs any more goes, at the start and then every hour."""

import asyncio
from datetime import timedelta

import pytest

from phaseboard.engine import housekeeping
from phaseboard.engine.housekeeping import Housekeeping
from phaseboard.store.memory import MemoryStore
from phaseboard.store.port import Place, Remembered
from tests.engine.board import ID, Board
from tests.factory import NOW

DAY = timedelta(days=1)


async def remember(board: Board, key: str) -> None:
    status = await board.store.read(lambda reader: reader.status(ID))
    assert status
    kept = Remembered(
        key=key,
        fingerprint="",
        release_id=ID,
        task_id=None,
        snapshot=status.snapshot,
        place=Place(status.position),
        created_at=board.clock(),
    )
    await board.store.write(lambda writer: writer.remember(kept))


async def recalls(board: Board, key: str) -> bool:
    return await board.store.read(lambda reader: reader.recall(key)) is not None


async def test_keys_go_after_a_week(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "PAGE", 2)
    await board.add()
    for number in range(5):
        await remember(board, f"old{number}")
    board.clock.move(days=1)
    await remember(board, "new")
    board.clock.move(days=6.5)
    await board.server.housekeeping.tidy()
    assert not any([await recalls(board, f"old{number}") for number in range(5)])
    assert await recalls(board, "new")


async def test_events_stay_unless_it_is_said_how_long(board: Board) -> None:
    await board.started()
    board.clock.move(days=36_500)
    await board.server.housekeeping.tidy()
    assert len(await board.events()) == 4


async def test_events_go_after_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "PAGE", 2)
    async with Board(keep_events=2 * DAY).still() as board:
        await board.started()
        await board.started(key="other")
        board.clock.move(days=1)
        await board.started(key="new")
        board.clock.move(days=1.5)
        await board.server.housekeeping.tidy()
        assert [one.position for one in await board.events()] == [9, 10, 11, 12]
        assert (await board.release()).revision == 2


async def test_answers_are_told_only_when_something_is_gone() -> None:
    told = []
    async with Board(keep_events=DAY).still() as board:
        keeper = Housekeeping(board.store, board.clock, DAY, lambda: told.append(board.clock()))
        await board.add()
        await keeper.tidy()
        assert told == []
        board.clock.move(days=2)
        await keeper.tidy()
        assert told == [NOW + 2 * DAY]


async def test_what_another_node_dropped_is_told_too() -> None:
    told = []
    async with Board().still() as board:
        await board.add()
        keeper = Housekeeping(board.store, board.clock, None, lambda: told.append("gone"))
        await keeper.tidy()
        assert told == []
        await board.store.write(lambda writer: writer.prune(NOW + DAY, 1))
        for _ in range(2):
            await keeper.tidy()
            assert told == ["gone"]


async def test_it_goes_on_after_a_fault(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(housekeeping, "EVERY", timedelta())
    tried = asyncio.Queue[None]()

    class Failing(MemoryStore):
        async def write(self, work: object) -> int:  # type: ignore[override]
            tried.put_nowait(None)
            raise RuntimeError

    running = asyncio.create_task(Housekeeping(Failing(), lambda: NOW, None).run())
    for _ in range(3):
        await asyncio.wait_for(tried.get(), 5)
    running.cancel()
    assert "cannot tidy up" in caplog.text


async def test_the_server_tidies_up_at_the_start() -> None:
    async with Board(keep_events=DAY).still() as board:
        await board.add()
    board.clock.move(days=2)
    again = Board(board.store, clock=board.clock, keep_events=DAY)
    async with again.running():
        await asyncio.sleep(0)
        await board.store.write(_nothing)  # its turn comes after that of the housekeeping
        assert await again.events() == []
        assert (await again.release()).revision == 1


async def _nothing(_: object) -> None:
    return None
