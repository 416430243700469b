"""Streams that are open when a server stops, over WebSocket and Server-Sent Events: what they saw, how they ended."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
from websockets.exceptions import ConnectionClosed

from phaseboard.api.scalars import format_cursor, parse_cursor
from tests.api.serving import Address
from tests.reliability.history import Stream
from tests.reliability.scale import CHAOS
from tests.reliability.subscribers import EVENTS

GOING_AWAY = 1012
PROPER = {GOING_AWAY, "proper"}
"""How sockets and event streams end when a server stops."""

MANY = all if CHAOS else any
"""In how many stops all streams end so: a server waits a second for them, too short for a busy machine."""


@dataclass
class Open:
    """A stream that is open when the server stops: what it saw after a position, and how it ended."""

    name: str
    after: int
    seen: list[int] = field(default_factory=list)
    end: object = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def proper(self) -> bool:
        return self.end in PROPER

    @property
    def stream(self) -> Stream:
        return Stream(self.name, self.seen, after=self.after, complete=False)


@asynccontextmanager
async def opened(address: Address, after: int, each: int) -> AsyncIterator[list[Open]]:
    """Open so many streams of each kind and a request that never becomes whole; all have ended with the block."""
    streams: list[Open] = []
    limits = httpx.Limits(max_connections=None)
    async with (
        httpx.AsyncClient(trust_env=False, verify=False, timeout=None, limits=limits) as http,
        half_a_request(address),
        asyncio.TaskGroup() as group,
    ):
        for number in range(each):
            socket, sse = Open(f"socket {number}", after), Open(f"SSE {number}", after)
            for stream, following in ((socket, _over_socket(address, socket)), (sse, _over_sse(address, sse, http))):
                group.create_task(following)
                streams.append(stream)
        for stream in streams:
            await stream.ready.wait()
        yield streams


@asynccontextmanager
async def half_a_request(address: Address) -> AsyncIterator[None]:
    where = httpx.URL(address.http)
    _, writer = await asyncio.open_connection(where.host, where.port)
    writer.write(b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{")
    await writer.drain()
    try:
        yield
    finally:
        writer.transport.abort()


async def _over_socket(address: Address, stream: Open) -> None:
    try:
        async with address.socket() as client:
            await client.subscribe(EVENTS, after=format_cursor(stream.after))
            stream.ready.set()
            while (message := await client.receive())["type"] == "next":
                stream.seen.append(parse_cursor(message["payload"]["data"]["log"]["at"]))
            stream.end = (await client.closed())[0]
    except ConnectionClosed as closed:
        stream.end = closed.rcvd.code if closed.rcvd else "broken"


async def _over_sse(address: Address, stream: Open, http: httpx.AsyncClient) -> None:
    body = {"query": EVENTS, "variables": {"after": format_cursor(stream.after)}}
    accept = {"Accept": "text/event-stream"}
    async with http.stream("POST", address.http, json=body, headers=accept) as response:
        stream.ready.set()
        try:
            async for line in response.aiter_lines():
                if line.startswith("data: {"):
                    result = json.loads(line.removeprefix("data: "))
                    stream.seen.append(parse_cursor(result["data"]["log"]["at"]))
            stream.end = "proper"
        except httpx.HTTPError:
            stream.end = "broken"
