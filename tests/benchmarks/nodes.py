"""Several nodes on one PostgreSQL, which writes each commit to the disk: how much more they commit, how soon they tell.

Transitions: processes that each hold a store and its use cases, as a node does, and pause and resume releases of their
own with many callers; first one of them, then three at once. All of them and PostgreSQL share the machine's cores. Then
what PostgreSQL commits without any node, see `limit`.

Commit to socket: three real servers. A client changes releases by mutations to the first, at a steady rate far from
saturation; others follow the second and the third. An event carries the instant at which it was decided, right before
its commit, by the database's clock, which is that of the client: it is one machine.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from phaseboard.store.address import Address
from phaseboard.store.postgres.schema import migrate
from tests.benchmarks import limit
from tests.benchmarks.callers import Connection
from tests.benchmarks.follower import Follower
from tests.benchmarks.scale import Scale
from tests.benchmarks.status import action, create, start
from tests.benchmarks.table import Row, at_least, at_most, over, percentile, shown
from tests.postgres import in_thread, new_database, running_postgres
from tests.servers import running_server

NODES = 3
SECONDS = 10.0
RELEASES = 30
RATE = 40
"""Changes a second."""

SETTINGS = "\nmax_connections = 200\nshared_buffers = 128MB\n"
FOLLOW = "subscription { releaseEvents { ... on ActionPerformed { occurredAt } } }"
_WORKER = (sys.executable, "-m", "tests.benchmarks.node")
_PLAN = {
    "name": "Bench",
    "version": "1.0",
    "kickoff": [{"name": "by-hand", "executor": "manual"}],
    "regression": {"cycles": [{"after": "0s"}], "tasks": [{"name": "by-hand", "executor": "manual"}]},
    "preRelease": [{"name": "by-hand", "executor": "manual"}],
}


async def measure(scale: Scale) -> list[Row]:
    """Return transitions a second of one node and of three, and the milliseconds from one node to another."""
    return await asyncio.to_thread(_measure, scale)


def _measure(scale: Scale) -> list[Row]:
    seconds, repeats = SECONDS * max(0.2, scale.share), min(3, scale.repeats)
    one, three, most, delays = [], [], [], []
    with TemporaryDirectory() as folder, running_postgres(Path(folder) / "postgres", SETTINGS) as server:
        for _ in range(repeats):
            with _database(server) as url:
                one.append(_transitions(url, 1, seconds))
            with _database(server) as url:
                three.append(_transitions(url, NODES, seconds))
                most.append(limit.most_committed(url, seconds))
            delays.append(_delays(server, seconds))
    what = "commit on one node to a socket on another:"
    return [
        shown("committed transitions on PostgreSQL, one node", "/s", one),
        shown(f"committed transitions on PostgreSQL, {NODES} nodes", "/s", three),
        at_least(1.5, f"committed transitions of {NODES} nodes over one", over(three, one)),
        shown("the same statements without a node, one a commit (pgbench, its best)", "/s", most),
        shown(f"committed transitions of {NODES} nodes over that", "x", over(three, most)),
        shown(f"{what} median", "ms", [median(found) for found in delays]),
        at_most(100, f"{what} p99", [percentile(found, 0.99) for found in delays], "ms"),
    ]


@contextmanager
def _database(server: str) -> Iterator[str]:
    with new_database(server) as url:
        in_thread(migrate(Address(url)))
        yield url


def _transitions(url: str, nodes: int, seconds: float) -> float:
    """Return how many transitions a second so many nodes commit together."""
    with ExitStack() as stack:
        workers = []
        for number in range(nodes):
            command = [*_WORKER, url, str(number), str(seconds)]
            worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            stack.enter_context(worker)
            stack.callback(worker.kill)
            workers.append(worker)
        lines = [_line(worker) for worker in workers]
        assert lines == ["ready"] * nodes, lines
        for worker in workers:
            assert worker.stdin
            print("go", file=worker.stdin, flush=True)
        return sum(int(_line(worker)) for worker in workers) / seconds


def _line(worker: "subprocess.Popen[str]") -> str:
    assert worker.stdout
    return worker.stdout.readline().strip()


def _delays(server: str, seconds: float) -> list[float]:
    """Return the milliseconds that each change took to a socket of each other node."""
    with _database(server) as url, ExitStack() as stack:
        ports = []
        for _ in range(NODES):
            folder = Path(stack.enter_context(TemporaryDirectory()))
            running = stack.enter_context(running_server(folder, database_url=url))
            ports.append(int(running.url.rpartition(":")[2]))
        with closing(Connection(ports[0])) as connection, ThreadPoolExecutor(NODES) as pool:
            ids = [create(connection, _PLAN) for _ in range(RELEASES)]
            for release_id in ids:
                start(connection, release_id)
            until = time.time() + seconds
            followed = [pool.submit(_follow, port, until + 1) for port in ports[1:]]
            _change(connection, ids, until)
            return [delay for found in followed for delay in found.result()]


def _follow(port: int, until: float) -> list[float]:
    with Follower(port, FOLLOW) as follower:
        return [delay for arrived, message in follower.until(until) if (delay := _delay(arrived, message)) is not None]


def _delay(arrived: float, message: bytes) -> float | None:
    event: dict[str, Any] = json.loads(message)["payload"]["data"]["releaseEvents"]
    if "occurredAt" not in event:
        return None
    return (arrived - datetime.fromisoformat(event["occurredAt"]).timestamp()) * 1000


def _change(connection: Connection, ids: list[str], until: float) -> None:
    """Pause all releases and resume them, again and again, at a steady rate."""
    begun, done = time.time(), 0
    while True:
        for name in ("pauseRelease", "resumeRelease"):
            for release_id in ids:
                due = begun + done / RATE
                if due > until:
                    return
                time.sleep(max(0, due - time.time()))
                connection.ask(action(name, release_id))
                done += 1
