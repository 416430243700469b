"""Requests that come before the one ahead is answered: answered in order, and no more of them held than a few."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from phaseboard.web.http import HttpProtocol
from phaseboard.web.pipeline import PIECE

REQUEST = b"GET /%06d HTTP/1.1\r\nHost: localhost\r\n\r\n"
QUEUE = PIECE // len(REQUEST % 0) + 1
"""Requests that a piece of bytes can hold."""

READ = 256 * 1024
"""Bytes that are read at once."""

PATIENCE = 60


class Connection(HttpProtocol):
    """Notes what it takes, and how many requests wait at most."""

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.bytes = 0
        self.most = 0
        self.stuck = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.bytes += len(data)
        super().data_received(data)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.stuck.set()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.most = max(self.most, len(self.pipeline))


class Echo:
    """Reads the body of a request, once it may, and answers with its path, and as many bytes more as it is told."""

    def __init__(self, more: int = 0) -> None:
        self._more = b"." * more
        self.asked = asyncio.Event()
        self.may = asyncio.Event()
        self.may.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.set()
        await self.may.wait()
        while (await receive()).get("more_body"):
            continue
        body = scope["path"].encode() + self._more
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class Scene:
    """A server, and a client of it, whose connection is the first that is made."""

    def __init__(self, app: Any) -> None:
        self.made: asyncio.Queue[Connection] = asyncio.Queue()
        self._config = Config(app, lifespan="off", log_config=None, access_log=False)

    def make(self) -> Connection:
        connection = Connection(self._config, ServerState(), {})
        self.made.put_nowait(connection)
        return connection

    @asynccontextmanager
    async def client(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        server = await asyncio.get_running_loop().create_server(self.make, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        try:
            async with asyncio.timeout(PATIENCE):
                yield reader, writer
        finally:
            writer.transport.abort()
            server.close()
            await server.wait_closed()


async def bodies(reader: asyncio.StreamReader, count: int) -> list[bytes]:
    return [body async for body in _bodies(reader, count)]


async def _bodies(reader: asyncio.StreamReader, count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length"))
        yield await reader.readexactly(int(length.split(b":")[1]))


def numbered(count: int) -> Iterator[bytes]:
    return (b"/%06d" % number for number in range(count))


@pytest.mark.parametrize("count", [2, 2 * QUEUE, 5_000])
async def test_all_are_answered_in_order_and_few_wait(count: int) -> None:
    scene = Scene(Echo())
    async with scene.client() as (reader, writer):
        writer.write(b"".join(REQUEST % number for number in range(count)))
        assert await bodies(reader, count) == list(numbered(count))
    assert (await scene.made.get()).most <= QUEUE


async def test_from_a_client_that_reads_nothing_little_is_taken() -> None:
    scene, count = Scene(Echo(more=4_000)), 5_000
    long = REQUEST.replace(b"Host", b"X: " + b"x" * 200 + b"\r\nHost")
    async with scene.client() as (reader, writer):
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(b"".join(long % number for number in range(count)))
        connection = await scene.made.get()
        await connection.stuck.wait()
        before = connection.bytes
        for _ in range(1_000):
            await asyncio.sleep(0)
        assert connection.bytes <= before + READ
        assert len(connection.pipeline) <= QUEUE
        reader._transport.resume_reading()  # type: ignore[attr-defined]
        assert [body[:7] for body in await bodies(reader, count)] == list(numbered(count))
    assert connection.most <= QUEUE


async def test_bodies_of_those_that_wait_are_taken_in_their_turn() -> None:
    size, count = 200_000, 20
    post = b"POST /%06d HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b"
    scene = Scene(Echo())
    async with scene.client() as (reader, writer):
        writer.write(b"".join(post % (number, size, b"x" * size) for number in range(count)))
        assert await bodies(reader, count) == list(numbered(count))
    assert (await scene.made.get()).most <= 1


async def test_of_a_body_that_nobody_takes_little_is_read() -> None:
    echo, size = Echo(), 5_000_000
    scene = Scene(echo)
    async with scene.client() as (reader, writer):
        echo.may.clear()
        writer.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
        await echo.asked.wait()
        connection = await scene.made.get()
        for _ in range(1_000):
            await asyncio.sleep(0)
        assert connection.bytes <= 2 * READ
        echo.may.set()
        assert await bodies(reader, 1) == [b"/"]


async def test_what_could_not_be_read_meanwhile_is_not_given_up() -> None:
    echo = Echo()
    scene = Scene(echo)
    async with scene.client() as (reader, writer):
        echo.may.clear()
        requests = b"".join(REQUEST % number for number in range(3))
        writer.write(requests[:-10])
        await echo.asked.wait()
        connection = await scene.made.get()
        connection._give_up()
        assert not connection.has_ended
        echo.may.set()
        assert await bodies(reader, 2) == list(numbered(2))
        writer.write(requests[-10:])
        assert await bodies(reader, 1) == [b"/000002"]
