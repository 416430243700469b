"""A board behind a real server on a free port of the loopback, and clients of its streams."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from phaseboard.web.http import http_protocol
from phaseboard.web.websocket import FrameProtocol
from tests.engine.board import Board
from tests.engine.hands import PATIENCE

PROTOCOL = Subprotocol("graphql-transport-ws")


class Address:
    """Where a board is served; what it opens is closed with it."""

    def __init__(self, port: int) -> None:
        self.token: str | None = None
        """The access token that clients send."""
        self.http = f"http://127.0.0.1:{port}/graphql"
        self.ws = f"ws://127.0.0.1:{port}/graphql"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    @asynccontextmanager
    async def socket(self, *, init: bool = True) -> AsyncIterator["Socket"]:
        """Open a socket that answers pings however much waits to be looked at: a busy test is no slow reader."""
        async with connect(self.ws, subprotocols=[PROTOCOL], compression=None, max_queue=None) as connection:
            client = Socket(connection)
            if init:
                await client.send({"type": "connection_init", "payload": self.headers})
                assert await client.receive() == {"type": "connection_ack"}
            yield client

    @asynccontextmanager
    async def sse(self, query: str, **variables: Any) -> AsyncIterator["Events"]:
        headers = {"Accept": "text/event-stream", **self.headers}
        request = {"query": query, "variables": variables}
        async with (
            httpx.AsyncClient(timeout=PATIENCE, verify=False) as client,
            client.stream("POST", self.http, json=request, headers=headers) as response,
        ):
            yield Events(response)


@asynccontextmanager
async def served(board: Board, *, send_buffer: int | None = None) -> AsyncIterator[Address]:
    """Serve a board that is open, as `phaseboard serve` does."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        if send_buffer is not None:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
        config = uvicorn.Config(
            board.server.app,
            http=http_protocol(board.server.repeats),
            ws=FrameProtocol,
            ws_max_size=board.server.settings.limits.body_bytes,
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=3,
        )
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[listener])
        try:
            yield Address(listener.getsockname()[1])
        finally:
            board.server.end_streams()
            await server.shutdown(sockets=[listener])


class Socket:
    """A client of graphql-transport-ws."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def send(self, message: Any) -> None:
        await self.send_raw(json.dumps(message))

    async def send_raw(self, frame: str | bytes) -> None:
        await self._connection.send(frame)

    async def subscribe(self, query: str, *, operation: str = "1", **variables: Any) -> None:
        payload = {"query": query, "variables": variables}
        await self.send({"id": operation, "type": "subscribe", "payload": payload})

    async def receive(self) -> Any:
        return json.loads(await asyncio.wait_for(self._connection.recv(), PATIENCE))

    async def next(self, operation: str = "1") -> Any:
        """Return the data of the next result of an operation."""
        message = await self.receive()
        assert (message["type"], message["id"]) == ("next", operation), message
        assert "errors" not in message["payload"], message
        return message["payload"]["data"]

    async def errors(self, operation: str = "1") -> list[str]:
        """Return the messages of an operation that ends with an error."""
        message = await self.receive()
        assert (message["type"], message["id"]) == ("error", operation), message
        return [error["message"] for error in message["payload"]]

    async def completed(self, operation: str = "1") -> None:
        assert await self.receive() == {"id": operation, "type": "complete"}

    async def alive(self) -> None:
        """Fail unless the socket answers, and nothing else came before that answer."""
        await self.send({"type": "ping"})
        assert await self.receive() == {"type": "pong"}

    async def closed(self) -> tuple[int, str]:
        """Return code and reason of the close that comes next."""
        with pytest.raises(ConnectionClosed) as closed:
            await self.receive()
        assert closed.value.rcvd is not None, "the connection broke off"
        return closed.value.rcvd.code, closed.value.rcvd.reason


class Events:
    """A client of Server-Sent Events."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def _event(self) -> tuple[str, str]:
        kind, data = "", ""
        async for line in self._lines:
            field, _, value = line.partition(":")
            kind = value.strip() if field == "event" else kind
            data = data + value.strip() if field == "data" else data
            if not line and kind:
                return kind, data
        raise AssertionError("the stream broke off")

    async def result(self) -> Any:
        """Return the next result: data, errors or both."""
        kind, data = await self._event()
        assert kind == "next", kind
        return json.loads(data)

    async def next(self) -> Any:
        """Return the data of the next result."""
        result = await self.result()
        assert "errors" not in result, result
        return result["data"]

    async def completed(self) -> None:
        assert (await self._event())[0] == "complete"
