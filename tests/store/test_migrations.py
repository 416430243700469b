"""The migrations make exactly the tables that the code talks to."""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from phaseboard.store.schema import migrate
from phaseboard.store.sqlite import SQLiteStore
from phaseboard.store.tables import cron_jobs, metadata
from tests.store.scenes import run, start


def schema(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
        return {name: sql for name, sql in rows if name not in ("alembic_version", "sqlite_sequence")}


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
