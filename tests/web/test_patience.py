"""How long the server waits for a request to become whole."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from phaseboard.access.port import OpenAccess
from phaseboard.api.answers import Answers
from phaseboard.web.http import http_protocol
from phaseboard.web.repeats import Repeats
from tests.servers import running_server

PATIENCE = 10
HEAD = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n"


class Application:
    """Reads the whole body, then says so."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.set()
        while (message := await receive()).get("more_body"):
            continue
        if message["type"] == "http.request":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
            await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def serving(request_timeout: float, keep_alive: int = 5) -> AsyncIterator[tuple[int, Application]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        protocol = http_protocol(Repeats(Answers(), OpenAccess()), request_timeout)
        application = Application()
        config = uvicorn.Config(
            application,
            http=protocol,
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_keep_alive=keep_alive,
        )
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[listener])
        yield listener.getsockname()[1], application
        await server.shutdown(sockets=[listener])


async def said(port: int, *parts: bytes) -> bytes:
    """Send these bytes; return all that comes until the connection is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await writer.drain()
    answer = await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()
    await writer.wait_closed()
    return answer


@pytest.mark.parametrize("begun", [HEAD[:10], HEAD[:-2], HEAD + b"\r\n", HEAD + b"\r\n{"])
async def test_a_request_that_does_not_become_whole_is_given_up(begun: bytes) -> None:
    async with serving(0.5) as (port, _):
        answer = await said(port, begun)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'{"errors": [{"message": ' in answer


async def test_a_connection_on_which_nothing_comes_is_closed() -> None:
    async with serving(0.5) as (port, _):
        assert await said(port) == b""


async def test_what_was_answered_before_is_no_reason_to_wait() -> None:
    whole = HEAD + b"\r\n" + b" " * 100
    async with serving(0.5) as (port, _):
        answer = await said(port, whole, HEAD)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.count(b"HTTP/1.1 408 ") == 1


async def test_the_end_of_the_server_waits_for_no_half_request() -> None:
    async with serving(3600) as (port, application):
        asking = asyncio.create_task(said(port, HEAD + b"\r\n{"))
        await application.asked.wait()
    assert await asking == b""


async def test_one_that_is_given_up_may_go_on_sending() -> None:
    async with serving(0.05, keep_alive=0) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + b"Connection: close\r\n\r\n{")
        assert (await asyncio.wait_for(reader.read(), PATIENCE)).startswith(b"HTTP/1.1 408 ")
        for _ in range(3):
            await said(port, HEAD + b"\r\n" + b" " * 100)
            writer.write(b" ")
            await writer.drain()
        writer.close()
        await writer.wait_closed()


@pytest.mark.process
def test_a_half_request_holds_no_server_up(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, socket.create_connection(("127.0.0.1", int(server.url[17:]))) as line:
        line.sendall(HEAD + b"\r\n{")
        assert server.terminate() == 0
        line.settimeout(PATIENCE)
        assert line.recv(1) == b""
    assert "Error" not in server.stderr
