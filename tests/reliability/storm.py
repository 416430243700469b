"""Watched servers in processes of their own, clients that drive releases through them, and subscribers that follow.

async with storm(folder, chance) as around:      the server serves, 12 clients and 5 subscribers are at work
    await around.load.moves(30)
    around.server.kill(); around.server.restart()
history = await around.history()                 every release was driven to its end, and every event was told

With `databases`, the URLs of one PostgreSQL, each is that of a node. Clients ask any of them, subscribers roam.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import reduce
from itertools import chain
from operator import add
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import pytest

from phaseboard.store.choice import store_at
from phaseboard.store.postgres import link
from tests.api.serving import Address
from tests.e2e.client import connect
from tests.nursery import nursery
from tests.reliability.history import History, history_of
from tests.reliability.load import Load
from tests.reliability.nodes import AnyNode, Killed, Roaming
from tests.reliability.outside import Outside, outside
from tests.reliability.results import traced
from tests.reliability.statuses import StatusFollower
from tests.reliability.streams import Flaws, flaws_of
from tests.reliability.subscribers import AGAIN, Subscriber, following
from tests.reliability.victim import WATCHED, calls_in, facts_in, victim_env
from tests.reliability.witness import ended_in_log, leases_of
from tests.servers import Server

CLIENTS = 12
PATIENCE = 60.0
"""Seconds in which something has to happen that is bound to."""


@dataclass
class Storm:
    """What rages, and what it leaves."""

    servers: Sequence[Server]
    folder: Path
    load: Load
    world: Outside
    subscribers: list[Subscriber] = field(default_factory=list)
    killed: list[Killed] = field(default_factory=list)
    status: StatusFollower = field(init=False)

    def __post_init__(self) -> None:
        self.status = StatusFollower(Roaming(self.servers, self.load.chance), self.load)

    @property
    def server(self) -> Server:
        """The only server, or the first."""
        return self.servers[0]

    @property
    def address(self) -> Address:
        """Where the server is reached."""
        return address_of(self.server)

    @property
    def position(self) -> int:
        """The position of the event that was told last."""
        return self.subscribers[0].seen[-1] if self.subscribers[0].seen else 0

    async def kill(self, server: Server) -> None:
        """Kill one of several nodes."""
        self.killed.append(await asyncio.to_thread(Killed.now, server))

    async def history(self) -> History:
        """Return what the database holds and what everybody saw; the servers have ended."""
        history = await history_at(self.servers[-1].database_url)
        facts = chain.from_iterable(facts_in(server.folder) for server in self.servers)
        history.leases = ended_in_log(leases_of(facts), history.events)
        inside = list(chain.from_iterable(calls_in(server.folder) for server in self.servers))
        history.calls, history.acknowledged = [*self.world.calls, *inside], self.load.acknowledged
        history.left_over = list(self.world.unheard)
        history.streams = [subscriber.stream for subscriber in self.subscribers]
        history.statuses = self.status.statuses(history)
        assert traced(history) or not inside, "no result tells from which call it is"
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
            f"{traced(history)} results traced to them, {len(history.statuses)} statuses followed, "
            f"{self.world.answers.total()} callbacks, {len(history.leases)} leases, "
            f"{sum(subscriber.connections for subscriber in self.subscribers)} connections, "
            f"{wrong.gaps} gaps, {wrong.repeats} repeats, {wrong.disorder} out of order"
        )


@asynccontextmanager
async def storm(
    folder: Path,
    chance: Random,
    *flags: str,
    crowd: Callable[[Storm], list[Subscriber]] = lambda _: [],
    databases: Sequence[str] = (),
) -> AsyncIterator[Storm]:
    """Let it rage until the block is left; then bring every release to its end, have it told and end the servers."""
    async with serving(folder, *flags, databases=databases) as servers:
        nodes = [server.url for server in servers] if databases else ()
        async with connect(servers[0].url) as api, outside(chance, nodes) as world:
            asked = AnyNode(servers, api.http, chance) if databases else api
            around = Storm(servers, folder, Load(asked, world.url, chance), world)
            around.subscribers = [*make_subscribers(around.address, chance), *crowd(around)]
            if databases:
                around.subscribers += make_subscribers(Roaming(servers, chance), chance)
            async with raging(around):
                yield around
        for server in servers:
            assert await asyncio.to_thread(server.terminate) == 0


@asynccontextmanager
async def serving(folder: Path, *flags: str, databases: Sequence[str] = ()) -> AsyncIterator[list[Server]]:
    """Start a watched server on a file, or one on each of these databases; their logs are checked at the end."""
    folders = [folder / f"node-{number}" for number, _ in enumerate(databases, start=1)] or [folder]
    with ExitStack() as stack:
        await asyncio.to_thread(stack.enter_context, nursery())
        servers = [
            Server(own, "--lease", "1", *flags, env=victim_env(own), database_url=url, runs=WATCHED)
            for own, url in zip(folders, databases or [None], strict=True)
        ]
        for server in servers:
            server.folder.mkdir(exist_ok=True)
            stack.callback(server.close)
        await asyncio.gather(*(asyncio.to_thread(server.start) for server in servers))
        yield servers
    for server in servers:
        server.check()


@asynccontextmanager
async def raging(around: Storm) -> AsyncIterator[None]:
    """Let clients and subscribers be at work until the block is left; then end every release, and have it told."""
    around.subscribers[0].on_event = around.load.told
    async with following(*around.subscribers, around.status):
        async with asyncio.TaskGroup() as group:
            driving = [group.create_task(around.load.drive()) for _ in range(CLIENTS)]
            yield
            around.load.stopping = True
            async with around.patience():
                await asyncio.gather(*driving)
        async with around.patience():
            await around.load.all_told()
            end = around.load.end()
            for subscriber in around.subscribers:
                await subscriber.reached(end)
            await around.status.caught_up()


def address_of(server: Server) -> Address:
    """Return where a server is reached."""
    return Address(urlsplit(server.url).port or 0)


def make_subscribers(address: Address, chance: Random) -> list[Subscriber]:
    """Return one of each kind: events and phases, over WebSocket and Server-Sent Events."""
    kinds = [(sse, phases) for sse in (False, True) for phases in (False, True)]
    names = [f"{'phases' if phases else 'events'} by {'SSE' if sse else 'WebSocket'}" for sse, phases in kinds]
    return [Subscriber(name, address, chance, *kind) for name, kind in zip(names, kinds, strict=True)]


async def history_in(database: Path) -> History:
    """Return what a file holds."""
    return await history_at(f"sqlite:///{database}")


async def history_at(database_url: str) -> History:
    """Return what a database holds; a long run takes longer to read than a server would wait."""
    store = store_at(database_url, connections=2)
    with pytest.MonkeyPatch.context() as patient:
        patient.setattr(link, "WORK_SECONDS", 600.0)
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
