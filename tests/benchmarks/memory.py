"""What an idle watcher costs in memory: how much the server's resident memory grows over 2,000 connections.

The first 200 are left out: they bring along what a server allocates once. Ours holds a subscription per connection to
the guide's full status document; the bare Starlette app holds a socket and nothing else.
"""

import time

from tests.benchmarks.contestants import STARLETTE, Contestant, capture, client_core, phaseboard
from tests.benchmarks.machine import resident_bytes
from tests.benchmarks.scale import Scale
from tests.benchmarks.status import RUNNING, Captured
from tests.benchmarks.table import Row, at_most, over, shown
from tests.benchmarks.watchers import Watchers

FIRST, WATCHERS = 200, 2_000
SETTLE = 1.0


async def measure(scale: Scale) -> list[Row]:
    """Return the memory per watcher, and its ratio to a bare socket."""
    captured = capture()
    ours, bare = [], []
    for _ in range(scale.repeats):
        ours.append(_kilobytes(phaseboard(), captured))
        bare.append(_kilobytes(STARLETTE, captured))
    return [
        shown("memory per idle watcher", "KiB", ours),
        at_most(1.5, f"memory per idle watcher over {STARLETTE.name}", over(ours, bare)),
    ]


def _kilobytes(contestant: Contestant, captured: Captured) -> float:
    with contestant.start(captured) as target, client_core(), Watchers.of(target) as watchers:
        watchers.open(FIRST, RUNNING)
        time.sleep(SETTLE)
        before = resident_bytes(target.pid)
        watchers.open(WATCHERS, RUNNING)
        time.sleep(SETTLE)
        return (resident_bytes(target.pid) - before) / WATCHERS / 1024
