"""Queries find what they look for along an index, and are few."""

import sqlite3
from collections.abc import Awaitable, Callable, Sized
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest

from phaseboard.domain.enums import Phase, ReleaseStatus
from phaseboard.store import statements as sql
from phaseboard.store.dialects import SQLITE
from phaseboard.store.pages import page_query
from phaseboard.store.port import OrderField, Reader, ReleaseFilter, ReleasePage
from phaseboard.store.sqlite.store import SQLiteStore
from phaseboard.store.statement import Statement
from tests.store.scenes import NOW, add

STATEMENTS = {name: value for name, value in vars(sql).items() if isinstance(value, Statement)}
MARKS = (None, (NOW, "rel-1"), (None, "rel-1"))
FILTERS = tuple(
    ReleaseFilter(phases=phases, statuses=statuses, text=text, updated_since=since)
    for (phases, statuses), text, since in product(
        [((), ()), ((Phase.KICKOFF, Phase.COMPLETED), tuple(ReleaseStatus))], (None, "mobile"), (None, NOW)
    )
)
PAGES = [
    ReleasePage(limit=10, order=order, descending=descending, after=after, backwards=backwards, filter=wanted)
    for order, descending, after, backwards, wanted in product(OrderField, (False, True), MARKS, (False, True), FILTERS)
]


def plan_of(path: Path, statement: Statement) -> list[str]:
    """Return how SQLite goes about a statement."""
    with closing(sqlite3.connect(path)) as connection:
        written = statement.on(SQLITE).sql
        parameters = [None] * written.count("?")
        return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {written}", parameters)]


@pytest.mark.parametrize("name", sorted(STATEMENTS))
def test_no_statement_goes_through_a_table(migrated: Path, name: str):
    for step in plan_of(migrated, STATEMENTS[name]):
        assert not step.startswith("SCAN") or "VIRTUAL TABLE" in step


@pytest.mark.parametrize("key", sql.EVENTS)
def test_the_log_is_read_along_its_positions(migrated: Path, key: tuple[bool, bool]):
    (step,) = plan_of(migrated, sql.EVENTS[key])
    assert step.startswith("SEARCH")


@pytest.mark.parametrize(
    ("name", "index"), [("DUE_RELEASES", "ix_cron_jobs_due_at"), ("DUE_TASKS", "ix_release_tasks_due_at")]
)
def test_what_is_due_is_found_among_what_waits(migrated: Path, name: str, index: str):
    assert index in plan_of(migrated, STATEMENTS[name])[0]


def test_the_next_due_time_is_the_end_of_an_index(migrated: Path):
    steps = [step for step in plan_of(migrated, sql.NEXT_DUE) if "due_at" in step]
    assert len(steps) == 2
    assert all("COVERING INDEX" in step for step in steps)


def test_lists_are_read_along_an_index_in_their_order(migrated: Path):
    seen = set()
    for page in PAGES:
        query = page_query(page)
        if query is None:
            continue
        steps = plan_of(migrated, query[0])
        for step in steps:
            if step.startswith(("SCAN releases", "SEARCH releases")):
                assert "USING" in step
                seen.add(step.split("INDEX ")[1].split(" ")[0])
            assert not step.startswith(("SCAN cron_jobs", "SCAN release_events"))
    assert seen == {
        *(f"ix_releases_{order}" for order in ("created_at", "updated_at", "next_cycle_at")),
        *(f"ix_releases_phase_{order}" for order in ("created_at", "updated_at", "next_cycle_at")),
        "sqlite_autoindex_releases_1",
    }


@pytest.mark.parametrize("phases", [(), (Phase.KICKOFF,)])
def test_what_changed_since_is_a_stretch_of_the_index_it_is_ordered_by(migrated: Path, phases: tuple[Phase, ...]):
    wanted = ReleaseFilter(phases=phases, updated_since=NOW)
    query = page_query(ReleasePage(limit=10, order=OrderField.UPDATED_AT, descending=True, filter=wanted))
    assert query
    runs = [step for step in plan_of(migrated, query[0]) if "releases_updated_at" in step or "phase_updated_at" in step]
    assert runs
    assert all(step.startswith("SEARCH releases") and "updated_at>?" in step for step in runs)


async def counted(store: SQLiteStore, work: Callable[[Reader], Awaitable[Sized]]) -> tuple[int, int]:
    """Return how many statements a question takes, and how much is found."""
    statements: list[str] = []

    async def traced(reader: Reader) -> int:
        await reader.last_position()
        connection = reader._session._link._connection
        await connection.set_trace_callback(statements.append)
        try:
            return len(await work(reader))
        finally:
            await connection.set_trace_callback(None)

    return await store.read(traced), len(statements)


@pytest.mark.parametrize(("limit", "order"), list(product((1, 20), OrderField)))
async def test_a_page_takes_two_statements_however_long(sqlite_store: SQLiteStore, limit: int, order: OrderField):
    for number in range(20):
        await add(sqlite_store, f"{number}")
    page = ReleasePage(limit=limit, order=order)
    assert await counted(sqlite_store, lambda reader: reader.page(page)) == (limit, 2)


async def test_many_ids_take_no_more_statements_than_one_known_or_not(sqlite_store: SQLiteStore):
    for number in range(20):
        await add(sqlite_store, f"{number}")
    for ids in (["rel-0"], [f"rel-{number}" for number in range(100)], [f"rel-x{number}" for number in range(100)]):
        known = len([each for each in ids if each in {f"rel-{number}" for number in range(20)}])
        assert await counted(sqlite_store, lambda reader, ids=ids: reader.statuses(ids)) == (known, 2)
        assert await counted(sqlite_store, lambda reader, ids=ids: reader.releases(ids)) == (known, 3)
