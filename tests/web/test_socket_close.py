"""Sockets that the server closes: whoever still reads is told why, whatever it sends and however slowly it reads."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator

import pytest

from phaseboard.web import socket_close
from phaseboard.web.socket_close import LONGEST, SocketClose, left, taken
from phaseboard.web.websocket import FrameProtocol
from tests.api.streams.wire import SMALL, small_socket
from tests.web.test_websocket import Application, application, port

__all__ = ["application", "port"]

BIG = 2**30
"""Bytes that a frame says it has."""

HELLO = (
    "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
PING, CLOSE = b"\x89\x80abcd", b"\x88\x80abcd"
TOO_BIG, RESTARTS, TRY_AGAIN = 1009, 1012, 1013


class Connected:
    """A socket whose client does by hand what a test says, and the server's side of it."""

    def __init__(self, client: socket.socket, protocol: FrameProtocol) -> None:
        self.client = client
        self.protocol = protocol
        self.loop = asyncio.get_running_loop()

    def fill(self) -> None:
        """Write until the client would have to read."""
        while self.protocol.writable.is_set():
            self.protocol.transport.write(b"\x81\x7e\x27\x10" + b"x" * 10_000)

    async def send(self, data: bytes) -> None:
        await asyncio.wait_for(self.loop.sock_sendall(self.client, data), 10)

    async def read(self, most: int) -> bytes:
        return await asyncio.wait_for(self.loop.sock_recv(self.client, most), 10)

    async def read_a_little(self) -> None:
        """Read until the server's system knows."""
        before = taken(self.protocol.transport)
        await self.read(SMALL)
        while taken(self.protocol.transport) == before:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)

    async def read_all(self) -> bytes:
        """Return what comes until the server closes; fails when the connection is reset."""
        return b"".join([part async for part in self._parts()])

    async def closed(self, code: int, *, answers: bool = True) -> None:
        """Read until a close frame comes, and answer it; fails when the connection ends before or is reset."""
        parts = b""
        async for part in self._parts():
            parts = parts[-200:] + part
            if answers and closes(code, parts[-200:]):
                await self.send(CLOSE)
        assert closes(code, parts[-200:])

    async def _parts(self) -> AsyncIterator[bytes]:
        while part := await self.read(65_536):
            yield part


def closes(code: int, end: bytes) -> bool:
    """Return whether a close frame with this code is the last one."""
    _, frame, reason = end.rpartition(struct.pack("!H", code))
    return bool(frame) and end[-len(reason) - 4 :][:2] == bytes((0x88, 2 + len(reason)))


@pytest.fixture
async def connected(application: Application, port: int) -> AsyncIterator[Connected]:
    client = small_socket(f"http://127.0.0.1:{port}")
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(client, HELLO.encode())
    frames = await application.offered.get()
    while b"\r\n\r\n" not in await loop.sock_recv(client, 1_000):
        continue
    server_side = frames._protocol.transport.get_extra_info("socket")
    server_side.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL)
    yield Connected(client, frames._protocol)
    client.close()


async def test_a_close_frame_goes_behind_what_is_not_read_yet(connected: Connected, application: Application) -> None:
    connected.fill()
    await connected.protocol.send({"type": "websocket.close", "code": TRY_AGAIN, "reason": "Too slow"})
    await asyncio.wait_for(application.ended.wait(), 10)
    await connected.closed(TRY_AGAIN)


async def test_what_a_client_goes_on_sending_does_not_take_its_close_frame_away(connected: Connected) -> None:
    connected.fill()
    connected.protocol.part(TRY_AGAIN, "Too slow")
    await connected.send(PING * 1_000)
    await connected.closed(TRY_AGAIN)


async def test_a_frame_that_is_too_big_is_refused_while_it_is_sent(connected: Connected) -> None:
    sending = asyncio.create_task(connected.send(b"\x81\xff" + struct.pack("!Q", BIG) + b"mask" + b"x" * 8_000_000))
    await connected.closed(TOO_BIG, answers=False)
    await sending


async def test_whoever_reads_while_the_server_stops_is_told(connected: Connected) -> None:
    connected.fill()
    connected.protocol.shutdown()
    await connected.closed(RESTARTS)


async def test_pings_of_a_client_that_reads_nothing_are_not_answered(
    connected: Connected, application: Application
) -> None:
    connected.fill()
    before = connected.protocol.transport.get_write_buffer_size()
    await connected.send(PING * 10_000 + CLOSE)
    await asyncio.wait_for(application.ended.wait(), 10)
    assert connected.protocol.transport.get_write_buffer_size() < before + 100


async def test_a_client_that_takes_something_is_waited_for(connected: Connected) -> None:
    connected.fill()
    transport = connected.protocol.transport
    parting = SocketClose(transport, 0, patience=5)
    assert not parting.is_over(4)
    await connected.read_a_little()
    assert not parting.is_over(5)
    assert not parting.is_over(9)
    assert any(parting.is_over(now) for now in range(10, int(LONGEST), 5)), "the system may tell bit by bit"
    assert left(transport)


async def test_nobody_is_waited_for_for_ever(connected: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    connected.fill()
    numbers = iter(range(1_000))
    monkeypatch.setattr(socket_close, "taken", lambda _: next(numbers))
    parting = SocketClose(connected.protocol.transport, 0, patience=5)
    assert not any(parting.is_over(now) for now in range(int(LONGEST)))
    assert parting.is_over(LONGEST)


async def test_a_server_that_stops_waits_only_for_what_is_not_taken(connected: Connected) -> None:
    parting = SocketClose(connected.protocol.transport, 0, patience=5)
    assert not parting.is_over(1)
    parting.hurries = True
    assert parting.is_over(1)
    connected.fill()
    assert not parting.is_over(1)


async def test_a_client_that_takes_nothing_is_cut_off(connected: Connected) -> None:
    connected.fill()
    connected.protocol.patience = 0.2
    connected.protocol.part(TRY_AGAIN, "Too slow")
    while not connected.protocol.disconnected:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.01)
    assert not closes(TRY_AGAIN, (await connected.read_all())[-200:])


async def test_a_ping_that_is_not_answered_ends_a_socket_unless_the_client_still_reads(connected: Connected) -> None:
    protocol = connected.protocol
    protocol.send_keepalive_ping()
    connected.fill()
    await connected.read_a_little()
    protocol.keepalive_timeout()
    assert not protocol.close_sent
    protocol.keepalive_timeout()
    await connected.closed(TRY_AGAIN)
