"""`make bench`: measure everything, print a table, write RESULTS.md, exit non-zero when a target is missed.

python -m tests.benchmarks                      everything, and RESULTS.md
python -m tests.benchmarks fanout memory        some of it, printed alone
python -m tests.benchmarks --quick              a try: the figures mean nothing, and no target is missed
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

from tests.benchmarks import due, fanout, idle, latency, machine, memory, nodes, queries, report, transitions
from tests.benchmarks.scale import FULL, QUICK, Scale
from tests.benchmarks.table import HEADER, Row

BENCHMARKS: dict[str, Callable[[Scale], Awaitable[list[Row]]]] = {
    "fanout": fanout.measure,
    "queries": queries.measure,
    "first": queries.measure_first,
    "latency": latency.measure,
    "due": due.measure,
    "idle": idle.measure,
    "transitions": transitions.measure,
    "memory": memory.measure,
    "nodes": nodes.measure,
}


async def main() -> int:
    """Run the benchmarks that were asked for, one after the other."""
    asked = _arguments()
    scale = QUICK if asked.quick else replace(FULL, repeats=asked.repeats)
    machine.raise_file_limit()
    facts = [*machine.description(), f"repeats: {scale.repeats}"]
    print("\n".join([*facts, HEADER]), flush=True)
    rows = []
    for name in asked.names or BENCHMARKS:
        for row in await BENCHMARKS[name](scale):
            print(row.line(), flush=True)
            rows.append(row)
    if asked.quick:
        return 0
    if not asked.names:
        report.write(rows, facts, asked.date)
    return 0 if all(row.met for row in rows) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure Phaseboard.")
    told = f"what to measure, of {', '.join(BENCHMARKS)}; everything if left out"
    parser.add_argument("names", nargs="*", type=_name, metavar="NAME", help=told)
    parser.add_argument("--quick", action="store_true", help="only see that everything runs")
    parser.add_argument("--repeats", type=int, default=FULL.repeats, help="how often each comparison is made")
    parser.add_argument("--date", default=f"{datetime.now(UTC):%Y-%m-%d}", help="the date that RESULTS.md tells")
    return parser.parse_args()


def _name(text: str) -> str:
    if text not in BENCHMARKS:
        raise argparse.ArgumentTypeError(f"there is no benchmark {text!r}")
    return text


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
