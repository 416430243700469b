"""Frames written straight to the connection, and connections that are cut off."""

import asyncio
import logging
import socket
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from phaseboard.api.streams.connection import FRAMES
from phaseboard.api.streams.sse import ABORT
from phaseboard.cli.running import UNHEARD, listening
from phaseboard.web.http import HttpProtocol
from phaseboard.web.slices import SLICE
from phaseboard.web.websocket import NO_TEXT, FrameProtocol, header
from tests.api.streams.test_turns import somebody_else
from tests.fuzz.frames import PING, TEXT, frame

FRAMED = 20
"""Bytes that a short text has around it, with the ping behind it, at most."""

LENGTHS = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000]


class Application:
    """Does what the test says with each connection."""

    def __init__(self) -> None:
        self.offered: asyncio.Queue[Any] = asyncio.Queue()
        self.texts: asyncio.Queue[str] = asyncio.Queue()
        self.over = asyncio.Event()
        self.ended = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            self.offered.put_nowait(scope["extensions"][FRAMES])
        else:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"begun", "more_body": True})
            self.offered.put_nowait(scope["extensions"][ABORT])
        while (message := await receive())["type"] not in ("websocket.disconnect", "http.disconnect"):
            self.texts.put_nowait(message.get("text", ""))
        self.ended.set()


@pytest.fixture
async def application() -> Application:
    return Application()


@pytest.fixture
async def port(application: Application) -> AsyncIterator[int]:
    listener = listening("127.0.0.1", 0)
    config = uvicorn.Config(
        application, http=HttpProtocol, ws=FrameProtocol, ws_per_message_deflate=False, lifespan="off",
        log_config=None, access_log=False, timeout_graceful_shutdown=1,
    )  # fmt: skip
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    yield listener.getsockname()[1]
    await server.shutdown(sockets=[listener])


@pytest.mark.parametrize("length", LENGTHS)
def test_a_header_says_how_long_the_text_is(length: int) -> None:
    first, second, *rest = header(length)
    assert first == 0x81, "the final frame of a text, not masked"
    told = second if second < 126 else int.from_bytes(bytes(rest))
    assert told == length
    assert len(rest) == {126: 2, 127: 8}.get(second, 0)


async def test_texts_of_any_length_arrive(application: Application, port: int) -> None:
    async with connect(f"ws://127.0.0.1:{port}", compression=None) as client:
        frames = await application.offered.get()
        texts = ["x" * length for length in LENGTHS] + ["ä😀"]
        for text in texts:
            await frames.writable()
            frames.write(text.encode())
        assert [await client.recv() for _ in texts] == texts


@pytest.mark.parametrize("length", [1, SLICE - 10, SLICE, 3 * SLICE])
async def test_what_comes_at_once_is_looked_at_slice_by_slice(application: Application, port: int, length: int) -> None:
    texts = [f"{number} ".ljust(length, "x") for number in range(22 * SLICE // (length + FRAMED))]
    async with connect(f"ws://127.0.0.1:{port}", compression=None) as client, somebody_else() as had:
        await application.offered.get()
        before = had()
        client.transport.write(b"".join(frame(TEXT, text.encode()) + frame(PING) for text in texts))
        assert [await application.texts.get() for _ in texts] == texts
        assert had() - before >= 20
        await client.send("and one more")
        assert await application.texts.get() == "and one more"


async def test_a_client_that_leaves_while_its_frames_are_looked_at_is_gone(application: Application, port: int) -> None:
    async with connect(f"ws://127.0.0.1:{port}", compression=None) as client:
        await application.offered.get()
        client.transport.write(frame(TEXT, b"x") * SLICE)
        await application.texts.get()
        client.transport.abort()
    await asyncio.wait_for(application.ended.wait(), 5)


async def test_text_that_is_none_ends_the_socket(
    application: Application, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with connect(f"ws://127.0.0.1:{port}", compression=None) as client:
        await application.offered.get()
        await client.send(b'"\xff"', text=True)
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()
        assert closed.value.rcvd
        assert closed.value.rcvd.code == NO_TEXT
    await application.ended.wait()
    assert not caplog.records


async def test_nothing_is_written_once_the_client_is_gone(application: Application, port: int) -> None:
    async with connect(f"ws://127.0.0.1:{port}", compression=None):
        frames = await application.offered.get()
    await application.ended.wait()
    frames.write(b"nobody reads this")
    with pytest.raises(ConnectionError):
        await frames.writable()


async def test_a_reader_that_takes_nothing_makes_others_wait_no_more_once_cut_off(
    application: Application, port: int
) -> None:
    async with connect(f"ws://127.0.0.1:{port}", compression=None, max_queue=1) as client:
        frames = await application.offered.get()
        assert frames.takes_more
        while frames.takes_more:
            frames.write(b"x" * 100_000)
        waiting = asyncio.create_task(frames.writable())
        await asyncio.sleep(0)
        assert not waiting.done()
        frames.abort()
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(waiting, 5)
        await asyncio.wait_for(application.ended.wait(), 5)
        client.transport.abort()


async def test_a_response_can_be_cut_off(application: Application, port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert b"begun" in await reader.readuntil(b"begun")
    abort = await application.offered.get()
    abort()
    await asyncio.wait_for(application.ended.wait(), 5)
    assert await reader.read() in (b"", b"\r\n")
    writer.close()
    await asyncio.sleep(0)


async def test_a_response_learns_that_its_reader_is_gone_whatever_was_sent_after_the_request(
    application: Application, port: int
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
    await application.offered.get()
    writer.transport.abort()
    await asyncio.wait_for(application.ended.wait(), 5)
    assert application.offered.empty()


@pytest.mark.skipif(sys.platform != "linux", reason="an option of Linux")
def test_peers_that_leave_bytes_unread_are_given_up() -> None:
    with listening("127.0.0.1", 0) as listener:
        listener.listen()
        with socket.create_connection(listener.getsockname()), listener.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == UNHEARD
