from collections.abc import AsyncIterator

import pytest

from tests.api.serving import Address, served
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


@pytest.fixture
async def live_address(live: Board) -> AsyncIterator[Address]:
    """Where `live` is served."""
    async with served(live) as address:
        yield address


@pytest.fixture
async def address(board: Board) -> AsyncIterator[Address]:
    """Where `board` is served."""
    async with served(board) as address:
        yield address
