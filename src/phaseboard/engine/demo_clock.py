"""The clock of a demo: it may run faster than others, and never goes back."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from time import monotonic

from phaseboard.engine.clock import Clock, system_clock

SPEEDS = (1, 10, 60)
"""How many seconds it may let pass in one."""

TICK = 0.05
"""Seconds between looks at what is due, while it runs fast: whoever sleeps until then sleeps by another clock."""


class DemoClock:
    """Begins at the system's instant, unless that is before what an earlier demo did (`catch_up`)."""

    def __init__(self, begins: Clock = system_clock, seconds: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._instant = begins()
        self._since = seconds()
        self._speed = SPEEDS[0]
        self._changed = asyncio.Event()

    def __call__(self) -> datetime:
        """Return the instant: UTC, to the millisecond."""
        now = self._now()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    @property
    def speed(self) -> int:
        """How many seconds pass in one."""
        return self._speed

    def run_at(self, speed: int) -> None:
        """Run at one of the SPEEDS from now on; wakes whoever sleeps by this clock."""
        self._instant, self._since = self._now(), self._seconds()
        self._speed = speed
        self._changed.set()
        self._changed = asyncio.Event()

    def catch_up(self, instant: datetime) -> None:
        """Go on from an instant if it is not reached yet."""
        self._instant, self._since = max(instant, self._now()), self._seconds()

    async def sleep(self, seconds: float) -> None:
        """Sleep until so many seconds have passed by this clock."""
        ends = self._now() + timedelta(seconds=seconds)
        while (left := (ends - self._now()).total_seconds()) > 0:
            await self._change(within=left / self._speed)

    async def drive(self, nudge: Callable[[], None]) -> None:
        """Tell the loop, until cancelled, that more time has passed than it knows."""
        while True:
            await self._change(within=None if self._speed == 1 else TICK)
            nudge()

    def _now(self) -> datetime:
        return self._instant + timedelta(seconds=(self._seconds() - self._since) * self._speed)

    async def _change(self, within: float | None) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._changed.wait()
