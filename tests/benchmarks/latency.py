"""From commit to a subscriber's socket, with 1,000 releases under way on a real server process.

An event carries the instant at which its change was decided, right before the commit; the client notes when the bytes
arrived, by the same clock. So the figure holds the commit itself, and up to a millisecond of rounding. Every release
runs through its stages by itself, with tasks of half a minute: some hundred events a second, no saturation. Counting
begins once all releases were started. The same is measured while 50 others subscribe and read nothing: what is meant
for them piles up until they are sent away.
"""

import json
import time
from contextlib import ExitStack, closing
from datetime import datetime
from statistics import median
from typing import Any

from tests.benchmarks.callers import Connection
from tests.benchmarks.contestants import client_core, own_server
from tests.benchmarks.follower import Follower
from tests.benchmarks.scale import Scale
from tests.benchmarks.status import create, start
from tests.benchmarks.table import Row, at_most, percentile, shown

RELEASES = 1_000
SECONDS = 30.0
STALLED = 50
FOLLOW = "subscription { releaseEvents { ... on ReleaseEvent { occurredAt } } }"

LONG = f"subscription {{ releaseEvents {{ ... on ReleaseEvent {{ {'long' * 500}: occurredAt }} }} }}"
"""The same in two thousand bytes, which a buffer takes a few of."""


async def measure(scale: Scale) -> list[Row]:
    """Return the median and the 99th percentile, in milliseconds."""
    medians, tails, rates, beside = [], [], [], []
    releases, seconds = scale.of(RELEASES), SECONDS * max(0.2, scale.share)
    for _ in range(min(3, scale.repeats)):
        delays = _delays(releases, seconds)
        medians.append(median(delays))
        tails.append(percentile(delays, 0.99))
        rates.append(len(delays) / seconds)
        beside.append(percentile(_delays(releases, seconds, STALLED), 0.99))
    what = f"commit to socket, {releases:,} releases under way:"
    return [
        shown(f"{what} events per second", "/s", rates),
        shown(f"{what} median", "ms", medians),
        at_most(10, f"{what} p99", tails, "ms"),
        at_most(10, f"the same beside {STALLED} readers that read nothing: p99", beside, "ms"),
    ]


def _delays(releases: int, seconds: float, stalled: int = 0) -> list[float]:
    """Return the milliseconds that each event took."""
    with own_server("--concurrent-tasks", "10000") as server, client_core():
        with closing(Connection(server.port)) as connection:
            for release_id in [create(connection, _plan(number, releases)) for number in range(releases)]:
                start(connection, release_id)
        with ExitStack() as others, Follower(server.port, FOLLOW) as follower:
            for _ in range(stalled):
                others.enter_context(Follower(server.port, LONG, room=4096))
            return [_delay(arrived, message) for arrived, message in follower.until(time.time() + seconds)]


def _delay(arrived: float, message: bytes) -> float:
    occurred = json.loads(message)["payload"]["data"]["releaseEvents"]["occurredAt"]
    return (arrived - datetime.fromisoformat(occurred).timestamp()) * 1000


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
