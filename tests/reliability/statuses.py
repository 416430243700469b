"""A subscriber that follows the status of one release after the other, each to its end, and comes back when cut off.

A status tells where a release stands, not how it came there: a connection begins with the present revision and may skip
some, but goes back to none, and the last one ends with what the query says.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

from websockets.exceptions import WebSocketException

from tests.api.serving import Address
from tests.api.streams.wire import event_source
from tests.reliability.history import History, Statuses
from tests.reliability.load import OVER, Load
from tests.reliability.subscribers import AGAIN, data_of

STATUS = "subscription ($id: ID!) { status: releaseStatus(releaseId: $id) { phase: currentPhase revision } }"


@dataclass
class StatusFollower:
    """One of them; `run` it as a task until it has `caught_up`."""

    address: Address
    load: Load
    name: str = "status"
    told: dict[str, list[Statuses]] = field(default_factory=dict)
    """What each connection saw, by the release that was followed."""
    _ended: set[str] = field(default_factory=set)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Follow the newest release to its end, then the newest one by then, until cancelled."""
        ways = cycle((self._over_socket, self._over_sse))
        while True:
            release_id = await self.load.another(self.told)
            self.told[release_id] = []
            while release_id not in self._ended:
                with suppress(WebSocketException, OSError, EOFError):
                    async with aclosing(next(ways)(release_id)) as statuses:
                        await self._follow(release_id, statuses)
                await asyncio.sleep(AGAIN)

    async def caught_up(self) -> None:
        """Wait until nothing is followed that has not ended; to be asked once nothing new begins."""
        while self.load.driven[-1] not in self._ended:
            self._news.clear()
            await self._news.wait()

    def statuses(self, history: History) -> list[Statuses]:
        """Return what was seen, for the invariants; what ended has to end with what the database holds."""
        revisions = {release.id: release.revision for release in history.releases}
        for release_id in self._ended:
            self.told[release_id][-1].last = revisions[release_id]
        return [statuses for told in self.told.values() for statuses in told]

    async def _follow(self, release_id: str, statuses: AsyncIterator[dict[str, Any]]) -> None:
        seen: list[int] = []
        self.told[release_id].append(Statuses(f"{self.name} of {release_id}", seen))
        async for status in statuses:
            seen.append(status["revision"])
            if status["phase"] in OVER:
                self._ended.add(release_id)
                self._news.set()
                return

    async def _over_socket(self, release_id: str) -> AsyncIterator[dict[str, Any]]:
        async with self.address.socket() as client:
            await client.subscribe(STATUS, id=release_id)
            while (message := await client.receive())["type"] == "next":
                yield data_of(message["payload"])["status"]

    async def _over_sse(self, release_id: str) -> AsyncIterator[dict[str, Any]]:
        async with event_source(self.address, STATUS, id=release_id) as source:
            while (event := await source.event()) and event[0] == "next":
                yield data_of(event[1])["status"]
