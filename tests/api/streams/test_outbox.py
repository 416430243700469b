"""What waits for one reader, and how it gets out."""

import asyncio
import itertools
import json
from typing import Any

import pytest

from phaseboard.api.streams.counts import Counts
from phaseboard.api.streams.outbox import SLOWEST, Outbox
from phaseboard.api.streams.pending import Pending, TooSlow
from phaseboard.api.streams.readers import Readers
from phaseboard.domain.enums import Action
from tests.api.serving import Address
from tests.api.streams.scene import STATUS, settled
from tests.engine.board import ID, Board
from tests.engine.hands import PATIENCE


class To:
    def __init__(self, *, conflates: bool = False) -> None:
        self.conflates = conflates


class Wire:
    """A connection that takes messages while it is open; the test opens and shuts it."""

    def __init__(self, *, most: int = 1_000) -> None:
        self.sent: list[bytes] = []
        self.most = most
        self.lost = False
        self.takes = False
        self._taken = itertools.count()
        self._more = asyncio.Event()

    @property
    def takes_more(self) -> bool:
        return len(self.sent) < self.most

    def write(self, message: bytes) -> None:
        assert self.takes_more
        self.sent.append(message)

    async def writable(self) -> None:
        while not self.takes_more and not self.lost:
            self._more.clear()
            await self._more.wait()
        if self.lost:
            raise ConnectionError

    @property
    def taken(self) -> int:
        return next(self._taken) if self.takes else 0

    def part_within(self, seconds: float) -> None:
        raise AssertionError("an outbox closes nothing")

    def abort(self) -> None:
        raise AssertionError("an outbox cuts nothing off")

    def take(self, count: int) -> None:
        self.most += count
        self._more.set()

    def lose(self) -> None:
        self.lost = True
        self._more.set()


@pytest.fixture
def readers() -> Readers:
    return Readers(Counts(), stalled=10)


@pytest.fixture
def told() -> list[str]:
    return []


def outbox(wire: Wire, readers: Readers, told: list[str]) -> Outbox:
    return Outbox(wire, lambda: told.append("too slow"), readers)


def test_messages_come_out_in_order(readers: Readers) -> None:
    pending, one, other = Pending(readers), To(), To()
    for addressee, message in ((one, b"1"), (other, b"2"), (one, b"3")):
        pending.put(addressee, message)
    assert [pending.take() for _ in range(3)] == [(one, b"1"), (other, b"2"), (one, b"3")]
    with pytest.raises(IndexError):
        pending.take()


def test_what_conflates_waits_in_its_newest_version_and_in_its_place(readers: Readers) -> None:
    pending, status, log = Pending(readers), To(conflates=True), To()
    pending.put(status, b"1")
    pending.put(log, b"2")
    pending.put(status, b"newer")
    assert (len(pending), readers.counts.conflated) == (2, 1)
    assert pending.take() == (status, b"newer")
    pending.put(status, b"newest")
    assert [pending.take()[1] for _ in range(2)] == [b"2", b"newest"]


def test_too_much_is_refused(readers: Readers) -> None:
    readers.max_messages, readers.max_bytes = 3, 10
    pending, log, status = Pending(readers), To(), To(conflates=True)
    pending.put(status, b"x")
    pending.put(log, b"12345")
    with pytest.raises(TooSlow):
        pending.put(log, b"67890")
    pending.put(status, b"y" * 5)
    with pytest.raises(TooSlow):
        pending.put(log, b"1")
    pending.clear()
    for _ in range(3):
        pending.put(log, b"")
    with pytest.raises(TooSlow):
        pending.put(log, b"")


async def test_what_can_go_goes_at_once(readers: Readers, told: list[str]) -> None:
    wire = Wire()
    box = outbox(wire, readers, told)
    for number in range(5):
        box.put(To(), b"%d" % number)
    assert wire.sent == [b"0", b"1", b"2", b"3", b"4"]
    assert (box.depth, len(readers)) == (0, 1)
    await asyncio.wait_for(box.room(), PATIENCE)
    box.close()
    assert len(readers) == 0
    box.put(To(), b"more")
    assert len(wire.sent) == 5


async def test_what_has_to_wait_goes_in_order(readers: Readers, told: list[str]) -> None:
    wire = Wire(most=1)
    box = outbox(wire, readers, told)
    for number in range(5):
        box.put(To(), b"%d" % number)
    assert (box.depth, readers.depth) == (4, 4)
    room = asyncio.create_task(box.room())
    for _ in range(4):
        wire.take(1)
        await settled()
    assert wire.sent == [b"0", b"1", b"2", b"3", b"4"]
    assert box.depth == 0
    assert not room.done(), "the last message is not on its way yet"
    wire.take(1)
    await settled()
    assert room.done()
    box.put(To(), b"5")
    assert wire.sent[-1] == b"5"
    box.close()
    await settled()


async def test_a_reader_of_too_much_is_told_once(readers: Readers, told: list[str]) -> None:
    readers.max_messages = 2
    wire = Wire(most=0)
    box = outbox(wire, readers, told)
    for _ in range(5):
        box.put(To(), b"x")
    await settled()
    assert (told, box.depth, readers.counts.evicted, len(readers)) == (["too slow"], 0, 1, 0)
    wire.take(9)
    await settled()
    assert wire.sent == []


@pytest.mark.parametrize("waiting", [0, 3])
async def test_a_reader_that_takes_nothing_is_told_once(readers: Readers, told: list[str], waiting: int) -> None:
    readers.stalled = 0.02
    wire = Wire(most=1)
    box = outbox(wire, readers, told)
    for _ in range(1 + waiting):
        box.put(To(), b"x")
    await asyncio.wait_for(box.room(), PATIENCE)
    assert (told, box.depth, readers.counts.evicted, len(readers)) == (["too slow"], 0, 1, 0)


async def test_a_reader_that_takes_a_little_is_not_cut_off(
    readers: Readers, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    now = loop.time()
    monkeypatch.setattr(loop, "time", lambda: now)
    wire = Wire(most=0)
    box = outbox(wire, readers, told)
    for _ in range(8):
        box.put(To(), b"x")
    for _ in range(8):
        await settled()
        now += 0.9 * readers.stalled
        wire.take(1)
    await settled()
    assert (len(wire.sent), told) == (8, [])
    now += 1.1 * readers.stalled
    await settled()
    assert told == ["too slow"], "nothing was taken since"


async def test_a_reader_that_takes_bytes_but_no_message_has_more_time_but_not_for_ever(
    readers: Readers, told: list[str]
) -> None:
    readers.stalled = 0.01
    wire = Wire(most=0)
    wire.takes = True
    box = outbox(wire, readers, told)
    box.put(To(), b"x")
    await asyncio.wait_for(box.room(), PATIENCE)
    assert (told, box.depth, readers.counts.evicted, len(readers)) == (["too slow"], 0, 1, 0)
    assert next(wire._taken) == 2 * SLOWEST - 1, "it was looked at before and after each wait but the last"


async def test_a_connection_that_is_lost_ends_it(readers: Readers, told: list[str]) -> None:
    wire = Wire(most=0)
    box = outbox(wire, readers, told)
    box.put(To(), b"x")
    wire.lose()
    await asyncio.wait_for(box.room(), PATIENCE)
    assert (box.depth, len(readers), readers.counts.evicted, told) == (0, 0, 0, [])


# Over a real socket


@pytest.mark.parametrize("operation", ["\ud800", "é", "😀", "\0", '"', "x" * 1_000])
async def test_an_operation_may_have_any_id(live: Board, live_address: Address, operation: str) -> None:
    await live.add()
    async with live_address.socket() as client:
        await client.subscribe(STATUS, operation=operation, id=ID)
        await client.next(operation)
        await client.send({"id": operation, "type": "complete"})
        await client.subscribe(STATUS, operation=operation, id="rel-\ud800")
        assert await client.errors(operation) == ["There is no release rel-\ud800."]
        await client.subscribe(STATUS, operation=operation, id=ID)
        await client.next(operation)
        await client.subscribe(STATUS, operation=operation, id=ID)
        code, reason = await client.closed()
        assert code == 4409
        assert len(reason.encode()) <= 123


async def test_odd_texts_in_a_shared_stream_harm_nobody(live: Board, live_address: Address) -> None:
    await live.add()
    query = """subscription { releaseEvents { ... on ActionPerformed { reason } } }"""
    async with live_address.socket() as one, live_address.sse(query) as two:
        await one.subscribe(query)
        await one.alive()
        start = 'mutation { startRelease(input: {releaseId: "%s", reason: "é 😀"}) { userErrors { message } } }'
        answer = await live.http.post("/graphql", json={"query": start % ID})
        assert answer.json() == {"data": {"startRelease": {"userErrors": []}}}
        told = [await one.next(), await two.next()]
        assert told == [{"releaseEvents": {"reason": "é 😀"}}] * 2
        await live.act(Action.PAUSE)
        await one.next()


async def test_a_fault_in_a_socket_closes_it(
    live_address: Address, live: Board, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("canary")

    async with live_address.socket() as client:
        monkeypatch.setattr(live.server.hub, "join", fail)
        await client.subscribe(STATUS, id=ID)
        code, reason = await client.closed()
    assert (code, "canary" in reason) == (1011, False)
    assert "fault in a socket" in caplog.text
    assert json.dumps(reason)
