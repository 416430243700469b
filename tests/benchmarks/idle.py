"""What 100,000 idle releases in the file cost a status query and a pass of the loop, compared with two.

Half of them are paused in their kickoff, with tasks that wait, half are archived.
"""

import json
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from phaseboard.domain.actor import SYSTEM
from phaseboard.domain.commands import Perform
from phaseboard.domain.enums import Action
from phaseboard.engine.clock import system_clock
from phaseboard.engine.use_cases import UseCases
from phaseboard.store.port import Reader
from phaseboard.store.sqlite.store import SQLiteStore
from tests.benchmarks.plans import bench_plan
from tests.benchmarks.scale import Scale
from tests.benchmarks.table import Row, at_most

IDLE = 100_000
CALLS = 500


async def measure(scale: Scale) -> list[Row]:
    """Return the time of a status query and of a look for what is due, with many idle releases over with two."""
    idle = scale.of(IDLE)
    with TemporaryDirectory() as folder:
        few, many = Path(folder) / "few.db", Path(folder) / "many.db"
        await make_idle(few, 0)
        await make_idle(many, idle)
        status, due = [], []
        for _ in range(scale.repeats):
            status.append(await _time(many, _read_status) / await _time(few, _read_status))
            due.append(await _time(many, _look_for_due) / await _time(few, _look_for_due))
    return [
        at_most(1.5, f"status read, {idle:,} idle releases over two", status),
        at_most(1.5, f"look for what is due, {idle:,} idle releases over two", due),
    ]


async def make_idle(path: Path, count: int) -> None:
    """Make a file with so many idle releases, and the two that they are copies of."""
    store = SQLiteStore(path)
    await store.open()
    use_cases = UseCases(store, system_clock)
    originals = []
    for actions in ((Action.START, Action.PAUSE), (Action.START, Action.PAUSE, Action.ARCHIVE)):
        created = await use_cases.create(bench_plan(auto=False), SYSTEM)
        for action in actions:
            await use_cases.perform(created.release_id, Perform(action=action), SYSTEM)
        originals.append(created.release_id)
    await store.close()
    _multiply(path, originals, count // len(originals))


def _multiply(path: Path, originals: list[str], count: int) -> None:
    """Copy the rows of releases of a file `count` times each, under new ids."""
    with closing(sqlite3.connect(path)) as connection:
        for original in originals:
            for table in ("releases", "cron_jobs", "release_tasks", "release_events"):
                _copy(connection, table, original, count)
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _copy(connection: sqlite3.Connection, table: str, old: str, count: int) -> None:
    key = "id" if table == "releases" else "release_id"
    cursor = connection.execute(f"SELECT * FROM {table} WHERE {key} = ?", (old,))
    columns = [column[0] for column in cursor.description]
    names = [name for name in columns if name != "position"]
    rows = [dict(zip(columns, row, strict=True)) for row in cursor]
    statement = f"INSERT INTO {table} ({', '.join(map(json.dumps, names))}) VALUES ({', '.join('?' * len(names))})"
    was = old.removeprefix("rel-")
    for row in rows:
        copies = (
            [row[name].replace(was, f"{was}x{number}") if name in ("id", key) else row[name] for name in names]
            for number in range(count)
        )
        connection.executemany(statement, copies)


async def _time(path: Path, call: Callable[[str], Callable[[Reader], Awaitable[object]]]) -> float:
    store = SQLiteStore(path)
    await store.open()
    newest = (await store.read(lambda reader: reader.events(0, 1)))[0].release_id
    work = call(newest)
    try:
        await store.read(work)
        began = time.perf_counter()
        for _ in range(CALLS):
            await store.read(work)
        return (time.perf_counter() - began) / CALLS
    finally:
        await store.close()


def _read_status(release_id: str) -> Callable[[Reader], Awaitable[object]]:
    return lambda reader: reader.status(release_id)


def _look_for_due(_: str) -> Callable[[Reader], Awaitable[object]]:
    async def look(reader: Reader) -> object:
        now = system_clock()
        return (
            await reader.due_releases(now + timedelta(days=1), 200),
            await reader.due_tasks(now, 32),
            await reader.next_due(now),
        )

    return look
