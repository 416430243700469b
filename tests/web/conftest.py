"""A server that asks for tokens; modules whose server asks for none make their own."""

from collections.abc import AsyncIterator

import pytest

from tests.api.serving import Address, served
from tests.engine.board import Board


@pytest.fixture
async def board() -> AsyncIterator[Board]:
    async with Board(auth="tokens").still() as board:
        await board.add()
        yield board


@pytest.fixture
async def address(board: Board) -> AsyncIterator[Address]:
    async with served(board) as address:
        yield address
