"""A second process beside the server of a file: it writes access tokens."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from phaseboard.store.errors import StoreUnusable
from phaseboard.store.sqlite import store as sqlite
from phaseboard.store.sqlite.store import SQLiteStore
from phaseboard.store.tokens import StoredToken
from tests.store.scenes import NOW, add


def token(number: int) -> StoredToken:
    return StoredToken(id=f"t{number}", name=f"n{number}", hash="00", scopes=(), created_at=NOW)


async def write_beside(path: Path, number: int) -> None:
    store = SQLiteStore(path, tokens_only=True)
    await store.open()
    await store.write(lambda writer: writer.add_token(token(number)))
    await store.close()


async def ids(store: SQLiteStore) -> list[str]:
    return [found.id for found in await store.read(lambda reader: reader.all_tokens())]


async def test_both_write_the_same_file(sqlite_store: SQLiteStore, path: Path):
    many = range(20)
    writing = asyncio.gather(*(write_beside(path, number) for number in many))
    for number in many:
        await add(sqlite_store, f"rel-{number}")
    await writing
    assert await ids(sqlite_store) == sorted(f"t{number}" for number in many)
    assert await sqlite_store.read(lambda reader: reader.last_position()) >= len(many)


async def test_a_missing_file_is_made_by_one_of_many(tmp_path: Path):
    path = tmp_path / "new.db"
    await asyncio.gather(*(write_beside(path, number) for number in range(4)))
    store = SQLiteStore(path)
    await store.open()
    assert await ids(store) == ["t0", "t1", "t2", "t3"]
    await store.close()


async def test_it_holds_no_lock(path: Path):
    beside = SQLiteStore(path, tokens_only=True)
    await beside.open()
    served = SQLiteStore(path)
    await served.open()
    await served.close()
    await beside.close()


async def test_an_older_schema_is_not_changed_under_a_server(
    sqlite_store: SQLiteStore, path: Path, monkeypatch: pytest.MonkeyPatch
):
    set_revision(path, "0001")
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.0)
    with pytest.raises(StoreUnusable, match="Stop that one first"):
        await SQLiteStore(path, tokens_only=True).open()
    set_revision(path, "0003")


async def test_a_newer_schema_is_left_alone(path: Path):
    set_revision(path, "9999")
    with pytest.raises(StoreUnusable, match="newer Phaseboard"):
        await SQLiteStore(path, tokens_only=True).open()


def set_revision(path: Path, revision: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [revision])
