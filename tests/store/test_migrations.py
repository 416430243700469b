"""The migrations make exactly the tables that the code talks to."""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from phaseboard.store.revisions import upgrade
from phaseboard.store.sqlite.schema import migrate
from phaseboard.store.sqlite.store import SQLiteStore
from phaseboard.store.tables import cron_jobs, metadata
from tests.store.scenes import LATER, SOON, add, claim, run, spec, start


def schema(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
        created = {name: " ".join(sql.split()) for name, sql in rows}
        return {name: created[name] for name in created.keys() - {"alembic_version", "sqlite_sequence"}}


def test_migrations_equal_the_tables(migrated: Path, tmp_path: Path):
    engine = create_engine(f"sqlite:///{tmp_path / 'tables.db'}")
    metadata.create_all(engine)
    engine.dispose()
    assert schema(migrated) == schema(tmp_path / "tables.db")


def test_nothing_is_left_to_migrate(migrated: Path):
    engine = create_engine(f"sqlite:///{migrated}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_migrating_again_changes_nothing(path: Path):
    before = path.read_bytes()
    migrate(path)
    assert path.read_bytes() == before


def test_migrating_is_quiet(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    root = logging.getLogger()
    before = (list(root.handlers), root.level, root.manager.disable)
    migrate(tmp_path / "new.db")
    assert (list(root.handlers), root.level, root.manager.disable) == before
    assert capfd.readouterr() == ("", "")


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise LookupError

    monkeypatch.setattr("alembic.op.create_index", fail)
    with pytest.raises(LookupError):
        migrate(tmp_path / "new.db")
    assert schema(tmp_path / "new.db") == {}
    monkeypatch.undo()
    migrate(tmp_path / "new.db")


async def test_counts_are_the_same_after_a_migration(path: Path, tmp_path: Path):
    store = SQLiteStore(path)
    await store.open()
    await start(store, kickoff=(spec("call", executor="webhook"), spec("two"), spec("three", "two")))
    await claim(store, "tsk-1-1", now=SOON)
    await add(store, "2", now=LATER)
    expected = await store.read(lambda reader: reader.census(LATER))
    await store.close()
    copy_at("0004", path, tmp_path / "old.db")
    migrate(tmp_path / "old.db")
    migrated = SQLiteStore(tmp_path / "old.db")
    await migrated.open()
    assert await migrated.read(lambda reader: reader.census(LATER)) == expected
    await migrated.close()


def copy_at(revision: str, path: Path, older: Path) -> None:
    """Copy what an older schema keeps of a file."""
    engine = create_engine(f"sqlite:///{older}")
    with engine.begin() as connection:
        upgrade(connection, revision)
    engine.dispose()
    with closing(sqlite3.connect(older)) as connection:
        connection.execute("ATTACH ? AS newer", (str(path),))
        for table in metadata.sorted_tables:
            columns = [row[1] for row in connection.execute(f"PRAGMA main.table_info({table.name})")]
            names = ", ".join(f'"{column}"' for column in columns)
            connection.execute(f"INSERT INTO main.{table.name} ({names}) SELECT {names} FROM newer.{table.name}")
        connection.commit()


def test_the_guide_names_the_column_of_pauses():
    assert cron_jobs.c.pauseType.name == "pauseType"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cron_jobs SET pauseType = 'TIRED'",
        "UPDATE releases SET phase = 'LOST'",
        "UPDATE releases SET stage2 = 'pending'",
        "UPDATE release_tasks SET status = 'DONE'",
        "UPDATE regression_cycles SET status = 'DONE'",
    ],
)
async def test_enums_are_checked(sqlite_store: SQLiteStore, path: Path, statement: str):
    await start(sqlite_store)
    for number in (1, 2, 3):
        await run(sqlite_store, f"tsk-1-{number}")
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        connection.execute(statement)
