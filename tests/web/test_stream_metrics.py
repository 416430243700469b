"""What `/metrics` tells of readers that are slow, on either transport."""

from collections.abc import AsyncIterator

import pytest

from phaseboard.api.scalars import format_cursor
from tests.api.serving import Address, served
from tests.api.streams.test_slow import EVENTS, NEVER, changes, subscribe, until
from tests.api.streams.wire import SMALL, event_source, slow_websocket
from tests.engine.board import ID, Board
from tests.web.test_metrics import scrape

START = format_cursor(0)
LONG = f"subscription ($id: ID!) {{ releaseStatus(releaseId: $id) {{ {'long' * 500}: revision }} }}"
"""A status of two thousand bytes, which a buffer takes a few of."""

STREAMS = ("deliveries_waited_total", "conflations_total", "evictions_total")


@pytest.fixture
async def live() -> AsyncIterator[Board]:
    async with Board(sharing=True).running() as board:
        await board.started()
        yield board


@pytest.fixture
async def address(live: Board) -> AsyncIterator[Address]:
    async with served(live, send_buffer=SMALL) as address:
        yield address


async def fill(board: Board, transport: str) -> None:
    """Let changes come until a few messages wait for the reader on a transport."""
    while (await scrape(board))("outbox_messages", transport=transport) < 3:
        await changes(board, 50)


async def test_a_slow_socket_is_told_of(live: Board, address: Address) -> None:
    readers = live.server.hub.readers
    readers.max_messages, readers.stalled = 100_000, NEVER
    before = await scrape(live)
    assert [before(name) for name in STREAMS] == [0, 0, 0]
    async with slow_websocket(address) as slow:
        await subscribe(slow, EVENTS)
        await fill(live, "websocket")
        told = await scrape(live)
        assert told("deliveries_waited_total") >= 3
        assert told("conflations_total") == told("evictions_total") == 0
        assert told("outbox_messages", transport="sse") == 0
        readers.max_messages = 1
        await changes(live, 1)
        assert (await scrape(live))("evictions_total") == 1
        slow.transport.abort()
    await until(lambda: not readers)
    assert (await scrape(live))("outbox_messages", transport="websocket") == 0


async def test_a_slow_event_stream_is_told_of(live: Board, address: Address) -> None:
    readers = live.server.hub.readers
    readers.max_messages, readers.stalled = 100_000, NEVER
    async with event_source(address, EVENTS, after=START):
        await fill(live, "sse")
        told = await scrape(live)
        assert told("deliveries_waited_total") >= 3
        assert told("conflations_total") == told("evictions_total") == 0
        assert told("outbox_messages", transport="websocket") == 0
        readers.max_messages = 1
        await changes(live, 1)
        assert (await scrape(live))("evictions_total") == 1
    await until(lambda: not readers)


async def test_a_reader_that_is_sent_away_counts_once(live: Board, address: Address) -> None:
    readers = live.server.hub.readers
    readers.max_messages, readers.stalled = 50, 1
    async with event_source(address, EVENTS, after=START):
        await changes(live, 400)
        await until(lambda: not readers)
    assert (await scrape(live))("evictions_total") == 1


async def test_statuses_that_newer_ones_replace_are_told_of(live: Board, address: Address) -> None:
    live.server.hub.readers.stalled = NEVER
    async with slow_websocket(address) as slow, event_source(address, LONG, id=ID):
        await subscribe(slow, LONG, id=ID)
        depths = [0, 0]
        while depths != [1, 1]:
            await changes(live, 1)
            told = await scrape(live)
            depths = [int(told("outbox_messages", transport=transport)) for transport in ("websocket", "sse")]
        before = told("conflations_total")
        while (await scrape(live))("conflations_total") < before + 2:
            await changes(live, 1)
        assert (await scrape(live))("evictions_total") == 0
        slow.transport.abort()
