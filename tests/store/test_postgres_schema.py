"""Migrating PostgreSQL: the tables that the code talks to, made once, whole or not at all."""

import asyncio
import signal
import sys
from pathlib import Path

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from phaseboard.store.address import Address
from phaseboard.store.postgres import PostgresStore, migrate
from phaseboard.store.tables import metadata
from tests.postgres import in_thread, run_sql
from tests.store.scenes import start
from tests.store.test_postgres import name_of

PHASEBOARD = Path(sys.executable).with_name("phaseboard")
COLLATIONS = """
SELECT table_name, column_name, collation_name FROM information_schema.columns
WHERE table_schema = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'
"""
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"


async def test_nothing_is_left_to_migrate(postgres_url: str):
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(postgres_url), poolclass=NullPool
    )

    def differences(connection: Connection) -> list[object]:
        return compare_metadata(MigrationContext.configure(connection), metadata)

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


def test_texts_are_compared_letter_by_letter(postgres_url: str):
    assert run_sql(postgres_url, COLLATIONS) == []


async def test_a_migrated_database_is_served(blank_postgres_url: str):
    assert await migrate(Address(blank_postgres_url))
    assert not await migrate(Address(blank_postgres_url))
    store = PostgresStore(blank_postgres_url)
    await store.open()
    await start(store)
    await store.close()


async def test_one_of_many_at_once_does_it(blank_postgres_url: str):
    done = await asyncio.gather(*(migrate(Address(blank_postgres_url)) for _ in range(8)))
    assert sorted(done) == [*[False] * 7, True]


@pytest.mark.parametrize("default", ["isolation = 'repeatable read'", "read_only = on"])
async def test_one_of_many_does_it_whatever_transactions_are_by_default(blank_postgres_url: str, default: str):
    change = f"ALTER DATABASE {name_of(blank_postgres_url)} SET default_transaction_{default}"
    await asyncio.to_thread(run_sql, blank_postgres_url, change)
    done = await asyncio.gather(*(migrate(Address(blank_postgres_url)) for _ in range(4)))
    assert sorted(done) == [*[False] * 3, True]


@pytest.mark.process
def test_killed_in_the_middle_it_has_done_nothing(blank_postgres_url: str):
    migrating = in_thread(kill_while_it_waits(blank_postgres_url))
    assert migrating == -signal.SIGKILL
    assert run_sql(blank_postgres_url, TABLES) == []
    assert in_thread(migrate(Address(blank_postgres_url)))


async def kill_while_it_waits(url: str) -> int | None:
    """Have somebody in the way of the last table, and kill the migration that waits for him; returns its exit code."""
    connection = await asyncpg.connect(url)
    await connection.execute("BEGIN; CREATE TABLE access_tokens ()")
    migrating = await asyncio.create_subprocess_exec(PHASEBOARD, "migrate", "--database-url", url)
    while not await connection.fetchval(WAITING):
        assert migrating.returncode is None
    migrating.kill()
    code = await migrating.wait()
    await connection.execute("ROLLBACK")
    await connection.close()
    return code
