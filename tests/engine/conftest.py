from collections.abc import AsyncIterator

import pytest

from tests.engine.board import Board


@pytest.fixture
async def board() -> AsyncIterator[Board]:
    """A server whose loop does not run."""
    async with Board().still() as board:
        yield board


@pytest.fixture
async def live() -> AsyncIterator[Board]:
    """A server whose loop runs."""
    async with Board().running() as board:
        yield board
