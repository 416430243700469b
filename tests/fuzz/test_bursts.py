"""Much in one piece over one socket: others get their turns in between, as if it had come bit by bit."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import pytest

from tests.fuzz.bombs import DOCUMENTS
from tests.fuzz.frames import CONTINUED, PING, TEXT, frame
from tests.fuzz.probe import bystander
from tests.fuzz.scene import WAIT
from tests.fuzz.sockets import PING as ASKING
from tests.fuzz.sockets import Socket
from tests.servers import Server

TRIES = 3
"""One short wait is enough: others may have been hit by a collection of garbage."""

AT_ONCE = 10
"""Operations in one piece."""

SMALLEST = 120_000
"""Frames in one piece, many more bytes than are read at once."""

INIT = frame(TEXT, b'{"type": "connection_init"}')

pytestmark = pytest.mark.process


def operations(document: str, attempt: int) -> Sequence[bytes]:
    """Return messages that ask for a document, each time written as nobody did before."""
    numbers = range(attempt * AT_ONCE, (attempt + 1) * AT_ONCE)
    payloads = [{"query": document + " " * number} for number in numbers]
    return [
        frame(TEXT, json.dumps({"id": str(number), "type": "subscribe", "payload": payload}).encode())
        for number, payload in enumerate(payloads)
    ]


def pings(_: int) -> Sequence[bytes]:
    return [frame(PING)] * SMALLEST


def parts_of_a_message(_: int) -> Sequence[bytes]:
    parts = [frame(CONTINUED, final=False)] * SMALLEST
    return [frame(TEXT, final=False), *parts, frame(CONTINUED, ASKING)]


BURSTS: Mapping[str, Callable[[int], Sequence[bytes]]] = {
    "unknown input fields": partial(operations, DOCUMENTS["unknown input fields"]),
    "many fragments": partial(operations, DOCUMENTS["many fragments, unused"]),
    "pings": pings,
    "parts of a message": parts_of_a_message,
}


@pytest.mark.parametrize("burst", BURSTS.values(), ids=BURSTS)
async def test_no_burst_holds_others_up(
    server: Server, figures: Callable[[str], None], burst: Callable[[int], Sequence[bytes]]
) -> None:
    waits: list[float] = []
    while len(waits) < TRIES and min(waits, default=WAIT) >= WAIT:
        waits.append(await wait(server, burst(len(waits))))
    figures(f"others waited for {min(waits) * 1e3:.0f} ms of work")
    assert min(waits) < WAIT


async def wait(server: Server, frames: Sequence[bytes]) -> float:
    """Send frames in one piece; return the work for which a bystander waited until all were read."""
    socket = await Socket.open(server.url)
    socket.send([INIT])
    assert await socket.alive() is None
    async with bystander(server) as looks:
        socket.send(frames)
        assert await socket.alive() is None
    await socket.leave()
    return looks.worst
