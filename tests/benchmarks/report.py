"""`RESULTS.md`: the last full run, with the machine and the versions it ran on."""

from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.table import MARKDOWN_HEADER, Row

RESULTS = Path(__file__).with_name("RESULTS.md")

_ABOUT = """# Benchmarks

Written by `make bench`. Each ratio compares two servers that ran one after the other in the same repeat, each alone on
one core, with the client on another. Fan-out and queries are compared by the CPU time of the server process for each
delivery or answer that the client has read and checked; the wall clock is shown beside it. What exactly is counted is
told at the top of each file under `tests/benchmarks`. A target is met by the median over the repeats.
"""


def write(rows: Sequence[Row], machine: Sequence[str], date: str) -> None:
    """Write the results."""
    facts = "".join(f"- {line}\n" for line in (date, *machine))
    table = "".join(f"{row.markdown()}\n" for row in rows)
    missed = sum(not row.met for row in rows)
    summary = f"{missed} targets missed." if missed else "All targets met."
    RESULTS.write_text(f"{_ABOUT}\n{facts}\n{summary}\n\n{MARKDOWN_HEADER}\n{table}")
