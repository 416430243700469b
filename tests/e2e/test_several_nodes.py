"""Three real servers on one PostgreSQL: whichever node is followed, the same is told, in order, nothing left out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import cycle
from pathlib import Path

import pytest

from phaseboard.api.scalars import parse_cursor
from phaseboard.domain.events import PhaseChanged
from phaseboard.store.postgres import PostgresStore
from tests.e2e.client import BEGINNING, Api, Follower, Item, connect
from tests.reliability.history import History, Statuses, Stream, history_of
from tests.reliability.invariants import check_invariants
from tests.servers import Server, running_server

pytestmark = [pytest.mark.process, pytest.mark.timeout(180)]

NODES = 3
RELEASES = 200
TOGETHER = 20
"""How many clients act at the same time."""

PHASES = "subscription ($after: Cursor) { phaseChanged(after: $after) { cursor to revision release { id } } }"
EVENTS = "subscription ($after: Cursor) { releaseEvents(after: $after) { ... on ReleaseEvent { cursor } } }"
STATUS = "query ($id: ID!, $revision: Int) { releaseStatus(releaseId: $id, atLeastRevision: $revision) { revision } }"
TASK = {"name": "work", "executor": "simulated", "with": {"durationSeconds": 0.05}}
PLAN = {
    "version": "1.0",
    "autoTrigger": {"stage2": True, "stage3": True},
    "kickoff": [TASK],
    "regression": {"cycles": [{"after": "0s"}], "tasks": [TASK]},
    "preRelease": [TASK],
}


@pytest.fixture
async def servers(tmp_path: Path, postgres_url: str) -> AsyncIterator[list[Server]]:
    async with AsyncExitStack() as stack:
        nodes = []
        for number in range(NODES):
            folder = tmp_path / f"node-{number}"
            folder.mkdir()
            running = running_server(folder, database_url=postgres_url)
            nodes.append(stack.enter_context(running))
        yield nodes


async def submitted(follower: Follower, releases: int) -> None:
    """Wait until a follower of phases was told that so many releases were submitted."""
    while sum(item["to"] == "SUBMITTED" for item in follower.items) < releases:
        await follower.has(len(follower.items) + 1)


async def act(first: Api, other: Api, number: int) -> Statuses:
    """Create a release on one node and start it on another; each node reads no older state than was told."""
    created = await first.act("createRelease", name=f"Release {number}", **PLAN)
    release_id, made = created["release"]["id"], created["status"]["revision"]
    started = await other.act("startRelease", releaseId=release_id)
    read = []
    for api, revision in ((other, made), (first, started["status"]["revision"])):
        status = (await api.ask(STATUS, id=release_id, revision=revision))["releaseStatus"]
        assert status["revision"] >= revision
        read.append(status["revision"])
    return Statuses(release_id, sorted(set(read)))


async def load(apis: list[Api]) -> list[Statuses]:
    """Create and start all releases, each by way of two nodes."""
    ways, room = cycle(zip(apis, apis[1:] + apis[:1], strict=True)), asyncio.Semaphore(TOGETHER)

    async def acting(number: int, way: tuple[Api, Api]) -> Statuses:
        async with room:
            return await act(*way, number)

    return await asyncio.gather(*(acting(number, next(ways)) for number in range(RELEASES)))


async def logged(url: str) -> History:
    """Return what the database holds."""
    store = PostgresStore(url)
    await store.open()
    try:
        return await history_of(store)
    finally:
        await store.close()


async def test_two_hundred_releases_look_the_same_from_every_node(servers: list[Server], postgres_url: str) -> None:
    async with AsyncExitStack() as stack:
        apis = [await stack.enter_async_context(connect(server.url)) for server in servers]
        phases = [await stack.enter_async_context(api.socket(PHASES, after=BEGINNING)) for api in apis]
        events = [await stack.enter_async_context(api.sse(EVENTS, after=BEGINNING)) for api in apis]
        statuses = await load(apis)
        await submitted(phases[0], RELEASES)
        history = await logged(postgres_url)
        assert len(history.releases) == RELEASES
        changes = [event for event in history.events if isinstance(event.event, PhaseChanged)]
        told = [await follower.has(len(changes)) for follower in phases]
        streamed = [await follower.has(len(history.events)) for follower in events]
    assert told[0] == told[1] == told[2]
    assert streamed[0] == streamed[1] == streamed[2]
    for number, items in enumerate(told):
        history.streams.append(Stream(f"phases of node {number}", positions(items), phases_only=True))
    for number, items in enumerate(streamed):
        history.streams.append(Stream(f"events of node {number}", positions(items)))
    history.statuses = statuses
    check_invariants(history)


def positions(items: list[Item]) -> list[int]:
    return [parse_cursor(item["cursor"]) for item in items]
