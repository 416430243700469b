"""Two nodes on one PostgreSQL behind nginx: what clients send and follow passes, and restarts are not noticed."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import httpx
import pytest

from phaseboard.api.streams.sse import HEARTBEAT
from phaseboard.cli.running import PING_EVERY
from tests.api.serving import Address
from tests.deployment.nginx import CONFIGURATION, free_port, nginx, program
from tests.e2e.client import EVENTS, PHASES, Api, connect
from tests.e2e.plans import simulated_plan
from tests.reliability.invariants import check_invariants
from tests.reliability.load import Load
from tests.reliability.outside import outside
from tests.reliability.storm import Storm, make_subscribers, raging, serving
from tests.servers import Server

TWO = 2

pytestmark = [pytest.mark.process, pytest.mark.timeout(240)]


@dataclass
class Front:
    """What stands in front of the nodes, and a client that knows nothing else."""

    url: str
    port: int
    nodes: list[Server]
    api: Api


@pytest.fixture
async def front(tmp_path: Path, postgres_url: str) -> AsyncIterator[Front]:
    async with deployed(tmp_path, postgres_url) as front:
        yield front


@asynccontextmanager
async def deployed(folder: Path, database_url: str) -> AsyncIterator[Front]:
    program()
    port = free_port()
    public = ("--public-url", f"http://127.0.0.1:{port}")
    async with serving(folder, *public, databases=[database_url] * TWO) as nodes:
        with nginx(folder, port, nodes) as url:
            async with connect(url) as api:
                yield Front(url, port, nodes, api)


async def test_what_clients_send_and_follow_passes(front: Front) -> None:
    release = (await front.api.act("createRelease", **simulated_plan()))["release"]["id"]
    async with front.api.socket(PHASES, id=release) as socket, front.api.sse(EVENTS, id=release) as events:
        await front.api.act("startRelease", releaseId=release)
        await socket.until(lambda change: change["to"] == "SUBMITTED")
        await events.until(lambda event: event.get("phaseTo") == "SUBMITTED")
    by_socket = [change["to"] for change in socket.items]
    by_stream = [event["phaseTo"] for event in events.items if "phaseTo" in event]
    assert by_socket[by_socket.index("KICKOFF") :] == by_stream[by_stream.index("KICKOFF") :]


async def test_both_nodes_are_asked(front: Front) -> None:
    for number in range(10):
        await front.api.ask(f"query Through {{ service {{ version time }} n{number}: service {{ version }} }}")
    for node in front.nodes:
        told = (await front.api.http.get(f"{node.url}/metrics")).text
        assert re.search(r'operation_seconds_count\{kind="query",operation="Through"\} [1-9]', told)


async def test_a_node_that_is_gone_is_not_noticed(front: Front) -> None:
    release = (await front.api.act("createRelease", **simulated_plan()))["release"]["id"]
    front.nodes[0].kill()
    for _ in range(10):
        assert (await front.api.ask("query ($id: ID!) { release(id: $id) { id } }", id=release))["release"]
    assert (await front.api.act("startRelease", releaseId=release))["status"]["currentPhase"] == "KICKOFF"


async def test_refusals_are_those_of_the_node(front: Front) -> None:
    answer = await front.api.http.post(f"{front.url}/graphql", json={"query": " " * 300_000})
    assert answer.status_code == 413
    assert "has more than 262144 bytes" in answer.json()["errors"][0]["message"]
    evil = {"origin": "https://evil.example"}
    refused = await front.api.http.post(f"{front.url}/graphql", json={"query": "{ __typename }"}, headers=evil)
    assert refused.status_code == 403
    own = {"origin": front.url}
    allowed = await front.api.http.post(f"{front.url}/graphql", json={"query": "{ __typename }"}, headers=own)
    assert allowed.status_code == httpx.codes.OK


async def test_a_rolling_restart_tells_everybody_everything_once(front: Front, tmp_path: Path) -> None:
    chance = Random(1)
    async with outside(chance) as world:
        around = Storm(front.nodes, tmp_path, Load(front.api, world.url, chance), world)
        around.subscribers = make_subscribers(Address(front.port), chance)
        async with raging(around):
            for node in front.nodes:
                async with around.patience():
                    await around.load.moves(30)
                assert await asyncio.to_thread(node.terminate) == 0
                async with around.patience():
                    await around.load.moves(10)
                await asyncio.to_thread(node.start)
    for node in front.nodes:
        assert await asyncio.to_thread(node.terminate) == 0
    history = await around.history()
    check_invariants(history)
    assert all(subscriber.connections >= TWO for subscriber in around.subscribers)


def test_quiet_streams_are_not_taken_for_dead() -> None:
    patience = re.findall(r"proxy_(?:read|send)_timeout (\d+)s;", CONFIGURATION.read_text())
    assert len(patience) == TWO
    assert min(map(int, patience)) >= 3 * max(HEARTBEAT, PING_EVERY)
