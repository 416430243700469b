"""Housekeeping: at the start and then every hour, forget what nobody can need any more.

Several nodes on one store all do it. Whoever finds the log shorter than before, by itself or by another node, tells so.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from phaseboard.engine.clock import Clock
from phaseboard.store.port import Store, Writer

log = logging.getLogger(__name__)

EVERY = timedelta(hours=1)
KEYS_KEPT = timedelta(days=7)
"""How long a repeated request is answered with its first result."""

PAGE = 1_000
"""How much is dropped in one transaction, so that others do not wait."""

Drop = Callable[[Writer], Awaitable[int]]


class Housekeeping:
    """Idempotency keys go after a week, events after `keep_events`; without it they all stay."""

    def __init__(
        self, store: Store, clock: Clock, keep_events: timedelta | None, pruned: Callable[[], None] = lambda: None
    ) -> None:
        self._store = store
        self._clock = clock
        self._keep_events = keep_events
        self._pruned = pruned
        self._first = 1
        self.keys_dropped = 0
        self.events_dropped = 0

    async def run(self) -> None:
        """Tidy up until cancelled."""
        while True:
            try:
                await self.tidy()
            except Exception:
                log.exception("cannot tidy up", extra={"action": "housekeeping"})
            await asyncio.sleep(EVERY.total_seconds())

    async def tidy(self) -> None:
        """Drop what is too old now."""
        old_keys = self._clock() - KEYS_KEPT
        self.keys_dropped += await self._drop(lambda writer: writer.forget(old_keys, PAGE))
        if self._keep_events is not None:
            old_events = self._clock() - self._keep_events
            self.events_dropped += await self._drop(lambda writer: writer.prune(old_events, PAGE))
        first = await self._store.read(lambda reader: reader.first_position())
        if first > self._first:
            self._first = first
            self._pruned()

    async def _drop(self, drop: Drop) -> int:
        dropped = last = await self._store.write(drop)
        while last == PAGE:
            last = await self._store.write(drop)
            dropped += last
        return dropped
