"""The core of the tests of the API once more, the other way: nothing shared and nothing kept, or all of it.

`PHASEBOARD_TEST_PLAIN=1 pytest tests/api` runs all of them without sharing and without kept answers.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api.serving import Address, served
from tests.api.test_actions import *  # noqa: F403 - they run again, with the fixtures of this module
from tests.api.test_status import *  # noqa: F403
from tests.api.test_subscriptions import (  # noqa: F401
    test_a_cursor_beyond_the_log_is_refused,
    test_a_release_that_does_not_exist_is_an_error,
    test_a_status_that_is_known_is_not_told_again,
    test_each_phase_is_told_once_in_order_to_every_client,
    test_events_are_told_as_they_stand_in_the_log,
    test_phases_are_resumed_without_a_gap_or_a_repeat,
    test_the_status_ends_when_nothing_can_follow,
    test_what_is_read_and_then_followed_has_no_gap,
)
from tests.engine.board import PLAIN, Board

OTHER: dict[str, Any] = {"sharing": bool(PLAIN), "answers": bool(PLAIN)}


@pytest.fixture
async def board() -> AsyncIterator[Board]:
    """A server whose loop does not run."""
    async with Board(**OTHER).still() as board:
        yield board


@pytest.fixture
async def live() -> AsyncIterator[Board]:
    """A server whose loop runs."""
    async with Board(**OTHER).running() as board:
        yield board


@pytest.fixture
async def live_address(live: Board) -> AsyncIterator[Address]:
    """Where `live` is served."""
    async with served(live) as address:
        yield address


def test_it_is_the_other_way(board: Board) -> None:
    assert board.server.settings.sharing is board.server.settings.answers is bool(PLAIN)
