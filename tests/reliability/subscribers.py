"""Subscribers that keep coming back: over WebSocket by `after`, over Server-Sent Events by `Last-Event-ID`.

What they saw is kept over all their connections; `drops` leave in the middle of it, `stalls` stop reading for a while.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

from websockets.exceptions import WebSocketException

from phaseboard.api.scalars import format_cursor, parse_cursor
from tests.api.serving import Address, Socket
from tests.api.streams.wire import event_source, slow_websocket
from tests.reliability.history import Stream
from tests.reliability.scale import scaled

EVENTS = """subscription ($after: Cursor) { log: releaseEvents(after: $after) {
  __typename ... on ReleaseEvent { at: cursor revision releaseId } } }"""
PHASES = "subscription ($after: Cursor) { log: phaseChanged(after: $after) { at: cursor revision release { id } } }"
STALL, STALL_SECONDS = 0.02, 2.0
"""How often a reader that stalls reads nothing, and for how long at most."""

MAX_STALLS = scaled(15, 300)
"""How often one stalls at all: a fast server would tell it more than it ever catches up with."""

AGAIN = 0.02
"""Seconds until a subscriber that finds no server tries again."""

Told = Callable[[dict[str, Any]], None]


@dataclass
class Subscriber:
    """One subscriber; `run` it as a task until `finish`."""

    name: str
    address: Address
    chance: Random
    sse: bool = False
    phases_only: bool = False
    drops: bool = False
    stalls: bool = False
    on_event: Told = lambda _: None
    seen: list[int] = field(default_factory=list)
    connections: int = 0
    stalled: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def stream(self) -> Stream:
        """What was seen, for the invariants."""
        return Stream(self.name, self.seen, phases_only=self.phases_only)

    async def run(self) -> None:
        """Follow, and come back whenever the connection ends, until cancelled."""
        while True:
            with suppress(WebSocketException, OSError, EOFError):
                await self._follow()
            await asyncio.sleep(AGAIN)

    async def reached(self, position: int) -> None:
        """Wait until an event at this position or above was seen."""
        while not self.seen or self.seen[-1] < position:
            self._news.clear()
            await self._news.wait()

    async def _follow(self) -> None:
        leaves_after = self.chance.randint(1, 40) if self.drops else -1
        async with aclosing(self._over_sse() if self.sse else self._over_socket()) as events:
            async for event in events:
                self.seen.append(parse_cursor(event["at"]))
                self._news.set()
                self.on_event(event)
                if self.stalls and self.stalled < MAX_STALLS and self.chance.random() < STALL:
                    self.stalled += 1
                    await asyncio.sleep(self.chance.uniform(0, STALL_SECONDS))
                leaves_after -= 1
                if leaves_after == 0:
                    return

    async def _over_socket(self) -> AsyncIterator[dict[str, Any]]:
        async with self._socket() as client:
            self.connections += 1
            await client.subscribe(self._document, after=self._after)
            while (message := await client.receive())["type"] == "next":
                yield _log(message["payload"])

    @asynccontextmanager
    async def _socket(self) -> AsyncIterator[Socket]:
        """Connect, with small buffers when what is not read has to be felt."""
        if self.stalls:
            async with slow_websocket(self.address) as connection:
                yield Socket(connection)
        else:
            async with self.address.socket() as client:
                try:
                    yield client
                finally:
                    client._connection.transport.abort()  # a farewell would wait for what is not read

    async def _over_sse(self) -> AsyncIterator[dict[str, Any]]:
        last = {"last_id": self._after} if self.seen else {"after": self._after}
        async with event_source(self.address, self._document, **last) as source:
            self.connections += 1
            while (event := await source.event()) and event[0] == "next":
                yield _log(event[1])

    @property
    def _document(self) -> str:
        return PHASES if self.phases_only else EVENTS

    @property
    def _after(self) -> str:
        return format_cursor(self.seen[-1] if self.seen else 0)


def data_of(payload: dict[str, Any]) -> dict[str, Any]:
    """Return the data of a result; raises EOFError when there is none because the database is away."""
    codes = {error["extensions"]["code"] for error in payload.get("errors", ())}
    if codes == {"SERVICE_UNAVAILABLE"}:
        raise EOFError("the database is away")
    assert not codes, payload
    data: dict[str, Any] = payload["data"]
    return data


def _log(payload: dict[str, Any]) -> dict[str, Any]:
    event: dict[str, Any] = data_of(payload)["log"]
    assert event.get("__typename") != "EventLogGap", "nothing was pruned, so nothing is missing"
    return event


class Follower(Protocol):
    """Whoever follows something."""

    name: str

    async def run(self) -> None:
        """Follow until cancelled."""


@asynccontextmanager
async def following(*subscribers: Follower) -> AsyncIterator[None]:
    """Let subscribers run until the block is left; what one of them raises ends it."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(subscriber.run(), name=subscriber.name) for subscriber in subscribers]
        try:
            yield
        finally:
            while left := [task for task in tasks if not task.done()]:
                for task in left:
                    task.cancel()  # again and again: who waits with a limit may swallow a cancellation
                await asyncio.wait(left, timeout=AGAIN)
