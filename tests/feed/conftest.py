from collections.abc import AsyncIterator

import pytest

from phaseboard.feed.feed import Feed
from phaseboard.feed.tail import Tail
from phaseboard.store.memory import MemoryStore
from tests.feed.log import Log


@pytest.fixture
async def log() -> AsyncIterator[Log]:
    """A log of which the newest five events are kept in memory."""
    store = MemoryStore()
    await store.open()
    feed = Feed(store, Tail(kept=5))
    await feed.open()
    yield Log(store, feed)
    assert feed.followers == 0, "somebody still waits"
    await store.close()
