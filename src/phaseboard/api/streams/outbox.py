"""The way out of one socket: straight to the connection while that takes everything, else in order, bounded.

A reader that falls behind delays nobody: its messages wait here, statuses only in their newest version. One that leaves
too much unread, or reads nothing for a while, is told to come back (1013).
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from phaseboard.api.streams.pending import Addressee, Pending, TooSlow
from phaseboard.api.streams.readers import Readers

SLOWEST = 12
"""How many times the wait for a reader begins anew because it took something, but not enough for the next message."""


class Connection(Protocol):
    """Where the bytes of text messages go."""

    @property
    def takes_more(self) -> bool:
        """Whether `write` may be called now."""
        ...

    def write(self, message: bytes) -> None:
        """Send a text message without waiting."""
        ...

    async def writable(self) -> None:
        """Wait until `takes_more`; raises ConnectionError once the connection is closed."""
        ...

    @property
    def taken(self) -> int:
        """How many bytes the client has taken: more than before while it reads."""
        ...

    def part_within(self, seconds: float) -> None:
        """Say how long a client may take nothing of what was sent before its close frame."""
        ...

    def abort(self) -> None:
        """Cut the connection off."""
        ...


class Outbox:
    """Messages on their way to one connection; `on_too_slow` is called once when the reader is sent away."""

    transport = "websocket"

    def __init__(self, connection: Connection, on_too_slow: Callable[[], None], readers: Readers) -> None:
        self._connection = connection
        self._on_too_slow = on_too_slow
        self._readers = readers
        self._pending = Pending(readers)
        self._draining: asyncio.Task[None] | None = None
        self._closed = False
        readers.add(self)

    @property
    def depth(self) -> int:
        """How many messages wait."""
        return len(self._pending)

    def put(self, addressee: Addressee, message: bytes) -> None:
        """Send a message, at once if nothing waits before it."""
        if self._closed:
            return
        if self._draining is None and self._connection.takes_more:
            self._connection.write(message)
        elif not self._keep(addressee, message):
            return
        if self._draining is None and not self._connection.takes_more:
            self._draining = asyncio.create_task(self._drain(), name="drain a slow reader")

    async def room(self) -> None:
        """Wait until nothing waits here any more."""
        await asyncio.sleep(0)
        if self._draining:
            await asyncio.wait([self._draining])

    def close(self) -> None:
        """Forget what waits; nothing is sent any more."""
        self._forget()
        if self._draining:
            self._draining.cancel()

    def _keep(self, addressee: Addressee, message: bytes) -> bool:
        """Keep a message until the connection takes it; False when that is one too many."""
        try:
            self._pending.put(addressee, message)
        except TooSlow:
            self._evict()
            return False
        return True

    async def _drain(self) -> None:
        """Write what waits as the connection takes it, and watch that it does."""
        try:
            while self._pending or not self._connection.takes_more:
                await self._writable()
                while self._pending and self._connection.takes_more:
                    self._connection.write(self._pending.take()[1])
        except TimeoutError:
            self._evict()
        except ConnectionError:
            self._forget()
        finally:
            self._draining = None

    async def _writable(self) -> None:
        """Wait until the connection takes more. Raises TimeoutError when its reader takes hardly anything."""
        for left in reversed(range(SLOWEST)):
            taken = self._connection.taken
            try:
                async with asyncio.timeout(self._readers.stalled):
                    await self._connection.writable()
                    return
            except TimeoutError:
                if not left or self._connection.taken <= taken:
                    raise

    def _evict(self) -> None:
        self._readers.counts.evicted += 1
        self._forget()
        self._on_too_slow()

    def _forget(self) -> None:
        self._closed = True
        self._pending.clear()
        self._readers.remove(self)
