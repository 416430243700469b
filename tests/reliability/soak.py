"""T15: a server under load for as long as one likes, in rounds with a restart between: nothing may grow.

    SOAK_MINUTES=480 python -m tests.reliability soak

Each round is a life of one process over the same file. What is told of it: memory at its beginning and end, the size of
the write-ahead log, how long a small query took. The last third of the rounds is compared with the second.
"""

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import fmean, quantiles
from tempfile import TemporaryDirectory

import httpx

from tests.reliability.invariants import check_invariants
from tests.reliability.scale import SEED
from tests.reliability.storm import Storm, storm

MINUTES = float(os.environ.get("SOAK_MINUTES") or 5)
ROUND = min(300.0, MINUTES * 60 / 9)
"""Seconds of one round: at least nine of them."""

FEWEST = 6
ASK_EVERY = 0.05
GROWTH = 1.25
"""By how much the later rounds may exceed the earlier ones."""

QUERY = {"query": "{ releases(first: 1) { nodes { id } } }"}


@dataclass(frozen=True, slots=True)
class Round:
    """What one life of the process cost: MB at its beginning and end, the log's MB at most, milliseconds."""

    began: float
    ended: float
    wal: float
    median: float
    p99: float
    events: int

    def __str__(self) -> str:
        memory = f"memory {self.began:.0f} to {self.ended:.0f} MB"
        return (
            f"{memory}, log {self.wal:.1f} MB, query {self.median:.1f} ms, p99 {self.p99:.1f} ms, {self.events} events"
        )


def main() -> int:
    """Run for `SOAK_MINUTES`; fails when something grows."""
    return asyncio.run(_main())


async def _main() -> int:
    rounds: list[Round] = []
    until = time.monotonic() + MINUTES * 60
    with TemporaryDirectory() as folder:
        async with storm(Path(folder), Random(SEED)) as around:
            while time.monotonic() < until or len(rounds) < FEWEST:
                rounds.append(await one_round(around))
                print(f"round {len(rounds)}: {rounds[-1]}", flush=True)
                assert await asyncio.to_thread(around.server.terminate) == 0
                await asyncio.to_thread(around.server.start)
        history = await around.history()
    print(around.figures(history))
    check_invariants(history)
    return report(rounds)


async def one_round(around: Storm) -> Round:
    """Let it rage for a while, and measure."""
    began, times, log = memory(around), [], 0.0
    seen = len(around.subscribers[0].seen)
    until = time.monotonic() + ROUND
    async with httpx.AsyncClient(trust_env=False) as client:
        while time.monotonic() < until:
            asked = time.perf_counter()
            (await client.post(around.address.http, json=QUERY)).raise_for_status()
            times.append((time.perf_counter() - asked) * 1_000)
            log = max(log, wal(around))
            await asyncio.sleep(ASK_EVERY)
    cuts = quantiles(times, n=100)
    return Round(began, memory(around), log, cuts[49], cuts[98], len(around.subscribers[0].seen) - seen)


def memory(around: Storm) -> float:
    """Return the memory of the process that is in use, in MB."""
    status = Path(f"/proc/{around.server.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1_024


def wal(around: Storm) -> float:
    """Return the size of the write-ahead log in MB."""
    log = Path(f"{around.server.database}-wal")
    return log.stat().st_size / 2**20 if log.exists() else 0.0


def report(rounds: Sequence[Round]) -> int:
    """Compare the last third with the second; returns the exit code."""
    third = len(rounds) // 3
    earlier, later = rounds[third : 2 * third], rounds[2 * third :]
    failed = 0
    for name in ("ended", "wal", "median", "p99"):
        before, after = (fmean(getattr(each, name) for each in some) for some in (earlier, later))
        grown = after > before * GROWTH
        failed |= grown and name != "p99"  # the slowest of few is told, not judged
        print(f"{name}: {before:.1f}, then {after:.1f}{' GROWN' if grown else ''}")
    return int(failed)
