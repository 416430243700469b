"""Servers for the tests of the API, which run twice: with sharing and kept answers, and without either."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from tests.api.serving import Address, served
from tests.engine import board as board_module
from tests.engine.board import Board

MODES: Mapping[str, Mapping[str, Any]] = {
    "shared": {"sharing": True, "answers": True},
    "plain": {"sharing": False, "answers": False},
    "sharing": {"sharing": True, "answers": False},
    "answers": {"sharing": False, "answers": True},
}
"""What servers are set to that a test does not set by itself."""

ONE_MODE = ("test_kept_answers",)
"""Modules whose tests choose by themselves, since they are about what is kept."""

ALL_MODES = ("test_both_ways",)
"""Modules that try what is shared beside what is kept: also with one of both."""

OWN_SERVERS = ("test_bounds", "test_databases")
"""Modules whose tests start servers of their own."""

SERVERS = {"board", "live", "address", "slow_address"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests that have a server in both modes, or in all."""
    place = metafunc.module.__name__.removeprefix("tests.api.")
    if place not in ONE_MODE and (place in OWN_SERVERS or SERVERS & set(metafunc.fixturenames)):
        modes = list(MODES)
        metafunc.parametrize("mode", modes if place in ALL_MODES else modes[:2], indirect=True)


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
