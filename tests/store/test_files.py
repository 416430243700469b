"""What a file has to be before it is served, and what is said otherwise."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from phaseboard.store.errors import StoreUnusable
from phaseboard.store.sqlite.store import SQLiteStore
from tests.store.scenes import add


async def refusal(path: Path) -> str:
    with pytest.raises(StoreUnusable) as refused:
        await SQLiteStore(path).open()
    return str(refused.value)


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def content(path: Path) -> bytes:
    return path.read_bytes()


def make_read_only(path: Path) -> None:
    path.chmod(0o444)


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


@pytest.mark.parametrize("name", ["a b.db", "100%.db", "what?.db", "a#b.db", "ж.db", "x'y\"z.db", "%41.db"])
async def test_a_new_file_is_created_under_any_name(tmp_path: Path, name: str):
    path = tmp_path / name
    for _ in range(2):
        store = SQLiteStore(path)
        await store.open()
        await store.read(lambda reader: reader.last_position())
        await store.close()
    assert names(tmp_path) == sorted([name, f"{name}.lock"])


async def test_what_was_committed_is_there_after_reopening(path: Path):
    for key in "ab":
        store = SQLiteStore(path)
        await store.open()
        await add(store, key)
        await store.close()
    store = SQLiteStore(path)
    await store.open()
    assert len(await store.read(lambda reader: reader.releases(["rel-a", "rel-b"]))) == 2
    await store.close()


async def test_an_empty_file_is_taken(tmp_path: Path):
    (tmp_path / "new.db").touch()
    store = SQLiteStore(tmp_path / "new.db")
    await store.open()
    await store.close()


async def test_a_folder(tmp_path: Path):
    assert f"{tmp_path} is a folder" in await refusal(tmp_path)


async def test_a_missing_folder(tmp_path: Path):
    message = await refusal(tmp_path / "no" / "phaseboard.db")
    assert f"there is no folder {tmp_path / 'no'}" in message
    assert names(tmp_path) == []


async def test_a_folder_that_cannot_be_written():
    assert "cannot be created" in await refusal(Path("/proc/self/phaseboard.db"))


@pytest.mark.parametrize("found", [b"plain text", b"\x00" * 5000, b"SQLite format 3\x00" + b"\xff" * 5000])
async def test_a_file_that_is_no_database(tmp_path: Path, found: bytes):
    path = tmp_path / "phaseboard.db"
    path.write_bytes(found)
    message = await refusal(path)
    assert str(path) in message
    assert "backup" in message
    assert content(path) == found


async def test_a_read_only_file(path: Path):
    before = content(path)
    make_read_only(path)
    assert f"{path} is read-only" in await refusal(path)
    assert content(path) == before


async def test_a_newer_file(path: Path):
    change(path, "UPDATE alembic_version SET version_num = '9999'")
    before = content(path)
    message = await refusal(path)
    assert str(path) in message
    assert "newer Phaseboard (its schema is 9999)" in message
    assert content(path) == before


async def test_the_file_of_another_program(tmp_path: Path):
    path = tmp_path / "other.db"
    change(path, "CREATE TABLE songs (title TEXT)")
    before = content(path)
    assert "another program" in await refusal(path)
    assert content(path) == before


async def test_a_second_store_on_the_same_file(sqlite_store: SQLiteStore, path: Path):
    assert f"served by another process (pid {os.getpid()})" in await refusal(path)
    link = path.with_name("link.db")
    link.symlink_to(path)
    assert "served by another process" in await refusal(link)
    await add(sqlite_store)


async def test_a_refusal_leaves_no_lock_behind(path: Path):
    change(path, "UPDATE alembic_version SET version_num = '9999' || version_num")
    await refusal(path)
    change(path, "UPDATE alembic_version SET version_num = substr(version_num, 5)")
    store = SQLiteStore(path)
    await store.open()
    with pytest.raises(RuntimeError, match="open already"):
        await store.open()
    await store.close()
    await store.close()
