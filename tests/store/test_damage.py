"""One damaged release: it is named, and the others are fine."""

import logging
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from phaseboard.domain.errors import IllegalState
from phaseboard.store.errors import Undecodable
from phaseboard.store.port import OrderField, ReleasePage
from phaseboard.store.sqlite.store import SQLiteStore
from tests.store.scenes import start

ALL = ["rel-a", "rel-b", "rel-c", "rel-d"]

ILLEGAL = [
    ("UPDATE releases SET stage3 = 'COMPLETED' WHERE id = 'rel-b'", "stages run in order"),
    ("UPDATE cron_jobs SET status = 'COMPLETED' WHERE release_id = 'rel-b'", "cron.status follows the phase"),
    ("UPDATE releases SET revision = 0 WHERE id = 'rel-b'", "revisions count from 1"),
    ("UPDATE release_tasks SET status = 'COMPLETED' WHERE id = 'tsk-b-4'", "PENDING until"),
]
UNREADABLE = [
    "UPDATE releases SET plan = '{}' WHERE id = 'rel-b'",
    "UPDATE releases SET plan = x'ff' WHERE id = 'rel-b'",
    "UPDATE releases SET created_at = 'yesterday' WHERE id = 'rel-b'",
    "UPDATE releases SET reviews = '[' WHERE id = 'rel-b'",
    "UPDATE release_tasks SET name = 'unheard of' WHERE id = 'tsk-b-1'",
    "UPDATE release_tasks SET attempts = '[{\"number\": 1}]' WHERE id = 'tsk-b-1'",
]


@pytest.fixture
async def four(sqlite_store: SQLiteStore) -> AsyncIterator[SQLiteStore]:
    for key in "abcd":
        await start(sqlite_store, key)
    return sqlite_store


def damage(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute(statement).rowcount == 1
        connection.commit()


def damaged(found: Mapping[str, object]) -> list[str]:
    """Return the ids that a fault stands for, all others being whole."""
    assert sorted(found) == ALL
    return [release_id for release_id, one in found.items() if isinstance(one, Undecodable)]


async def undecodable(store: SQLiteStore) -> Undecodable:
    with pytest.raises(Undecodable, match="rel-b") as found:
        await store.read(lambda reader: reader.release("rel-b"))
    return found.value


@pytest.mark.parametrize(("statement", "invariant"), ILLEGAL)
async def test_rows_that_make_no_legal_release(four: SQLiteStore, path: Path, statement: str, invariant: str):
    damage(path, statement)
    error = await undecodable(four)
    assert invariant in str(error)
    assert isinstance(error.__cause__, IllegalState)


@pytest.mark.parametrize("statement", UNREADABLE)
async def test_rows_that_cannot_be_read(four: SQLiteStore, path: Path, statement: str, caplog):
    damage(path, statement)
    await undecodable(four)
    assert damaged(await four.read(lambda reader: reader.releases(ALL))) == ["rel-b"]
    assert "A row is damaged." in caplog.text
    assert caplog.records[0].levelno == logging.ERROR


async def test_a_status_that_has_no_phase(four: SQLiteStore, path: Path):
    damage(path, "UPDATE releases SET status = 'SUBMITTED' WHERE id = 'rel-b'")
    with pytest.raises(Undecodable, match="rel-b"):
        await four.read(lambda reader: reader.status("rel-b"))
    assert damaged(await four.read(lambda reader: reader.statuses(ALL))) == ["rel-b"]


@pytest.mark.parametrize("backwards", [False, True])
async def test_a_list_goes_on_behind_a_damaged_release(four: SQLiteStore, path: Path, backwards: bool):
    damage(path, "UPDATE releases SET status = 'SUBMITTED' WHERE id = 'rel-b'")
    page = ReleasePage(limit=3, order=OrderField.CREATED_AT, descending=False, backwards=backwards)
    rows = await four.read(lambda reader: reader.page(page))
    assert [row.snapshot.release_id for row, _ in rows] == ["rel-a", "rel-c", "rel-d"]


@pytest.mark.parametrize("limit", [10, 1])
async def test_the_log_goes_on_behind_a_damaged_event(four: SQLiteStore, path: Path, limit: int, caplog):
    damage(path, "UPDATE release_events SET data = '{}' WHERE position = 6")
    found = await four.read(lambda reader: reader.events(5, limit))
    assert [event.position for event in found] == [7, 8, 9, 10, 11, 12, 13, 14, 15][: max(limit - 1, 1)]
    assert "rel-b, event 6" in str(caplog.records[0].exc_info[1])
