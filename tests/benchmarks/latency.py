"""From commit to a subscriber's socket, with 1,000 releases under way on a real server process.

An event carries the instant at which its change was decided, right before the commit; the client notes when the bytes
arrived, by the same clock. So the figure holds the commit itself, and up to a millisecond of rounding. Every release
runs through its stages by itself, with tasks of half a minute: some hundred events a second, no saturation. Counting
begins once all releases were started. The same is measured, right after it, while 50 others subscribe and read nothing:
what is meant for them piles up until they are sent away, and for each that is, another one comes.
"""

import json
import time
from contextlib import closing
from datetime import datetime
from statistics import median
from typing import Any

from tests.benchmarks.callers import Connection, get
from tests.benchmarks.contestants import client_core, own_server
from tests.benchmarks.follower import Follower
from tests.benchmarks.scale import Scale
from tests.benchmarks.stalled import Stalled
from tests.benchmarks.status import create, start
from tests.benchmarks.table import Row, at_least, at_most, over, percentile, shown

RELEASES = 1_000
SECONDS = 30.0
STALLED = 50
FOLLOW = "subscription { releaseEvents { ... on ReleaseEvent { occurredAt } } }"

LONG = f"subscription {{ releaseEvents {{ ... on ReleaseEvent {{ {'long' * 2_000}: occurredAt }} }} }}"
"""The same in eight thousand bytes: a buffer of four megabytes is full after two seconds."""


async def measure(scale: Scale) -> list[Row]:
    """Return the median and the 99th percentile, in milliseconds."""
    medians, tails, rates, beside, evicted = [], [], [], [], []
    releases, seconds = scale.of(RELEASES), SECONDS * max(0.2, scale.share)
    for _ in range(scale.repeats):
        delays, _ = _delays(releases, seconds)
        medians.append(median(delays))
        tails.append(percentile(delays, 0.99))
        rates.append(len(delays) / seconds)
        delays, sent_away = _delays(releases, seconds, STALLED)
        beside.append(percentile(delays, 0.99))
        evicted.append(sent_away)
    what = f"commit to socket, {releases:,} releases under way:"
    return [
        shown(f"{what} events per second", "/s", rates),
        shown(f"{what} median", "ms", medians),
        at_most(10, f"{what} p99", tails, "ms"),
        at_most(10, f"the same beside {STALLED} readers that read nothing: p99", beside, "ms"),
        at_most(1.5, f"p99 beside {STALLED} readers that read nothing over p99 without them", over(beside, tails)),
        at_least(STALLED, "readers that were sent away meanwhile, for each of whom another one came", evicted, ""),
    ]


def _delays(releases: int, seconds: float, stalled: int = 0) -> tuple[list[float], float]:
    """Return the milliseconds that each event took, and how many readers were sent away."""
    with own_server("--concurrent-tasks", "10000") as server, client_core():
        with closing(Connection(server.port)) as connection:
            for release_id in [create(connection, _plan(number, releases)) for number in range(releases)]:
                start(connection, release_id)
        with Stalled(server.port, LONG, stalled), Follower(server.port, FOLLOW) as follower:
            delays = [_delay(arrived, message) for arrived, message in follower.until(time.time() + seconds)]
        with closing(Connection(server.port)) as connection:
            return delays, _evicted(connection.ask(get("/metrics")))


def _delay(arrived: float, message: bytes) -> float:
    occurred = json.loads(message)["payload"]["data"]["releaseEvents"]["occurredAt"]
    return (arrived - datetime.fromisoformat(occurred).timestamp()) * 1000


def _evicted(metrics: bytes) -> float:
    (line,) = (line for line in metrics.splitlines() if line.startswith(b"phaseboard_evictions_total "))
    return float(line.split()[1])


def _plan(number: int, releases: int) -> dict[str, Any]:
    duration = releases * (0.02 + number % 200 / 10_000)
    task = {"name": "work", "executor": "simulated", "with": {"durationSeconds": duration}}
    return {
        "name": f"Bench {number}",
        "version": "1.0",
        "autoTrigger": {"stage2": True, "stage3": True},
        "kickoff": [task],
        "regression": {"cycles": [{"after": "0s"}, {"after": "2s"}], "tasks": [task]},
        "preRelease": [task],
    }
