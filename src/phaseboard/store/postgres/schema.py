"""The schema of a PostgreSQL database: looked at by who serves it, changed by `phaseboard migrate` alone."""

from asyncio import timeout
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from phaseboard.store import revisions
from phaseboard.store.address import Address
from phaseboard.store.errors import StoreUnusable, Unavailable
from phaseboard.store.postgres.faults import sorted_out, unusable
from phaseboard.store.postgres.link import CONNECT_SECONDS

LOCK = 0x5068617365626F61
"""The advisory lock of who migrates: "Phaseboa"."""

LOCK_SECONDS = 60
"""How long a migration waits for another one, or for a table in use."""

_MIGRATE = "phaseboard migrate (with the same --database-url, unless PHASEBOARD_DATABASE_URL names it)"
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = ANY (current_schemas(false))"


async def check(address: Address) -> None:
    """Raise StoreUnusable unless the schema is the one that this program works with; says what to do."""
    async with _connected(address) as connection:
        found = await _revision(address, connection)
    if found is None:
        raise StoreUnusable(f"{address} has no tables yet. Create them: {_MIGRATE}")
    if found != revisions.newest():
        raise StoreUnusable(
            f"{address} is at schema {found}, this Phaseboard works with {revisions.newest()}. "
            f"Bring it up to date: {_MIGRATE}"
        )


async def migrate(address: Address) -> bool:
    """Bring a database to the newest schema; False when it is there already.

    One transaction, under a lock: of many at once one does it, and one that is killed leaves everything as it was.
    Raises StoreUnusable with what to do.
    """
    engine = _engine(address)
    try:
        async with engine.begin() as connection:
            await connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE")
            await connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
            await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
            raw = (await connection.get_raw_connection()).driver_connection
            if await _revision(address, raw) == revisions.newest():
                return False
            await connection.run_sync(revisions.upgrade)
            return True
    except DBAPIError as error:
        raise _unusable(address, error.orig.__cause__ if error.orig else error) from error
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise _unusable(address, error) from error
    finally:
        await engine.dispose()


def _engine(address: Address) -> AsyncEngine:
    """Return an engine that prepares no statement by name: a pooler may hand what it left behind to others."""
    unnamed = {"prepared_statement_cache_size": 0, "prepared_statement_name_func": str}
    creator = {"async_creator_fn": lambda **_: _connect(address)}
    return create_async_engine("postgresql+asyncpg://", connect_args={**unnamed, **creator}, poolclass=NullPool)


async def _revision(address: Address, connection: asyncpg.Connection) -> str | None:
    """Return the revision a database is at, None for an empty one. Raises StoreUnusable for one that is not ours."""
    tables = {row["tablename"] for row in await connection.fetch(_TABLES)}
    if not tables & {"alembic_version", "releases"}:
        return None
    if not tables.issuperset({"alembic_version", "releases", "release_events"}):
        raise StoreUnusable(f"{address} holds the tables of another program. Name another database.")
    found = [row["version_num"] for row in await connection.fetch("SELECT version_num FROM alembic_version")]
    if len(found) != 1:
        raise StoreUnusable(f"{address} does not tell the version of its schema. Restore it from a backup.")
    if found[0] not in revisions.known():
        raise StoreUnusable(
            f"{address} was migrated by a newer Phaseboard (its schema is {found[0]}). "
            "Install that version here too: pip install --upgrade phaseboard. Or name another database."
        )
    return str(found[0])


@asynccontextmanager
async def _connected(address: Address) -> AsyncIterator[asyncpg.Connection]:
    try:
        connection = await _connect(address)
        try:
            yield connection
        finally:
            connection.terminate()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise _unusable(address, error) from error


async def _connect(address: Address) -> asyncpg.Connection:
    try:
        async with timeout(CONNECT_SECONDS):
            return await asyncpg.connect(
                address.dsn, timeout=CONNECT_SECONDS, command_timeout=2 * LOCK_SECONDS, statement_cache_size=0
            )
    except ValueError as error:  # of the address, or of variables such as PGPORT
        raise _unusable(address, error) from error


def _unusable(address: Address, error: BaseException | None) -> Exception:
    found = sorted_out(address, error) if isinstance(error, Exception) else None
    if isinstance(found, Unavailable):
        return unusable(found)
    return found if isinstance(found, StoreUnusable) else StoreUnusable(f"{address} cannot be used ({error}).")
