"""A real HTTP server on loopback that answers as a test says, also in ways no well-behaved server would."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    line: asyncio.StreamReader

    def json(self) -> Any:
        return json.loads(self.body)


Answer = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


def answer(status: str = "200 OK", body: bytes = b"", *headers: str) -> Answer:
    """Return an answer that is complete and well formed."""

    async def send(request: Request, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()

    return send


def raw(data: bytes) -> Answer:
    """Return an answer that sends these bytes, then drops the connection."""

    async def send(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return send


def silence(data: bytes = b"") -> Answer:
    """Return an answer that sends these bytes, then says no more until the other side hangs up."""

    async def send(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        await request.line.read()

    return send


@dataclass
class CiServer:
    port: int = 0
    answer: Answer = field(default_factory=answer)
    requests: list[Request] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _handlers: set[asyncio.Task[Any]] = field(default_factory=set)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}/jobs"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._handlers.add(task)
        try:
            self.requests.append(await _read(reader))
            self.arrived.set()
            await self.answer(self.requests[-1], writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            self._handlers.discard(task)

    async def called(self, target: str) -> None:
        """Wait until a request for the target has arrived."""
        while not any(request.target == target for request in self.requests):
            self.arrived.clear()
            await self.arrived.wait()

    async def idle(self) -> None:
        """Wait until every connection is closed."""
        await asyncio.gather(*self._handlers)

    async def stop(self) -> None:
        handlers = list(self._handlers)
        for handler in handlers:
            handler.cancel()
        await asyncio.gather(*handlers)


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, target, headers, body, reader)


@asynccontextmanager
async def ci_server() -> AsyncIterator[CiServer]:
    ci = CiServer()
    server = await asyncio.start_server(ci.handle, "127.0.0.1", 0)
    ci.port = server.sockets[0].getsockname()[1]
    try:
        yield ci
    finally:
        server.close()
        await ci.stop()
        await server.wait_closed()
