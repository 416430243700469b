"""One change, thousands of watchers of the guide's full status document, over WebSocket.

What is counted: deliveries that the client has read and checked, never sends. Changes come one after the other, the
next as soon as every watcher has the one before and the change itself was answered.

The figure that counts is the CPU time that the server process used over the whole run, user and kernel, all threads,
by the number of deliveries: it hardly depends on what else the machine does. Ours holds everything that a change costs
(the mutation over HTTP, the commit on SQLite, the loop, one execution); a peer's change is an assignment in memory.
The wall clock, from the request for the change to the last watcher's message, is shown beside it.
"""

import time
from contextlib import closing
from dataclasses import dataclass

from tests.benchmarks.callers import Connection
from tests.benchmarks.contestants import (
    GRAPHQL_WS,
    STARLETTE,
    STRAWBERRY,
    Contestant,
    Target,
    capture,
    client_core,
    phaseboard,
)
from tests.benchmarks.machine import cpu_seconds
from tests.benchmarks.scale import Scale
from tests.benchmarks.status import PAUSED, RUNNING, Captured
from tests.benchmarks.table import Row, at_least, over, shown
from tests.benchmarks.watchers import Watchers

CROWDS = (1_000, 5_000)
TARGETS = {STARLETTE: 0.9, GRAPHQL_WS: 2.5, STRAWBERRY: 15.0}
DELIVERIES = 100_000
SLOW = {STRAWBERRY: 10}
"""Peers that are given so many times fewer deliveries, or the run would take an hour."""

WARM_UP = 4


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds that one delivery cost."""

    cpu: float
    wall: float


async def measure(scale: Scale) -> list[Row]:
    """Return how many times as much a delivery costs the peers."""
    captured = capture()
    rows = []
    for crowd in CROWDS:
        costs: dict[str, list[Cost]] = {}
        for _ in range(scale.repeats):
            for contestant in (phaseboard(), *TARGETS):
                count = scale.of(DELIVERIES) // SLOW.get(contestant, 1)
                cost = _measured(contestant, captured, crowd, changes=max(2, count // crowd // 2 * 2))
                costs.setdefault(contestant.name, []).append(cost)
        rows += _rows(crowd, costs)
    return rows


def _rows(crowd: int, costs: dict[str, list[Cost]]) -> list[Row]:
    ours = costs["Phaseboard"]
    what = f"fan-out to {crowd:,}:"
    rows = [shown(f"{what} server CPU per delivery", "us", [cost.cpu for cost in ours])]
    for peer, target in TARGETS.items():
        theirs = costs[peer.name]
        cpu = over([cost.cpu for cost in theirs], [cost.cpu for cost in ours])
        wall = over([cost.wall for cost in theirs], [cost.wall for cost in ours])
        rows += [
            at_least(target, f"{what} deliveries per CPU second over {peer.name}", cpu),
            shown(f"{what} the same by the wall clock", "x", wall),
        ]
    return rows


def _measured(contestant: Contestant, captured: Captured, crowd: int, changes: int) -> Cost:
    with contestant.start(captured) as target, client_core(), Watchers.of(target) as watchers:
        watchers.open(crowd, RUNNING)
        with closing(Connection(target.port)) as connection:
            _change(target, connection, watchers, WARM_UP)
            before = cpu_seconds(target.pid)
            wall = _change(target, connection, watchers, changes)
            cpu = cpu_seconds(target.pid) - before
    deliveries = crowd * changes
    return Cost(cpu=cpu / deliveries * 1e6, wall=wall / deliveries * 1e6)


def _change(target: Target, connection: Connection, watchers: Watchers, changes: int) -> float:
    """Pause and resume in turn; returns the seconds from the request to the last message, over all changes."""
    seconds = 0.0
    for number in range(changes):
        request, phase = (target.resume, RUNNING) if number % 2 else (target.pause, PAUSED)
        began = time.perf_counter()
        connection.send(request)
        watchers.delivered(phase)
        seconds += time.perf_counter() - began
        connection.receive()
    return seconds
