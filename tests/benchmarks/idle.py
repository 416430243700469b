"""What 100,000 finished releases in the file cost a status query and a pass of the loop, compared with one."""

import json
import sqlite3
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from phaseboard.domain.actor import SYSTEM
from phaseboard.domain.commands import Perform
from phaseboard.domain.enums import Action
from phaseboard.engine.clock import system_clock
from phaseboard.engine.use_cases import UseCases
from phaseboard.store.port import Reader
from phaseboard.store.sqlite import SQLiteStore
from tests.benchmarks.plans import bench_plan
from tests.benchmarks.table import Row

MANY = 100_000
CALLS = 500
REPEATS = 3


async def measure() -> list[Row]:
    """Return the time of a status query and of a look for what is due, with many releases over with none."""
    with TemporaryDirectory() as folder:
        few, many = Path(folder) / "few.db", Path(folder) / "many.db"
        for path in (few, many):
            await _one_finished(path)
        _multiply(many, MANY)
        status, due = [], []
        for _ in range(REPEATS):
            status.append(await _time(many, _read_status) / await _time(few, _read_status))
            due.append(await _time(many, _look_for_due) / await _time(few, _look_for_due))
    return [
        Row(f"status read, {MANY:,} finished releases over one", "x", tuple(status), "<= 1.5", median(status) <= 1.5),
        Row(f"look for what is due, {MANY:,} finished over one", "x", tuple(due), "<= 1.5", median(due) <= 1.5),
    ]


async def _one_finished(path: Path) -> None:
    """Make a file with a release that is archived before it starts a cycle."""
    store = SQLiteStore(path)
    await store.open()
    use_cases = UseCases(store, system_clock)
    created = await use_cases.create(bench_plan(auto=False), SYSTEM)
    for action in (Action.START, Action.PAUSE, Action.ARCHIVE):
        await use_cases.perform(created.release_id, Perform(action=action), SYSTEM)
    await store.close()


def _multiply(path: Path, count: int) -> None:
    """Copy the rows of the one release of a file `count` times, under new ids."""
    connection = sqlite3.connect(path)
    old = connection.execute("SELECT id FROM releases").fetchone()[0]
    for table, key in (("releases", "id"), ("cron_jobs", "release_id"), ("release_tasks", "release_id")):
        _copy(connection, table, key, old, count)
    _copy(connection, "release_events", "release_id", old, count)
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _copy(connection: sqlite3.Connection, table: str, key: str, old: str, count: int) -> None:
    cursor = connection.execute(f"SELECT * FROM {table} WHERE {key} = ?", (old,))
    columns = [column[0] for column in cursor.description]
    names = [name for name in columns if name != "position"]
    rows = [dict(zip(columns, row, strict=True)) for row in cursor]
    statement = f"INSERT INTO {table} ({', '.join(map(json.dumps, names))}) VALUES ({', '.join('?' * len(names))})"
    was = old.removeprefix("rel-")
    for row in rows:
        connection.executemany(
            statement,
            (
                [_renamed(row[name], was, f"x{number}") if name in ("id", key) else row[name] for name in names]
                for number in range(count)
            ),
        )


def _renamed(value: str, was: str, now: str) -> str:
    return value.replace(was, now)


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
