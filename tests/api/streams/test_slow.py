"""Slow readers: they delay nobody, get the newest or come back by cursor, and are gone when they read no more.

Who shares nothing is told at its own pace: too much never waits for it, and it gets all without coming back.
"""

import asyncio
import gc
import json
import logging
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from phaseboard.api.scalars import format_cursor
from phaseboard.api.streams.sse import EventStream
from phaseboard.domain.enums import Action, Phase
from tests.api.client import GUIDE
from tests.api.serving import Address, Socket, served
from tests.api.streams.wire import SMALL, EventSource, event_source, slow_websocket
from tests.engine.board import ID, Board
from tests.engine.hands import PATIENCE

STATUS = f"subscription ($id: ID!) {{ releaseStatus(releaseId: $id) {{ revision {GUIDE} }} }}"
EVENTS = """subscription ($after: Cursor) { releaseEvents(after: $after) { ... on ReleaseEvent {
  id cursor revision actor { kind name } occurredAt } ... on PhaseChanged { from to reason action } } }"""
START = format_cursor(0)
NEVER = 3_600
"""Seconds that a reader may take nothing where a test is not about that, however long its changes take."""


@pytest.fixture
async def live() -> AsyncIterator[Board]:
    async with Board().running() as board:
        await board.started()
        yield board


@pytest.fixture
async def slow_address(live: Board) -> AsyncIterator[Address]:
    async with served(live, send_buffer=SMALL) as address:
        yield address


async def changes(board: Board, count: int) -> None:
    paused = (await board.release()).phase is Phase.PAUSED_BY_USER
    for _ in range(count):
        paused = not paused
        await board.act(Action.PAUSE if paused else Action.RESUME)


async def subscribe(connection: Any, query: str, **variables: Any) -> None:
    message = {"id": "1", "type": "subscribe", "payload": {"query": query, "variables": variables}}
    await connection.send(json.dumps(message))


async def until(wanted: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not wanted():  # noqa: ASYNC110 - nobody is told of it
            await asyncio.sleep(0.005)


async def received(connection: Any, name: str) -> list[Any]:
    """Return what is received until the socket is closed."""
    told = []
    try:
        while True:
            message = json.loads(await asyncio.wait_for(connection.recv(), PATIENCE))
            told.append(message["payload"]["data"][name])
    except ConnectionClosed:
        return told


async def next_ids(client: Socket, count: int) -> list[str]:
    return [(await client.next())["releaseEvents"]["id"] for _ in range(count)]


async def positions(source: EventSource, most: int = 1_000) -> list[str]:
    told: list[str] = []
    while len(told) < most and (event := await source.event()):
        assert event[0] == "next", event
        told.append(event[1]["data"]["releaseEvents"]["id"])
    return told


async def test_a_slow_reader_of_a_status_gets_the_newest(live: Board, slow_address: Address) -> None:
    live.server.hub.readers.stalled = NEVER
    async with slow_websocket(slow_address) as slow, slow_address.socket() as quick:
        await subscribe(slow, STATUS, id=ID)
        await quick.subscribe(STATUS, id=ID)
        await quick.next()
        for _ in range(400):
            await changes(live, 1)
            revision = (await quick.next())["releaseStatus"]["revision"]
        assert live.server.hub.counts.conflated > 0 or not live.server.settings.sharing
        assert live.server.hub.readers.depth <= 1
        told = [0]
        while told[-1] != revision:
            told.append(json.loads(await slow.recv())["payload"]["data"]["releaseStatus"]["revision"])
        assert told == sorted(set(told))
        assert len(told) < 400
        assert live.server.hub.counts.evicted == 0


async def sent_away(slow: ClientConnection) -> list[Any]:
    """Return what a socket is still told that is closed because its client reads too slowly."""
    told = await received(slow, "releaseEvents")
    assert slow.close_code == 1013
    assert "resume by cursor" in (slow.close_reason or "")
    return told


async def comes_back(address: Address, told: list[Any], log: list[str]) -> None:
    """Check that what was told is the beginning of the log, and that its end is told to whoever comes back."""
    assert [one["id"] for one in told] == log[: len(told)]
    assert 0 < len(told) < len(log)
    async with address.socket() as again:
        await again.subscribe(EVENTS, after=told[-1]["cursor"])
        assert await next_ids(again, len(log) - len(told)) == log[len(told) :]


async def test_a_slow_reader_of_the_log_is_sent_away_and_comes_back(live: Board, slow_address: Address) -> None:
    hub = live.server.hub
    hub.readers.max_messages, hub.readers.stalled = 50, NEVER
    async with slow_websocket(slow_address) as slow, slow_address.socket() as quick:
        await subscribe(slow, EVENTS)
        await quick.subscribe(EVENTS)
        await until(lambda: hub.watchers == 2)
        read = []
        for _ in range(400):
            await changes(live, 1)
            read += await next_ids(quick, 2)
        log = [f"evt-{event.position}" for event in await live.events()][-800:]
        assert read == log
        if not live.server.settings.sharing:
            assert [json.loads(await slow.recv())["payload"]["data"]["releaseEvents"]["id"] for _ in log] == log
            assert hub.counts.evicted == 0
            return
        await until(lambda: hub.counts.evicted == 1)
        told = await sent_away(slow)
    await comes_back(slow_address, told, log)


async def test_a_reader_of_the_log_that_stalls_is_told_so_and_comes_back(live: Board, slow_address: Address) -> None:
    hub = live.server.hub
    hub.readers.stalled = 1
    await changes(live, 400)
    async with slow_websocket(slow_address) as slow:
        await subscribe(slow, EVENTS, after=START)
        await until(lambda: hub.counts.evicted == 1)
        told = await sent_away(slow)
    await comes_back(slow_address, told, [f"evt-{event.position}" for event in await live.events()])


async def test_a_slow_reader_of_events_ends_without_complete_and_comes_back(live: Board, slow_address: Address) -> None:
    readers = live.server.hub.readers
    readers.max_messages, readers.stalled = 50, NEVER
    async with event_source(slow_address, EVENTS, after=START) as slow:
        await changes(live, 400)
        log = [f"evt-{event.position}" for event in await live.events()]
        if not live.server.settings.sharing:
            assert await positions(slow, len(log)) == log
            assert live.server.hub.counts.evicted == 0
            return
        await until(lambda: live.server.hub.counts.evicted == 1)
        told = await positions(slow)
    assert told == log[: len(told)]
    assert 0 < len(told) < len(log)
    async with event_source(slow_address, EVENTS, last_id=slow.last_id, after=START) as again:
        for expected in log[len(told) :]:
            event = await again.event()
            assert event
            assert event[1]["data"]["releaseEvents"]["id"] == expected


@pytest.mark.parametrize("query", [STATUS, EVENTS])
async def test_a_reader_that_reads_nothing_is_cut_off(live: Board, slow_address: Address, query: str) -> None:
    hub = live.server.hub
    hub.readers.stalled = 0.2
    async with slow_websocket(slow_address) as stalled:
        await subscribe(stalled, query, id=ID)
        await until(lambda: hub.watchers == 1)
        (outbox,) = hub.readers._readers
        remains = weakref.ref(outbox)
        del outbox
        for _ in range(400):
            await changes(live, 1)
            await asyncio.sleep(0.001)
        await until(lambda: not hub.readers)
        await until(lambda: not hub.watchers)
        assert hub.counts.evicted == 1
        gc.collect()
        assert remains() is None


async def test_a_reader_of_events_that_reads_nothing_is_cut_off(
    live: Board, slow_address: Address, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    hub = live.server.hub
    hub.readers.stalled = 0.2
    async with event_source(slow_address, EVENTS, after=START) as stalled:
        (stream,) = hub.readers._readers
        assert isinstance(stream, EventStream)
        remains = weakref.ref(stream)
        del stream
        await changes(live, 400)
        await until(lambda: not hub.readers and not hub.watchers)
        assert hub.counts.evicted == 1
        told = await positions(stalled)
        assert len(told) < 800
        gc.collect()
        assert remains() is None
    assert not caplog.records


async def test_nobody_notices_those_who_read_nothing(live: Board, slow_address: Address) -> None:
    hub = live.server.hub
    hub.readers.stalled = NEVER
    async with AsyncExitStack() as stack, slow_address.socket() as quick:
        for _ in range(20):
            stalled = await stack.enter_async_context(slow_websocket(slow_address))
            stack.callback(stalled.transport.abort)
            await subscribe(stalled, EVENTS, after=START)
        await quick.subscribe(EVENTS, after=START)
        await until(lambda: hub.watchers == 21)
        reading = asyncio.create_task(next_ids(quick, 5 + 2 * 350))
        await changes(live, 350)
        assert await reading == [f"evt-{event.position}" for event in await live.events()]
        assert len(hub.readers) == 21
        assert hub.readers.depth > 0 or not live.server.settings.sharing
    await until(lambda: not hub.readers)
