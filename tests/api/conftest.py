"""Servers for the tests of the API, most of which run twice: with sharing and kept answers, and without either."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from tests.api.serving import Address, served
from tests.engine import board as board_module
from tests.engine.board import Board

MODES: Mapping[str, Mapping[str, Any]] = {
    "shared": {"sharing": True, "answers": True},
    "plain": {"sharing": False, "answers": False},
}
"""What servers are set to that a test does not set by itself."""

ONE_MODE = (
    "compiled",
    "streams.test_groups",
    "streams.test_model",
    "streams.test_outbox",
    "streams.test_slow",
    "test_answers",
    "test_bounds",
    "test_databases",
    "test_documents",
    "test_nodes",
    "test_several_nodes",
    "test_weight",
)
"""Where each test chooses by itself, or tries what comes before anything is shared or kept, or below."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests that have a server in both modes."""
    place = metafunc.module.__name__.removeprefix("tests.api.")
    if not place.startswith(ONE_MODE) and {"board", "live", "address"} & set(metafunc.fixturenames):
        metafunc.parametrize("mode", MODES, indirect=True)


@pytest.fixture(autouse=True)
def mode(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How servers are set in this test."""
    chosen: str = getattr(request, "param", "shared")
    monkeypatch.setattr(board_module, "UNLESS_TOLD", MODES[chosen])
    return chosen


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
