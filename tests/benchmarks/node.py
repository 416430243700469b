"""One node of the benchmark `nodes`, in a process of its own: python -m tests.benchmarks.node URL NUMBER SECONDS.

It is a whole server without its sockets: it runs the loop and hears what the others commit. It says that it is ready,
waits for a line, pauses and resumes releases for so many seconds, and says how often it did.
"""

import asyncio
import sys
import time

import uvloop

from phaseboard.bootstrap import Phaseboard
from phaseboard.domain.actor import SYSTEM
from phaseboard.domain.commands import Perform
from phaseboard.domain.enums import Action
from phaseboard.engine.use_cases import UseCases
from phaseboard.settings import Settings
from tests.benchmarks.plans import bench_plan

CALLERS = 50


async def main(url: str, number: int, seconds: float) -> None:
    """Be a node."""
    phaseboard = Phaseboard(Settings(database_url=url))
    async with phaseboard.running():
        use_cases = phaseboard.use_cases
        plans = [bench_plan(number * CALLERS + caller, seconds=None) for caller in range(CALLERS)]
        ids = [(await use_cases.create(plan, SYSTEM)).release_id for plan in plans]
        for release_id in ids:
            await use_cases.perform(release_id, Perform(action=Action.START), SYSTEM)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        until = time.perf_counter() + seconds
        print(sum(await asyncio.gather(*(_toggle(use_cases, release_id, until) for release_id in ids))), flush=True)


async def _toggle(use_cases: UseCases, release_id: str, until: float) -> int:
    done = 0
    while time.perf_counter() < until:
        await use_cases.perform(release_id, Perform(action=(Action.PAUSE, Action.RESUME)[done % 2]), SYSTEM)
        done += 1
    return done


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
