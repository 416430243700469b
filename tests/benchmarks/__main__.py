"""`make bench`: measure everything, print a table, exit non-zero when a target is missed."""

import asyncio
import platform
import sys

from tests.benchmarks import idle, latency, transitions
from tests.benchmarks.table import HEADER


async def main() -> int:
    """Run every benchmark, one after the other."""
    print(f"Python {platform.python_version()} on {platform.machine()}; a few minutes\n{HEADER}", flush=True)
    missed = 0
    for benchmark in (transitions, latency, idle):
        for row in await benchmark.measure():
            print(row.line(), flush=True)
            missed += not row.met
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
