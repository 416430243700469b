from collections.abc import AsyncIterator, Iterator

import pytest

from phaseboard.store.memory import MemoryStore
from tests.access.issuing import LocalIssuer, issuing
from tests.access.scene import Scene


@pytest.fixture
def issuer() -> Iterator[LocalIssuer]:
    with issuing() as running:
        yield running


@pytest.fixture
async def store() -> AsyncIterator[MemoryStore]:
    opened = MemoryStore()
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def scene(store: MemoryStore) -> Scene:
    return Scene(store)
