"""T8: SIGTERM under load with 50 sockets and 50 event streams open, and the next server takes over, again and again."""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from phaseboard.api.scalars import format_cursor, parse_cursor
from tests.api.serving import Address
from tests.reliability.history import Stream
from tests.reliability.invariants import check_invariants
from tests.reliability.scale import SEED, scaled
from tests.reliability.storm import Storm, storm
from tests.reliability.subscribers import EVENTS

ROUNDS = scaled(3, 100)
STREAMS = 50
"""Of each kind."""

LIMIT = 15
"""Seconds that a busy machine gets; on an idle one it is five."""

GOING_AWAY = 1012
KILLED = 128 + signal.SIGTERM

pytestmark = [pytest.mark.process, pytest.mark.timeout(300 + 30 * ROUNDS)]


@dataclass
class Open:
    """A stream that is open when the server stops: what it saw after a position, and how it ended."""

    name: str
    after: int
    seen: list[int] = field(default_factory=list)
    end: object = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def stream(self) -> Stream:
        return Stream(self.name, self.seen, after=self.after, complete=False)


async def test_every_stop_is_clean(tmp_path: Path, figures: Callable[[str], None]) -> None:
    chance, seconds, streams = Random(SEED), [], list[Open]()
    async with storm(tmp_path, chance) as around:
        for number in range(ROUNDS):
            twice = number % 3 == 2
            async with opened(around) as open_now:
                seconds.append(await stopped(around, twice=twice))
            streams += open_now
            assert twice or {stream.end for stream in open_now} == {GOING_AWAY, "proper"}
            await asyncio.to_thread(around.server.start)
    history = await around.history()
    history.streams += [stream.stream for stream in streams]
    figures(f"{ROUNDS} stops within {max(seconds):.1f} s, {len(streams)} streams open, {around.figures(history)}")
    check_invariants(history)


async def stopped(around: Storm, *, twice: bool) -> float:
    """Stop the server in the middle of its work; returns how long it took."""
    async with around.patience():
        await around.load.moves(30)
    began = time.monotonic()
    around.server.signal(signal.SIGTERM)
    if twice:
        around.server.signal(signal.SIGTERM)
    assert await unready(around.address)
    code = await asyncio.to_thread(around.server.ended, LIMIT)
    assert code == 0 or (twice and code in (KILLED, -signal.SIGTERM))
    return time.monotonic() - began


async def unready(address: Address) -> bool:
    """Ask a server that stops whether it is ready until it says no, or no more."""
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        try:
            while (response := await client.get(httpx.URL(address.http).join("/readyz"))).is_success:
                continue
        except httpx.HTTPError:
            return True
    return response.status_code == 503


@asynccontextmanager
async def opened(around: Storm) -> AsyncIterator[list[Open]]:
    """Open streams and a request that never becomes whole; when the block is left all have ended."""
    streams: list[Open] = []
    limits = httpx.Limits(max_connections=None)
    async with (
        httpx.AsyncClient(trust_env=False, verify=False, timeout=None, limits=limits) as http,
        half_a_request(around.address),
        asyncio.TaskGroup() as group,
    ):
        after = around.subscribers[0].seen[-1] if around.subscribers[0].seen else 0
        for number in range(STREAMS):
            socket, sse = Open(f"socket {number}", after), Open(f"SSE {number}", after)
            for stream, following in (
                (socket, _over_socket(around.address, socket)),
                (sse, _over_sse(around.address, sse, http)),
            ):
                group.create_task(following)
                streams.append(stream)
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
