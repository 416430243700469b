"""The stores under test; a new backend is one more entry of STORES."""

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from phaseboard.store.memory import MemoryStore
from phaseboard.store.port import Store
from phaseboard.store.postgres import PostgresStore
from phaseboard.store.sqlite.schema import migrate
from phaseboard.store.sqlite.store import SQLiteStore

STORES: dict[str, Callable[[pytest.FixtureRequest], Store]] = {
    "memory": lambda _: MemoryStore(),
    "sqlite": lambda request: SQLiteStore(request.getfixturevalue("path")),
    "postgres": lambda request: PostgresStore(request.getfixturevalue("postgres_url")),
}


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty database to copy, which is quicker than making one."""
    path = tmp_path_factory.mktemp("migrated") / "phaseboard.db"
    migrate(path)
    return path


@pytest.fixture
def path(tmp_path: Path, migrated: Path) -> Path:
    return shutil.copy(migrated, tmp_path / "phaseboard.db")


@pytest.fixture(params=sorted(STORES))
def new_store(request: pytest.FixtureRequest) -> Store:
    return STORES[request.param](request)


@pytest.fixture
async def store(new_store: Store) -> AsyncIterator[Store]:
    await new_store.open()
    yield new_store
    await new_store.close()


@pytest.fixture
async def sqlite_store(path: Path) -> AsyncIterator[SQLiteStore]:
    opened = SQLiteStore(path)
    await opened.open()
    yield opened
    await opened.close()
