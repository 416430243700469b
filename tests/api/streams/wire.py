"""Clients that read as slowly as a test wants, over real connections with small buffers."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect

from tests.api.serving import PROTOCOL, Address
from tests.engine.hands import PATIENCE

SMALL = 8_192
SEGMENT = 1_024
"""Bytes of a segment: were it larger than the buffers, each would wait for a timer of TCP."""


def small_socket(url: str) -> socket.socket:
    """Return a connected socket that takes few bytes before somebody reads them."""
    where = urlsplit(url)
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
    try:
        client.connect((where.hostname, where.port))
    except OSError:
        client.close()
        raise
    client.setblocking(False)
    return client


@asynccontextmanager
async def slow_websocket(address: Address) -> AsyncIterator[ClientConnection]:
    """Give a socket that is initialised and reads nothing until it is told to."""
    async with connect(
        address.ws, sock=small_socket(address.ws), subprotocols=[PROTOCOL], compression=None, max_queue=1,
        ping_interval=None, close_timeout=0.1,
    ) as connection:  # fmt: skip
        await connection.send('{"type": "connection_init"}')
        await connection.recv()
        yield connection


class EventSource:
    """A client of Server-Sent Events that keeps the id told last, as a browser does."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._read = b""
        self._streamed = False
        self.status = 0
        self.last_id: str | None = None

    async def begin(self) -> None:
        head = await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), PATIENCE)
        self.status = int(head.split()[1])
        self._streamed = b"transfer-encoding: chunked" in head.lower()

    async def event(self) -> tuple[str, Any] | None:
        """Return kind and data of the next event, None when the stream has ended."""
        fields: dict[str, str] = {}
        while True:
            line = await self._line()
            if line is None:
                return None
            if not line and "event" in fields:
                self.last_id = fields.get("id", self.last_id)
                return fields["event"], json.loads(fields["data"] or "null")
            name, _, value = line.partition(":")
            fields[name] = value.strip()

    async def _line(self) -> str | None:
        """Return the next line of the body, None at its end: what was cut off in the middle does not count."""
        while b"\n" not in self._read:
            chunk = await self._chunk()
            if not chunk:
                return None
            self._read += chunk
        line, _, self._read = self._read.partition(b"\n")
        return line.decode()

    async def _chunk(self) -> bytes:
        """Return the next chunk, which ends wherever a proxy likes; nothing at the end, and of what is no stream."""
        if not self._streamed:
            return b""
        try:
            size = int(await asyncio.wait_for(self._reader.readline(), PATIENCE) or b"0", 16)
            chunk = await asyncio.wait_for(self._reader.readexactly(size + 2), PATIENCE)
        except (ConnectionError, asyncio.IncompleteReadError):
            return b""
        return chunk[:size]


@asynccontextmanager
async def event_source(
    address: Address, query: str, *, last_id: str | None = None, **variables: Any
) -> AsyncIterator[EventSource]:
    """Follow something by Server-Sent Events, over a connection with small buffers."""
    body = json.dumps({"query": query, "variables": variables})
    more = f"Last-Event-ID: {last_id}\r\n" if last_id is not None else ""
    reader, writer = await asyncio.open_connection(sock=small_socket(address.http), limit=SMALL)
    writer.write(
        "POST /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        "Content-Type: application/json\r\nAccept: text/event-stream\r\n"
        f"{more}Content-Length: {len(body)}\r\n\r\n{body}".encode()
    )
    source = EventSource(reader)
    try:
        await source.begin()
        yield source
    finally:
        writer.transport.abort()
