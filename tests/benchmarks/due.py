"""From the instant at which a regression cycle is due to the phase change on a subscriber's socket, on a real server.

The client reads from REGRESSION_AWAITING_NEXT_CYCLE when the next cycle is due, and notes by the same clock when the
change out of that phase arrived. Ten cycles are due each second, evenly: what is measured is the loop's wake-up, its
commit and the delivery; neither a queue nor how long a machine takes to get going after a second without work, which is
10 to 20 ms where it is a virtual one. Once with nothing else in the file, once with 100,000 idle releases.
"""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from tests.benchmarks.callers import Connection
from tests.benchmarks.contestants import client_core, own_server
from tests.benchmarks.follower import Follower
from tests.benchmarks.idle import IDLE, make_idle
from tests.benchmarks.scale import Scale
from tests.benchmarks.status import create, start
from tests.benchmarks.table import Row, at_most, over, percentile, shown

RELEASES = 30
CYCLES = 10
PERIOD = 3
WAITING = "REGRESSION_AWAITING_NEXT_CYCLE"
FOLLOW = "subscription { phaseChanged { from to release { id } status { regression { nextCycle { scheduledAt } } } } }"


async def measure(scale: Scale) -> list[Row]:
    """Return the 99th percentile in milliseconds, with and without idle releases."""
    idle = scale.of(IDLE)
    alone: list[list[float]] = []
    among: list[list[float]] = []
    with TemporaryDirectory() as folder:
        crowded = Path(folder) / "idle.db"
        await make_idle(crowded, idle)
        for _ in range(min(3, scale.repeats)):
            alone.append(_delays(scale))
            among.append(_delays(scale, crowded))
    medians = [median(delays) for delays in alone]
    ratios = over([median(delays) for delays in among], medians)
    return [
        shown("due time to phase change on the socket: median", "ms", medians),
        at_most(
            20, "due time to phase change on the socket: p99", [percentile(delays, 0.99) for delays in alone], "ms"
        ),
        at_most(20, f"the same with {idle:,} idle releases: p99", [percentile(delays, 0.99) for delays in among], "ms"),
        at_most(1.5, f"the same: median with {idle:,} idle releases over without", ratios),
    ]


def _delays(scale: Scale, database: Path | None = None) -> list[float]:
    """Return the milliseconds that each due cycle took."""
    cycles = scale.of(CYCLES) + 1
    with own_server(database=database) as server, client_core(), Follower(server.port, FOLLOW) as follower:
        with closing(Connection(server.port)) as connection:
            began = time.monotonic()
            for number in range(RELEASES):
                start(connection, create(connection, _plan(number, cycles)))
                time.sleep(max(0.0, began + (number + 1) * PERIOD / RELEASES - time.monotonic()))
        return list(_waited(follower, RELEASES * (cycles - 1), seconds=PERIOD * (cycles + 5)))


def _waited(follower: Follower, count: int, seconds: float) -> Iterator[float]:
    due: dict[str, float] = {}
    for arrived, message in follower.until(time.time() + seconds):
        change = json.loads(message)["payload"]["data"]["phaseChanged"]
        release_id = change["release"]["id"]
        if change["to"] == WAITING:
            scheduled = change["status"]["regression"]["nextCycle"]["scheduledAt"]
            due[release_id] = datetime.fromisoformat(scheduled).timestamp()
        elif change["from"] == WAITING:
            yield (arrived - due.pop(release_id)) * 1000
            count -= 1
            if not count:
                return
    raise TimeoutError(f"{count} cycles never came")


def _plan(number: int, cycles: int) -> dict[str, Any]:
    task = {"name": "work", "executor": "simulated", "with": {"durationSeconds": 0}}
    return {
        "name": f"Bench {number}",
        "version": "1.0",
        "autoTrigger": {"stage2": True},
        "kickoff": [task],
        "regression": {"cycles": [{"after": f"{cycle * PERIOD}s"} for cycle in range(cycles)], "tasks": [task]},
        "preRelease": [task],
    }
