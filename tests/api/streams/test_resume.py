"""Coming back by `after` and by `Last-Event-ID`, also when the server was killed: nothing is lost or repeated."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.exceptions import WebSocketException

from phaseboard.api.scalars import format_cursor
from phaseboard.domain.enums import Action
from tests.api.serving import Address
from tests.api.streams.scene import EVENTS, PHASES, STATUS
from tests.api.streams.wire import EventSource, event_source
from tests.e2e.client import connect
from tests.e2e.plans import simulated, simulated_plan
from tests.engine.board import ID, Board
from tests.servers import Server, running_server

START = format_cursor(0)
LITERAL = 'subscription { phaseChanged(after: "%s") { cursor to } }' % START  # noqa: UP031 - full of braces
DEADLINE = 60.0


async def following(source: EventSource, count: int) -> list[Any]:
    """Return the results of the next events with the id told with each."""
    found = []
    for _ in range(count):
        event = await source.event()
        assert event
        assert event[0] == "next"
        found.append((source.last_id, event[1]["data"]))
    return found


@pytest.mark.parametrize("query", [PHASES, LITERAL])
async def test_events_of_the_log_carry_their_cursor_and_go_on_after_it(
    live: Board, live_address: Address, query: str
) -> None:
    await live.started()
    await live.act(Action.PAUSE, Action.RESUME)
    asked = {"after": START} if query is PHASES else {}
    async with event_source(live_address, query, **asked) as source:
        whole = await following(source, 4)
    assert [last for last, _ in whole] == [data["phaseChanged"]["cursor"] for _, data in whole]
    assert [data["phaseChanged"]["to"] for _, data in whole] == ["NOT_STARTED", "KICKOFF", "PAUSED_BY_USER", "KICKOFF"]
    for place, (last, _) in enumerate(whole[:-1], start=1):
        async with event_source(live_address, query, last_id=last, **asked) as source:
            assert await following(source, 4 - place) == whole[place:]


async def test_a_status_has_no_id_and_comes_anew(live: Board, live_address: Address) -> None:
    await live.add()
    async with event_source(live_address, STATUS, last_id=START, id=ID) as source:
        (_, data), *_ = await following(source, 1)
    assert source.last_id is None
    assert data == {"releaseStatus": {"revision": 1}}


@pytest.mark.parametrize("garbage", ["garbage", "e1", "ZQ", "ZTEy0"])
async def test_an_id_that_is_none_of_ours_is_a_bad_request(live_address: Address, garbage: str) -> None:
    headers = {"Accept": "text/event-stream", "Last-Event-ID": garbage}
    async with httpx.AsyncClient() as client:
        answer = await client.post(live_address.http, json={"query": EVENTS}, headers=headers)
    assert answer.status_code == 400
    assert "Last-Event-ID: This is no cursor" in answer.json()["errors"][0]["message"]


async def test_an_id_beyond_the_log_is_refused(live: Board, live_address: Address) -> None:
    await live.add()
    async with event_source(live_address, EVENTS, last_id=format_cursor(99)) as source:
        event = await source.event()
        assert event
        assert event[1]["errors"][0]["extensions"] == {"code": "UNKNOWN_CURSOR"}
        assert await source.event() == ("complete", None)


async def test_a_gap_is_told_once_with_an_id_to_go_on_from(live: Board, live_address: Address) -> None:
    await live.add()
    await live.started(key="other")
    await live.store.write(lambda writer: writer.prune(live.clock() + timedelta(days=1), 3))
    live.feed._tail.floor = 4  # as if the newest were not in memory
    async with event_source(live_address, EVENTS, after=START) as source, live_address.socket() as client:
        (gap, data), *rest = await following(source, 3)
        assert data["releaseEvents"] == {"__typename": "EventLogGap", "gap": format_cursor(3)}
        assert [last for last, _ in rest] == [format_cursor(4), format_cursor(5)]
        await client.subscribe(EVENTS, after=START)
        assert (await client.next()) == data
        await client.subscribe(PHASES, operation="2", after=START)
        while (message := await client.receive())["id"] != "2":
            continue
        assert message["payload"][0]["extensions"] == {"code": "EVENT_LOG_GAP", "cursor": format_cursor(3)}
    async with event_source(live_address, EVENTS, last_id=gap) as again:
        assert await following(again, 2) == rest


@pytest.mark.process
async def test_nothing_is_lost_or_repeated_when_the_server_is_killed(tmp_path: Path) -> None:
    with running_server(tmp_path, "--lease", "1") as server:
        address = Address(urlsplit(server.url).port or 0)
        logs: list[list[str]] = [[], []]
        async with connect(server.url) as api, asyncio.timeout(DEADLINE):
            tasks = [simulated(f"t{number}", 0.01) for number in range(30)]
            created = await api.act("createRelease", **simulated_plan(*tasks))
            followers = asyncio.gather(_over_websocket(address, logs[0]), _over_sse(address, logs[1]))
            await api.act("startRelease", releaseId=created["release"]["id"])
            for count in (10, 40):
                await _kill_after(server, logs[0], count)
            await followers
            history = [event["cursor"] for event in await api.history(created["release"]["id"])]
    assert logs[0] == logs[1] == history[: len(logs[0])]
    assert len(logs[0]) > 60


QUERY = """subscription ($after: Cursor) { releaseEvents(after: $after) {
  ... on ReleaseEvent { at: cursor } ... on PhaseChanged { phase: to } } }"""


async def _kill_after(server: Server, log: list[str], count: int) -> None:
    while len(log) < count:  # noqa: ASYNC110 - the follower does not tell
        await asyncio.sleep(0.005)
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.restart)


async def _over_websocket(address: Address, log: list[str]) -> None:
    while True:
        try:
            async with address.socket() as client:
                await client.subscribe(QUERY, after=log[-1] if log else START)
                while _noted((await client.next())["releaseEvents"], log):
                    continue
                return
        except (WebSocketException, OSError):
            await asyncio.sleep(0.02)


async def _over_sse(address: Address, log: list[str]) -> None:
    last = None
    while True:
        try:
            async with event_source(address, QUERY, last_id=last, after=START) as source:
                while event := await source.event():
                    last = source.last_id
                    if not _noted(event[1]["data"]["releaseEvents"], log):
                        return
        except (EOFError, OSError):
            await asyncio.sleep(0.02)


def _noted(event: dict[str, str], log: list[str]) -> bool:
    """Note an event; False for the last one."""
    log.append(event["at"])
    return event.get("phase") != "SUBMITTED"
