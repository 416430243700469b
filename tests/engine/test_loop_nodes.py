"""The cron loops of several nodes on one store: each comes at a time and in an order of its own."""

import asyncio
from datetime import timedelta

import pytest

from phaseboard.domain.enums import Stage
from phaseboard.domain.plan import CycleSpec
from phaseboard.engine import loop as loop_module
from phaseboard.engine.loop import CronLoop
from phaseboard.engine.steps import Steps
from phaseboard.store.memory import MemoryStore
from tests.engine.board import LEASE, Board
from tests.engine.hands import Clock
from tests.factory import NOW, at, make_plan


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
