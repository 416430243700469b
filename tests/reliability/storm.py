"""A watched server in a process of its own, clients that drive releases through it, and subscribers that follow.

async with storm(folder, chance) as around:      the server serves, 12 clients and 4 subscribers are at work
    await around.load.moves(30)
    around.server.kill(); around.server.restart()
history = await around.history()                 every release was driven to its end, and every event was told
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from phaseboard.store.sqlite import SQLiteStore
from tests.api.serving import Address
from tests.e2e.client import connect
from tests.reliability.history import History, history_of
from tests.reliability.load import Load
from tests.reliability.outside import Outside, outside
from tests.reliability.streams import Flaws, flaws_of
from tests.reliability.subscribers import AGAIN, Subscriber, following
from tests.reliability.victim import VICTIM, facts_in, victim_env
from tests.reliability.witness import leases_of
from tests.servers import Server, running_server

CLIENTS = 12
PATIENCE = 60.0
"""Seconds in which something has to happen that is bound to."""


@dataclass
class Storm:
    """What rages, and what it leaves."""

    server: Server
    folder: Path
    load: Load
    world: Outside
    subscribers: list[Subscriber] = field(default_factory=list)

    @property
    def address(self) -> Address:
        """Where the server is reached."""
        return Address(urlsplit(self.server.url).port or 0)

    async def history(self) -> History:
        """Return what the file holds and what everybody saw; the server has ended."""
        history = await history_in(self.server.database)
        history.leases = leases_of(facts_in(self.folder))
        history.calls, history.acknowledged = self.world.calls, self.load.acknowledged
        history.streams = [subscriber.stream for subscriber in self.subscribers]
        return history

    @asynccontextmanager
    async def patience(self) -> AsyncIterator[None]:
        """Raise AssertionError with where the releases stand when what is waited for does not come."""
        try:
            async with asyncio.timeout(PATIENCE):
                yield
        except TimeoutError:
            async with asyncio.timeout(PATIENCE):
                where = "\n".join(await self.load.under_way())
            seen = {subscriber.name: subscriber.seen[-1:] for subscriber in self.subscribers}
            raise AssertionError(f"nothing came for {PATIENCE} s; seen {seen}; under way:\n{where}") from None

    def figures(self, history: History) -> str:
        """Return in one line what happened."""
        wrong = reduce(add, (flaws_of(history, stream) for stream in history.streams), Flaws())
        return (
            f"{len(history.events)} events, {self.load.ended} releases ended, "
            f"{len(self.load.acknowledged)} changes acknowledged, {len(self.world.calls)} calls, "
            f"{self.world.answers.total()} callbacks, {len(history.leases)} leases, "
            f"{sum(subscriber.connections for subscriber in self.subscribers)} connections, "
            f"{wrong.gaps} gaps, {wrong.repeats} repeats, {wrong.disorder} out of order"
        )


@asynccontextmanager
async def storm(
    folder: Path, chance: Random, *flags: str, crowd: Callable[[Storm], list[Subscriber]] = lambda _: []
) -> AsyncIterator[Storm]:
    """Let it rage until the block is left; then bring every release to its end, have it told and end the server."""
    with running_server(folder, "--lease", "1", *flags, command=VICTIM, env=victim_env(folder)) as server:
        async with connect(server.url) as api, outside(chance) as world:
            around = Storm(server, folder, Load(api, world.url, chance), world)
            around.subscribers = [*make_subscribers(around.address, chance), *crowd(around)]
            around.subscribers[0].on_event = around.load.told
            async with following(*around.subscribers):
                async with asyncio.TaskGroup() as group:
                    driving = [group.create_task(around.load.drive()) for _ in range(CLIENTS)]
                    yield around
                    around.load.stopping = True
                    async with around.patience():
                        await asyncio.gather(*driving)
                async with around.patience():
                    await around.load.all_told()
                    for subscriber in around.subscribers:
                        await subscriber.reached(around.subscribers[0].seen[-1])
        assert await asyncio.to_thread(server.terminate) == 0


def make_subscribers(address: Address, chance: Random) -> list[Subscriber]:
    """Return one of each kind: events and phases, over WebSocket and Server-Sent Events."""
    kinds = [(sse, phases) for sse in (False, True) for phases in (False, True)]
    names = [f"{'phases' if phases else 'events'} by {'SSE' if sse else 'WebSocket'}" for sse, phases in kinds]
    return [Subscriber(name, address, chance, *kind) for name, kind in zip(names, kinds, strict=True)]


async def history_in(database: Path) -> History:
    """Return what a file holds."""
    store = SQLiteStore(database)
    await store.open()
    try:
        return await history_of(store)
    finally:
        await store.close()


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds that nobody tells of, of another process."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(AGAIN)
