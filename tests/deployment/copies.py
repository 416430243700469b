"""Many releases in PostgreSQL, without living through each: copies of two that were lived, under new ids."""

import asyncio
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg

from tests.benchmarks.callers import Connection
from tests.benchmarks.status import create_release
from tests.e2e.client import PHASES, connect
from tests.e2e.plans import simulated, simulated_plan
from tests.servers import running_server

HEADS = ("releases", "cron_jobs", "regression_cycles", "release_tasks")
LAST = "position = (SELECT max(position) FROM old)"
"""Of the events of a release the last one."""


@dataclass(frozen=True, slots=True)
class Originals:
    """The ids of a release that is COMPLETED, and of one in its first cycle, whose task waits for a person."""

    done: str
    under_way: str

    def copies(self, count: int) -> list[str]:
        """Return the ids of the first copies of the one under way."""
        return [f"{self.under_way}x{number}" for number in range(1, count + 1)]


async def lived(url: str) -> Originals:
    """Let one release of 23 tasks in three cycles live from plan to COMPLETED, and another one to its first cycle."""
    tasks = [simulated(f"task {number}") for number in range(5)]
    cycles = {"cycles": [{"after": f"{second}s"} for second in range(3)], "tasks": tasks}
    plan = simulated_plan(*tasks[:4], regression=cycles, preRelease=tasks[:4])
    with TemporaryDirectory() as folder, running_server(Path(folder), database_url=url) as server:
        async with connect(server.url) as api:
            done: str = (await api.act("createRelease", **plan))["release"]["id"]
            async with api.socket(PHASES, id=done) as changes:
                await api.act("startRelease", releaseId=done)
                await changes.until(lambda change: change["to"] == "SUBMITTED")
            await api.act("completeRelease", releaseId=done)
        with closing(Connection(int(server.url.rpartition(":")[2]))) as connection:
            captured = await asyncio.to_thread(create_release, connection)
    return Originals(done, captured.release_id)


async def multiply(connection: asyncpg.Connection, original: str, first: int, last: int, events: str = "true") -> None:
    """Copy a release under the ids of these numbers; of its events those for which `events` holds."""
    numbers = f"generate_series({first}, {last}) AS n"
    for table in HEADS:
        names, values = await _columns(connection, table, original)
        key = "id" if table == "releases" else "release_id"
        old = f"(SELECT * FROM {table} WHERE {key} = '{original}') AS old"
        await connection.execute(f"INSERT INTO {table} ({names}) SELECT {values} FROM {old}, {numbers}")
    names, values = await _columns(connection, "release_events", original)
    await connection.execute(
        f"WITH old AS (SELECT * FROM release_events WHERE release_id = '{original}') "
        f'INSERT INTO release_events ("position", {names}) '
        "SELECT coalesce((SELECT max(position) FROM release_events), 0)"
        f" + row_number() OVER (ORDER BY n, old.position), {values} FROM old, {numbers} WHERE {events}"
    )


async def _columns(connection: asyncpg.Connection, table: str, original: str) -> tuple[str, str]:
    """Return the names of a table's columns but the position, and what a copy has there."""
    rows = await connection.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_name = $1 AND table_schema = 'public'", table
    )
    names = [row["column_name"] for row in rows if row["column_name"] != "position"]
    key = original.removeprefix("rel-")

    def copied(name: str) -> str:
        if name in ("id", "release_id"):
            return f"replace(old.{name}, '{key}', '{key}x' || n)"
        return f"old.{name} + n" if name in ("created_at", "updated_at") else f'old."{name}"'

    return ", ".join(f'"{name}"' for name in names), ", ".join(map(copied, names))
