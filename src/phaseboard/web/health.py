"""`/healthz` says that the process lives, `/readyz` whether to send it requests, and why not otherwise."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from phaseboard.engine.pulse import Pulse
from phaseboard.feed.feed import Feed
from phaseboard.store.errors import StoreError
from phaseboard.store.port import Store

STORE_SECONDS = 1.0
"""How long the store may take to answer a small question."""

TURN_SECONDS = 30.0
"""How long the cron loop may take for a turn; it looks at least every five seconds."""

BEHIND_SECONDS = 5.0
"""How long a committed event may stay unpublished."""

Endpoint = Callable[[Request], Awaitable[Response]]


async def healthz(_: Request) -> Response:
    """Say that the event loop turns."""
    return JSONResponse({"status": "ok"})


class Readiness:
    """Whether a server can serve, by what its requests need: the store, the cron loop and the feed."""

    def __init__(self, store: Store, feed: Feed, pulse: Pulse, *, turn: float = TURN_SECONDS) -> None:
        self.store_seconds = STORE_SECONDS
        self.turn_seconds = turn
        self.behind_seconds = BEHIND_SECONDS
        self._store = store
        self._feed = feed
        self._pulse = pulse
        self._behind: tuple[int, float] | None = None

    async def reasons(self) -> Mapping[str, str]:
        """Return what is wrong, by the part that it is wrong with."""
        if self._feed.closed:
            return {"server": "It is shutting down."}
        found = {"cron": self._cron(), **await self._log()}
        return {part: reason for part, reason in found.items() if reason}

    def _cron(self) -> str | None:
        rest = self._pulse.rest
        if rest is None:
            return "The cron loop does not run."
        return f"The cron loop last turned {rest:.0f} s ago." if rest > self.turn_seconds else None

    async def _log(self) -> dict[str, str | None]:
        try:
            async with asyncio.timeout(self.store_seconds):
                end = await self._store.read(lambda reader: reader.last_position())
        except (StoreError, TimeoutError):
            return {"database": f"It did not answer within {self.store_seconds:g} s."}
        return {"feed": self._feed_behind(end)}

    def _feed_behind(self, end: int) -> str | None:
        """Return whether an event of the log was not published for too long; what was committed just now is not."""
        if self._behind is None or self._feed.head >= self._behind[0]:
            self._behind = (end, monotonic())
        position, since = self._behind
        late = self._feed.head < position and monotonic() - since > self.behind_seconds
        return f"Event {position} of the log is not published yet." if late else None


def readyz(readiness: Readiness) -> Endpoint:
    """Return the endpoint that answers 200, or 503 with the reasons."""

    async def endpoint(_: Request) -> Response:
        reasons = await readiness.reasons()
        if reasons:
            return JSONResponse({"status": "unready", "reasons": reasons}, 503)
        return JSONResponse({"status": "ready"})

    return endpoint
