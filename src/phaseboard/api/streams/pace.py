"""Pace: how fast a client may send. One that sends faster is not refused, only read more slowly.

Between two messages everybody else has a turn, also when many came at once.
"""

import asyncio

BURST = 2
"""Seconds' worth of messages that may come at once, after a time without any."""


class Pace:
    """Waits so that, in the long run, no more than so many messages a second are handled."""

    def __init__(self, per_second: int) -> None:
        self._gap = 1 / per_second
        self._clock = asyncio.get_running_loop().time
        self._next = 0.0
        """When the message that is handled now would have come at the very pace."""

    async def keep(self) -> None:
        """Wait after a message: for a turn of the event loop, or longer if it was one too many."""
        now = self._clock()
        self._next = max(self._next, now - BURST) + self._gap
        await asyncio.sleep(max(self._next - now, 0))
