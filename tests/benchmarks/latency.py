"""From commit to a subscriber's socket, with 200 releases under way on a real server process.

An event carries the instant at which its change was decided, right before the commit; the client notes when the bytes
arrived, by the same clock. So the figure holds the commit itself, and up to a millisecond of rounding.
"""

import asyncio
import json
import time
from datetime import datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import websockets

from tests.benchmarks.table import Row, percentile
from tests.servers import running_server

RELEASES = 200
CHANGES = 2_500
REPEATS = 3

CREATE = (
    "mutation ($input: CreateReleaseInput!) { createRelease(input: $input) { release { id } userErrors { message } } }"
)
START = "mutation ($id: ID!) { startRelease(input: {releaseId: $id}) { userErrors { message } } }"
FOLLOW = "subscription { releaseEvents { ... on ReleaseEvent { occurredAt } } }"


async def measure() -> list[Row]:
    """Return the median and the 99th percentile, in milliseconds."""
    medians, tails = [], []
    for _ in range(REPEATS):
        with TemporaryDirectory() as folder, running_server(Path(folder), "--concurrent-tasks", "1000") as server:
            delays = await _delays(server.url)
        medians.append(median(delays))
        tails.append(percentile(delays, 0.99))
    return [
        Row(
            f"commit to socket, {RELEASES} releases under way: median", "ms", tuple(medians), "< 10", max(medians) < 10
        ),
        Row(f"commit to socket, {RELEASES} releases under way: p99", "ms", tuple(tails), "(shown)", met=True),
    ]


async def _delays(url: str) -> list[float]:
    async with httpx.AsyncClient(base_url=url) as client:
        ids = [await _created(client, number) for number in range(RELEASES)]
        async with websockets.connect(
            url.replace("http", "ws", 1) + "/graphql", subprotocols=[websockets.Subprotocol("graphql-transport-ws")]
        ) as socket:
            await socket.send(json.dumps({"type": "connection_init"}))
            await socket.recv()
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": FOLLOW}}))
            receiving = asyncio.create_task(_receive(socket))
            for release_id in ids:
                await _asked(client, START, {"id": release_id})
            return await receiving


async def _receive(socket: websockets.ClientConnection) -> list[float]:
    delays = []
    while len(delays) < CHANGES:
        message = await socket.recv()
        arrived = time.time()
        occurred = json.loads(message)["payload"]["data"]["releaseEvents"]["occurredAt"]
        delays.append((arrived - datetime.fromisoformat(occurred).timestamp()) * 1000)
    return delays


async def _created(client: httpx.AsyncClient, number: int) -> str:
    task = {"executor": "simulated", "with": {"durationSeconds": 4 + number % 20 / 2}}
    tasks = [{**task, "name": name} for name in ("one", "two", "three")]
    plan = {
        "name": f"Bench {number}",
        "version": "1.0",
        "autoTrigger": {"stage2": True, "stage3": True},
        "kickoff": tasks,
        "regression": {"cycles": [{"after": "0s"}, {"after": "2s"}], "tasks": tasks},
        "preRelease": tasks,
    }
    answer = await _asked(client, CREATE, {"input": plan})
    return str(answer["createRelease"]["release"]["id"])


async def _asked(client: httpx.AsyncClient, query: str, variables: dict[str, Any]) -> dict[str, Any]:
    response = await client.post("/graphql", json={"query": query, "variables": variables})
    body = response.json()
    if "errors" in body:
        raise RuntimeError(body["errors"])
    data: dict[str, Any] = body["data"]
    return data
