"""What the tests of streams share."""

from collections.abc import AsyncIterator

import pytest

from tests.api.streams.scene import Gated, Scene


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with Scene().open() as scene:
        await scene.change("a")
        yield scene


@pytest.fixture
async def gated() -> AsyncIterator[Scene]:
    async with Scene(store=Gated()).open() as scene:
        await scene.change("a", "a", "a", "a", "a", "a")
        yield scene
