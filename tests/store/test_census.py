"""How many there are of what."""

import asyncio
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from phaseboard.domain.commands import AwaitCallback
from phaseboard.domain.enums import Action, Phase, TaskOutcome, TaskStatus
from phaseboard.domain.plan import CycleSpec
from phaseboard.store._census_sql import PHASES, TASKS
from phaseboard.store.census import Backlog, Census, PhaseCount
from phaseboard.store.dialects import SQLITE
from phaseboard.store.errors import Conflict
from phaseboard.store.port import Store
from phaseboard.store.sqlite.store import SQLiteStore
from tests.store.scenes import LATER, NOW, SOON, act, add, claim, pass_time, run, send, spec, start

TASK = "tsk-a-1"
HOUR = timedelta(hours=1)
PENDING, RUNNING = TaskStatus.PENDING, TaskStatus.IN_PROGRESS
WAITING, FAILED = TaskStatus.AWAITING_CALLBACK, TaskStatus.FAILED


async def census(store: Store, now=NOW) -> Census:
    return await store.read(lambda reader: reader.census(now))


async def test_nothing_is_counted_in_an_empty_store(store: Store):
    none = Backlog(0, None)
    assert await census(store) == Census(phases={}, tasks={}, due_releases=none, due_tasks=none)


async def test_releases_are_counted_by_phase_with_the_one_that_came_first(store: Store):
    await add(store, "a", now=SOON)
    await add(store, "b", now=NOW)
    await start(store, "c")
    found = (await census(store)).phases
    assert found == {Phase.NOT_STARTED: PhaseCount(2, NOW), Phase.KICKOFF: PhaseCount(1, NOW)}


async def test_what_happens_within_a_phase_does_not_make_it_begin_anew(store: Store):
    await start(store, "a")
    await claim(store, TASK, now=SOON)
    assert (await census(store)).phases == {Phase.KICKOFF: PhaseCount(1, NOW)}
    await send(store, "rel-a", act(Action.PAUSE), now=LATER)
    assert (await census(store)).phases == {Phase.PAUSED_BY_USER: PhaseCount(1, LATER)}


async def test_open_tasks_of_the_stage_under_way_are_counted_by_status_and_executor(store: Store):
    await add(store, "idle")
    await start(store, "a", kickoff=(spec("call", executor="webhook"), spec("two"), spec("three", "two")))
    assert (await census(store)).tasks == {(PENDING, "webhook"): 1, (PENDING, "simulated"): 2}
    token = await claim(store, TASK)
    await claim(store, "tsk-a-2")
    handed_out = {(RUNNING, "webhook"): 1, (RUNNING, "simulated"): 1, (PENDING, "simulated"): 1}
    assert (await census(store)).tasks == handed_out
    await send(store, "rel-a", AwaitCallback(task_id=TASK, token=token), act(Action.PAUSE))
    waiting = {(WAITING, "webhook"): 1, (RUNNING, "simulated"): 1, (PENDING, "simulated"): 1}
    assert (await census(store)).tasks == waiting, "who is paused waits for them all the same"
    await send(store, "rel-a", act(Action.ARCHIVE))
    assert (await census(store)).tasks == {}, "nobody waits for them any more"


async def test_failed_tasks_are_counted_until_their_cycle_is_over(store: Store):
    cycles = (CycleSpec(), CycleSpec(after=HOUR))
    tested = (spec("build"), spec("test", critical=False))
    await start(store, "a", kickoff=(spec("only"),), regression=tested, cycles=cycles)
    await run(store, TASK)
    assert await pass_time(store, "rel-a", NOW)
    assert (await census(store)).tasks == {(PENDING, "simulated"): 2}
    await run(store, "tsk-a-5", TaskOutcome.FAILED)
    await run(store, "tsk-a-4")
    assert (await census(store)).phases.keys() == {Phase.REGRESSION_AWAITING_NEXT_CYCLE}
    assert (await census(store)).tasks == {}
    for _ in range(2):
        assert await pass_time(store, "rel-a", NOW + HOUR)
    assert (await census(store)).tasks == {(PENDING, "simulated"): 2}, "those of the cycle before are left behind"
    await run(store, "tsk-a-6", TaskOutcome.FAILED)
    assert (await census(store)).phases.keys() == {Phase.PAUSED_BY_FAILURE}
    assert (await census(store)).tasks == {(PENDING, "simulated"): 1, (FAILED, "simulated"): 1}


async def test_what_is_due_is_counted_since_when(store: Store):
    await start(store, "a")
    found = (await census(store, LATER)).due_tasks
    assert (found.count, found.since) == (2, NOW)
    await claim(store, TASK, SOON)
    found = (await census(store, SOON - timedelta(seconds=1))).due_tasks
    assert found.count == 1, "one is under a lease"
    assert (await census(store, SOON)).due_tasks.count == 2, "which has run out"


async def test_releases_that_time_moves_are_counted(store: Store):
    await start(store, "a", kickoff=(spec("only", callback_timeout=timedelta(minutes=1)),))
    token = await claim(store, TASK)
    await send(store, "rel-a", AwaitCallback(task_id=TASK, token=token))
    assert (await census(store)).due_releases.count == 0
    assert (await census(store, LATER)).due_releases == Backlog(1, NOW + timedelta(minutes=1))
    assert await pass_time(store, "rel-a", LATER)
    assert (await census(store, LATER)).due_releases.count == 0


async def test_commits_are_timed(store: Store):
    timed: list[tuple[float, int]] = []
    await store.close()
    store.on_timed(lambda seconds, jobs: timed.append((seconds, jobs)))
    await store.open()
    await add(store, "a")
    assert len(timed) == 1
    assert timed[0][0] > 0
    assert timed[0][1] == 1
    with pytest.raises(Conflict):
        await add(store, "a")
    assert len(timed) == 1, "what was undone is no commit"


async def test_jobs_that_share_a_commit_are_counted(sqlite_store: SQLiteStore):
    jobs: list[int] = []
    await sqlite_store.close()
    sqlite_store.on_timed(lambda _, shared: jobs.append(shared))
    await sqlite_store.open()
    await asyncio.gather(*(add(sqlite_store, key) for key in "abcdefgh"))
    assert sum(jobs) == 8
    assert len(jobs) < 8


async def test_counting_goes_along_indexes(sqlite_store: SQLiteStore, path: Path):
    await sqlite_store.close()
    with sqlite3.connect(path) as database:
        plans = {s: str(database.execute(f"EXPLAIN QUERY PLAN {s.on(SQLITE).sql}").fetchall()) for s in (PHASES, TASKS)}
    database.close()
    assert "COVERING INDEX ix_releases_phase_updated_at" in plans[PHASES]
    assert "COVERING INDEX ix_release_tasks_counted" in plans[TASKS]
    assert "TEMP B-TREE" not in plans[TASKS], "in the order of the index"
