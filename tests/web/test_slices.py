"""What comes at once is looked at slice by slice: all of it, in order, with turns for others in between."""

import asyncio
from collections.abc import Callable

import pytest

from phaseboard.web.slices import SLICE, Slices
from tests.web.test_patience import serving

ASK = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"


class Turns:
    """An event loop whose turns are taken by hand."""

    def __init__(self) -> None:
        self.soon: list[Callable[[], None]] = []

    def call_soon(self, callback: Callable[[], None]) -> None:
        self.soon.append(callback)

    def take(self) -> None:
        self.soon.pop(0)()


class Taken:
    """What was given to whom."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.pieces: list[bytes] = []
        self.ends = 0
        self.slices = Slices(self.pieces.append, self.end, self.turns)  # type: ignore[arg-type]

    def end(self) -> None:
        self.ends += 1


def test_little_is_taken_at_once() -> None:
    taken = Taken()
    assert not taken.slices.add(b"a" * SLICE)
    assert not taken.slices.add(b"b")
    assert taken.pieces == [b"a" * SLICE, b"b"]
    assert (taken.turns.soon, taken.ends) == ([], 0)


def test_much_is_taken_in_turns_and_in_order() -> None:
    taken = Taken()
    assert taken.slices.add(b"a" * SLICE + b"b" * SLICE + b"c")
    assert taken.slices.add(b"d")
    for left in (3, 2, 1):
        assert len(taken.slices) == left
        assert taken.ends == 0
        taken.turns.take()
    assert [piece[:1] for piece in taken.pieces] == [b"a", b"b", b"c", b"d"]
    assert (taken.turns.soon, taken.ends) == ([], 1)
    assert not taken.slices.add(b"e")


def test_what_is_left_can_be_forgotten() -> None:
    taken = Taken()
    taken.slices.add(b"a" * SLICE * 3)
    taken.slices.clear()
    taken.turns.take()
    assert len(taken.pieces) == 1
    assert (taken.turns.soon, taken.ends) == ([], 0)


@pytest.mark.parametrize("times", [3, 5_000])
async def test_all_of_many_requests_in_one_write_are_answered(times: int) -> None:
    async with serving(30) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(ASK * (times - 1) + ASK.replace(b"Host", b"Connection: close\r\nHost"))
        answers = await asyncio.wait_for(reader.read(), 60)
        writer.close()
        await writer.wait_closed()
    assert answers.count(b"HTTP/1.1 200 ") == times
