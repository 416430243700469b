"""Committed transitions a second on SQLite with synchronous=FULL, against bare aiosqlite commits in the same run."""

import asyncio
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import aiosqlite

from phaseboard.domain.actor import SYSTEM
from phaseboard.domain.commands import Perform
from phaseboard.domain.enums import Action
from phaseboard.engine.clock import system_clock
from phaseboard.engine.use_cases import UseCases
from phaseboard.store.sqlite.store import SQLiteStore
from tests.benchmarks.plans import bench_plan
from tests.benchmarks.scale import Scale
from tests.benchmarks.table import Row, at_least, shown

COUNT = 1_500
CALLERS = 50


async def measure(scale: Scale) -> list[Row]:
    """Return transitions a second, alone and with many callers, and the ratio to bare commits."""
    count = scale.of(COUNT)
    alone, together, ratios = [], [], []
    for _ in range(scale.repeats):
        bare = await _bare_commits(count)
        alone.append(await _transitions(count, callers=1))
        together.append(await _transitions(count, callers=CALLERS))
        ratios.append(together[-1] / bare)
    return [
        shown("committed transitions, one caller, synchronous=FULL", "/s", alone),
        shown(f"committed transitions, {CALLERS} callers", "/s", together),
        at_least(0.5, "committed transitions over bare aiosqlite commits of one statement each", ratios),
    ]


async def _bare_commits(count: int) -> float:
    with TemporaryDirectory() as folder:
        async with aiosqlite.connect(Path(folder) / "bare.db", isolation_level=None) as connection:
            await connection.execute("PRAGMA journal_mode=WAL")
            await connection.execute("PRAGMA synchronous=FULL")
            await connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)")
            await connection.execute("INSERT INTO t VALUES (1, 0)")
            began = time.perf_counter()
            for _ in range(count):
                await connection.execute("BEGIN IMMEDIATE")
                await connection.execute("UPDATE t SET n = n + 1 WHERE id = 1")
                await connection.execute("COMMIT")
            return count / (time.perf_counter() - began)


async def _transitions(count: int, callers: int) -> float:
    """Pause and resume releases: each a load, a decision and a commit with its events."""
    with TemporaryDirectory() as folder:
        store = SQLiteStore(Path(folder) / "bench.db")
        await store.open()
        try:
            use_cases = UseCases(store, system_clock)
            ids = [(await use_cases.create(bench_plan(n), SYSTEM)).release_id for n in range(callers)]
            for release_id in ids:
                await use_cases.perform(release_id, Perform(action=Action.START), SYSTEM)
            rounds = count // callers // 2
            began = time.perf_counter()
            await asyncio.gather(*(_toggle(use_cases, release_id, rounds) for release_id in ids))
            return rounds * 2 * callers / (time.perf_counter() - began)
        finally:
            await store.close()


async def _toggle(use_cases: UseCases, release_id: str, rounds: int) -> None:
    for _ in range(rounds):
        await use_cases.perform(release_id, Perform(action=Action.PAUSE), SYSTEM)
        await use_cases.perform(release_id, Perform(action=Action.RESUME), SYSTEM)
