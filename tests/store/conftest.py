"""The stores under test; a new backend is one more entry of STORES."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from phaseboard.store.memory import MemoryStore
from phaseboard.store.port import Store
from phaseboard.store.sqlite import SQLiteStore

STORES: dict[str, Callable[[Path], Store]] = {
    "memory": lambda _: MemoryStore(),
    "sqlite": lambda folder: SQLiteStore(folder / "phaseboard.db"),
}


@pytest.fixture(params=sorted(STORES))
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    opened = STORES[request.param](tmp_path)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "phaseboard.db"


@pytest.fixture
async def sqlite_store(path: Path) -> AsyncIterator[SQLiteStore]:
    opened = SQLiteStore(path)
    await opened.open()
    yield opened
    await opened.close()
