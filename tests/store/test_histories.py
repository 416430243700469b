"""Stretches of the histories of many releases: what is read of each by itself, along the index of its events."""

import json
from itertools import product
from pathlib import Path

import asyncpg
import pytest

from phaseboard.domain.enums import Action
from phaseboard.store.dialects import POSTGRES
from phaseboard.store.histories import HISTORIES
from phaseboard.store.port import Reader, Store
from phaseboard.store.sqlite.store import SQLiteStore
from tests.store.scenes import act, add, send, start
from tests.store.test_damage import damage
from tests.store.test_queries import counted, plan_of

KEYS = ("1", "10", "2", "\N{GREEK SMALL LETTER ALPHA}")
IDS = [f"rel-{key}" for key in KEYS]
UNKNOWN = ["rel-0", "rel-11", "rel-3", "", "'", "\x00", "\ud800"]
_FILL = """
INSERT INTO release_events SELECT n, 'rel-' || n % 3, n, 'X', n, NULL, '', '' FROM generate_series(1, 30000) n
"""

MARKS = (-5, 0, 1, 3, 4, 6, 9, 10, 13, 10**30)


async def each(reader: Reader, mark: int, limit: int, *, backwards: bool) -> dict[str, list[int]]:
    """Return the positions of the stretch of each release, read by itself."""
    stretches = {key: await reader.events(mark, limit, key, backwards=backwards) for key in IDS}
    return {key: [event.position for event in events] for key, events in stretches.items() if events}


async def together(reader: Reader, mark: int, limit: int, *, backwards: bool) -> dict[str, list[int]]:
    asked = [*IDS[::-1], *UNKNOWN, *IDS]
    stretches = await reader.histories(asked, mark, limit, backwards=backwards)
    return {key: [event.position for event in events] for key, events in stretches.items() if events}


@pytest.mark.parametrize("backwards", [False, True])
async def test_each_history_is_what_is_read_of_it_alone(store: Store, backwards: bool):
    for key in KEYS:
        await add(store, key)
    for key in KEYS[::2]:
        await send(store, f"rel-{key}", act(Action.START))
    for limit, mark in product((-1, 0, 1, 2, 3, 100), MARKS):
        alone = await store.read(lambda reader, m=mark, n=limit: each(reader, m, n, backwards=backwards))
        assert alone == await store.read(lambda reader, m=mark, n=limit: together(reader, m, n, backwards=backwards))
        assert bool(alone) is (limit > 0 and (mark > 1 if backwards else mark < 12))


async def test_a_writer_reads_what_it_wrote(store: Store):
    await add(store, "1")

    async def work(writer) -> None:
        release = await writer.release("rel-1")
        moved = (await writer.histories(["rel-1"], 0, 1))["rel-1"][0]
        await writer.save(release, release, [moved.event], moved.occurred_at, None)
        assert [event.position for event in (await writer.histories(["rel-1"], 0, 10))["rel-1"]] == [1, 2, 3]

    await store.write(work)


@pytest.mark.parametrize(("backwards", "left"), [(False, [3, 4]), (True, [2, 1])])
async def test_a_stretch_that_is_damaged_is_passed(
    sqlite_store: SQLiteStore, path: Path, backwards: bool, left: list[int]
):
    await start(sqlite_store, "1")
    await add(sqlite_store, "2")
    for position in {1, 2, 3, 4} - set(left):
        damage(path, f"UPDATE release_events SET data = '[' WHERE position = {position}")
    mark = 5 if backwards else 0
    found = await sqlite_store.read(lambda reader: reader.histories(["rel-1", "rel-2"], mark, 2, backwards=backwards))
    assert [event.position for event in found["rel-1"]] == left


async def test_many_histories_take_one_statement(sqlite_store: SQLiteStore):
    for number in range(20):
        await add(sqlite_store, f"{number}")
    for ids in (["rel-0"], [f"rel-{number}" for number in range(20)]):
        assert await counted(sqlite_store, lambda reader, ids=ids: reader.histories(ids, 0, 5)) == (len(ids), 1)


@pytest.mark.parametrize("backwards", [False, True])
def test_sqlite_reads_them_along_the_index(migrated: Path, backwards: bool):
    wanted, *steps = [step for step in plan_of(migrated, HISTORIES[backwards]) if "SUBQUERY" not in step]
    assert "VIRTUAL TABLE" in wanted
    assert len(steps) == 2
    assert all("ix_release_events_release_id (release_id=? AND position" in step for step in steps)


@pytest.mark.parametrize("backwards", [False, True])
async def test_postgres_reads_them_along_the_index_even_if_a_few_releases_fill_the_log(
    postgres_url: str, backwards: bool
):
    connection = await asyncpg.connect(postgres_url)
    try:
        await connection.execute("SET session_replication_role = replica")  # the releases are not needed
        await connection.execute(_FILL)
        await connection.execute("ANALYZE release_events")
        sql, names, fixed = HISTORIES[backwards].on(POSTGRES)
        values = {**fixed, "ids": json.dumps(["rel-0", "rel-x"]), "after": 15_000, "limit": 5}
        plan = await connection.fetch(f"EXPLAIN (ANALYZE) {sql}", *(values[name] for name in names))
    finally:
        await connection.close()
    steps = "\n".join(line[0] for line in plan)
    assert steps.count("using ix_release_events_release_id") == 2, steps
    assert "Rows Removed" not in steps, steps
