"""How late the event loop is: whatever blocks it delays everybody."""

import asyncio
from collections import deque
from collections.abc import Callable

EVERY = 0.5
"""Seconds between two looks."""

LOOKS = 120
"""How many looks back the worst one is told: a minute."""


class LoopLag:
    """Asks to be woken at a time, and notes by how much later it is; `observe` gets the seconds."""

    def __init__(self, observe: Callable[[float], None], every: float = EVERY) -> None:
        self._observe = observe
        self._every = every
        self._latest: deque[float] = deque([0.0], maxlen=LOOKS)

    @property
    def worst(self) -> float:
        """The worst lag of the last minute."""
        return max(self._latest)

    async def run(self) -> None:
        """Look until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + self._every
            await asyncio.sleep(self._every)
            lag = max(loop.time() - due, 0.0)
            self._latest.append(lag)
            self._observe(lag)
