"""Work that holds everybody up is done one piece at a time, and others have their turns in between."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from phaseboard.api.streams.pace import Pace
from phaseboard.api.streams.turns import Turns
from tests.api.streams.scene import STATUS, Scene


class Seconds:
    """A clock in the test's hands."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def somebody_else() -> AsyncIterator[Callable[[], int]]:
    """Give how many turns of the event loop somebody else has had."""
    had = 0

    async def turn_after_turn() -> None:
        nonlocal had
        while True:
            had += 1
            await asyncio.sleep(0)

    going_on = asyncio.create_task(turn_after_turn())
    yield lambda: had
    going_on.cancel()
    await asyncio.wait([going_on])


async def test_no_two_pieces_of_work_are_done_in_one_turn() -> None:
    turns, done = Turns(Seconds()), list[int]()
    async with somebody_else() as had:

        def work() -> None:
            done.append(had())

        await asyncio.gather(*(turns.take(work, work) for _ in range(10)))
    assert len(done) == 20
    assert len(set(done)) == 20


async def test_rests_are_as_long_as_the_work() -> None:
    seconds, loop = Seconds(), asyncio.get_running_loop()
    turns = Turns(seconds)

    def work() -> None:
        seconds.now += 0.02

    began = loop.time()
    await asyncio.gather(turns.take(work), turns.take(work, work))
    assert loop.time() - began >= 0.055, "three pieces, less what a timer may be early"


async def test_who_comes_first_is_first_and_a_fault_of_one_is_none_of_the_next() -> None:
    turns, done = Turns(Seconds()), list[int]()

    def fail() -> None:
        raise RuntimeError("canary")

    first, second, third = (
        asyncio.create_task(turns.take(work)) for work in (lambda: done.append(1), fail, lambda: done.append(3))
    )
    await asyncio.gather(first, third)
    assert done == [1, 3]
    with pytest.raises(RuntimeError, match="canary"):
        await second


async def test_after_each_message_others_have_a_turn() -> None:
    pace = Pace(1_000_000)
    async with somebody_else() as had:
        for _ in range(100):
            before = had()
            await pace.keep()
            assert had() > before


async def test_a_document_is_looked_at_when_it_is_new_and_one_that_is_known_waits_for_nobody() -> None:
    scene = Scene()
    new, checked = "subscription { new }", scene.hub._schema.documents.checked
    await scene.hub.looked_at(new)
    assert new in checked
    assert checked(new).errors
    await scene.hub.looked_at(STATUS)
    await scene.hub._turns._turn.acquire()
    await asyncio.wait_for(scene.hub.looked_at(STATUS), 1)
    waiting = asyncio.create_task(scene.hub.looked_at("subscription { newer }"))
    await asyncio.sleep(0)
    assert not waiting.done()
    scene.hub._turns._turn.release()
    await waiting


class Faulty:
    """Remembers nothing of any document, and cannot look at one."""

    def __contains__(self, _: str) -> bool:
        return False

    def __call__(self, _: str) -> None:
        raise RuntimeError("canary")


async def test_a_document_that_cannot_be_looked_at_is_a_fault_of_its_operation_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Scene().open() as scene:
        monkeypatch.setattr(scene.hub._schema.documents, "checked", Faulty())
        await scene.hub.looked_at("subscription { newest }")
        member = scene.join("subscription { newest }")
        await scene.settle()
        assert member.end == "refused"
        assert "canary" not in "".join(member.errors)
