"""The end of a server: it comes in time, whatever does not answer."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

log = logging.getLogger(__name__)

SECONDS = 3.5
"""From the signal on; the process is gone within five."""

LEAST = 0.2
"""Seconds that each part gets, however late it is."""


class Shutdown:
    """Counts from when the server was told to stop."""

    def __init__(self) -> None:
        self._began: float | None = None

    def begin(self) -> None:
        """Count from now on; only the first time counts."""
        if self._began is None:
            self._began = _now()

    def left(self, seconds: float) -> float:
        """Return how much is left of so many seconds."""
        now = _now()
        return max((now if self._began is None else self._began) + seconds - now, 0.0)

    @asynccontextmanager
    async def of(self, part: str) -> AsyncIterator[None]:
        """Cancel what ends a part when its time is up, and go on."""
        try:
            async with asyncio.timeout(max(self.left(SECONDS), LEAST)):
                yield
        except TimeoutError:
            log.warning("%s did not end in time", part, extra={"action": "server.stop"})


def _now() -> float:
    """Return the time of the loop, which need not be that of the world."""
    return asyncio.get_running_loop().time()
