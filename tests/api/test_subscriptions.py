"""What changes, as it changes: over WebSocket and over Server-Sent Events, from a server whose loop runs."""

import asyncio
from typing import Any

import pytest

from phaseboard.api.scalars import format_cursor
from phaseboard.domain.enums import Action, Phase
from phaseboard.domain.events import PhaseChanged
from tests.api.client import GUIDE, ask, status
from tests.api.serving import Address, Events, Socket
from tests.engine.board import ID, Board
from tests.engine.hands import PATIENCE

STATUS = f"""subscription ($id: ID!, $known: Int) {{
  releaseStatus(releaseId: $id, knownRevision: $known) {{ revision cursor {GUIDE} }} }}"""
PHASES = """subscription ($id: ID, $after: Cursor) { phaseChanged(releaseId: $id, after: $after) {
  cursor from to revision action reason occurredAt actor { kind }
  release { id revision } status { currentPhase revision } } }"""
EVENTS = """subscription ($id: ID, $after: Cursor) { releaseEvents(releaseId: $id, after: $after) { __typename
  ... on ReleaseEvent { id cursor revision releaseId } ... on PhaseChanged { to } } }"""

START = format_cursor(0)
WAY = [
    "NOT_STARTED",
    "KICKOFF",
    "AWAITING_REGRESSION",
    *["REGRESSION_AWAITING_NEXT_CYCLE", "REGRESSION_CYCLE_STARTING", "REGRESSION_CYCLE_RUNNING"] * 3,
    "AWAITING_POST_REGRESSION",
    "POST_REGRESSION",
    "SUBMITTED",
    "COMPLETED",
]
"""All phases of a release of three cycles that meets no trouble."""

Client = Socket | Events


async def phases(client: Client, last: str = "COMPLETED") -> list[dict[str, Any]]:
    """Return the phase changes told up to one."""
    changes: list[dict[str, Any]] = []
    while not changes or changes[-1]["to"] != last:
        changes.append((await client.next())["phaseChanged"])
    return changes


async def events(client: Client, count: int) -> list[dict[str, Any]]:
    return [(await client.next())["releaseEvents"] for _ in range(count)]


async def test_the_status_comes_at_once_then_after_each_change(live: Board, live_address: Address) -> None:
    await live.add()
    async with live_address.socket() as client:
        await client.subscribe(STATUS, id=ID)
        first = (await client.next())["releaseStatus"]
        assert (first.pop("revision"), first.pop("cursor")) == (1, format_cursor(2))
        assert first == await status(live)
        await live.act(Action.START)
        told = []
        while not told or told[-1]["revision"] < 3:
            told.append((await client.next())["releaseStatus"])
        assert told[-1]["currentPhase"] == "KICKOFF"
        assert [one["revision"] for one in told] == sorted({one["revision"] for one in told})


@pytest.mark.parametrize(("known", "at_once"), [(None, True), (0, True), (2, True), (3, False), (99, True)])
async def test_a_status_that_is_known_is_not_told_again(
    live: Board, live_address: Address, known: int | None, at_once: bool
) -> None:
    await live.add()
    await live.act(Action.START)
    await live.hands.taken("branch")
    async with live_address.socket() as client:
        await client.subscribe(STATUS, id=ID, known=known)
        if at_once:
            assert (await client.next())["releaseStatus"]["revision"] == 3
        await client.alive()
        await live.act(Action.PAUSE)
        assert (await client.next())["releaseStatus"]["currentPhase"] == "PAUSED_BY_USER"


@pytest.mark.parametrize("last", ["ARCHIVED", "COMPLETED"])
async def test_the_status_ends_when_nothing_can_follow(live: Board, live_address: Address, last: str) -> None:
    await live.add()
    async with live_address.socket() as client, live_address.sse(STATUS, id=ID) as events:
        await client.subscribe(STATUS, id=ID)
        if last == "COMPLETED":
            await live.released()
        else:
            await live.act(Action.START, Action.PAUSE, Action.ARCHIVE)
        for stream in (client, events):
            while (await stream.next())["releaseStatus"]["currentPhase"] != last:
                continue
            await stream.completed()
        await client.subscribe(STATUS, id=ID)
        assert (await client.next())["releaseStatus"]["currentPhase"] == last
        await client.completed()


@pytest.mark.parametrize("query", [STATUS, PHASES, EVENTS])
async def test_a_release_that_does_not_exist_is_an_error(live_address: Address, query: str) -> None:
    async with live_address.socket() as client:
        await client.subscribe(query, id="rel-9")
        assert await client.errors() == ["There is no release rel-9."]
        await client.alive()
    async with live_address.sse(query, id="rel-9") as stream:
        result = await stream.result()
        assert result["errors"][0]["extensions"] == {"code": "NOT_FOUND"}
        await stream.completed()


@pytest.mark.parametrize("query", [PHASES, EVENTS])
async def test_a_cursor_beyond_the_log_is_refused(live: Board, live_address: Address, query: str) -> None:
    await live.add()
    async with live_address.socket() as client:
        for position in (3, 2**63 - 1):
            await client.subscribe(query, after=format_cursor(position))
            (message,) = await client.errors()
            assert "another database" in message
        await client.subscribe(query, after="garbage")
        assert "no cursor" in (await client.errors())[0]
        await client.alive()


async def test_each_phase_is_told_once_in_order_to_every_client(live: Board, live_address: Address) -> None:
    await live.add()
    async with (
        live_address.socket() as one,
        live_address.socket() as two,
        live_address.sse(PHASES, id=ID, after=START) as three,
    ):
        await one.subscribe(PHASES, id=ID, after=START)
        await two.subscribe(PHASES, after=START)
        await live.released()
        told = await phases(one)
        assert await phases(two) == await phases(three) == told
    assert [change["to"] for change in told] == WAY
    assert [change["from"] for change in told] == [None, *WAY[:-1]]
    assert all(change["status"]["currentPhase"] == change["to"] for change in told)
    assert all(change["revision"] == change["status"]["revision"] == change["release"]["revision"] for change in told)
    assert [change["action"] for change in told if change["action"]] == ["START", "TRIGGER_STAGE_2", "TRIGGER_STAGE_3"]


async def test_phases_are_resumed_without_a_gap_or_a_repeat(live: Board, live_address: Address) -> None:
    await live.add()
    await live.released()
    async with live_address.socket() as client:
        await client.subscribe(PHASES, id=ID, after=START)
        whole = await phases(client)
        for place, change in enumerate(whole[:-1]):
            await client.subscribe(PHASES, operation=f"from {place}", after=change["cursor"])
            for expected in whole[place + 1 :]:
                assert (await client.next(f"from {place}"))["phaseChanged"] == expected


async def test_without_a_cursor_a_stream_begins_with_what_comes(live: Board, live_address: Address) -> None:
    await live.add()
    await live.act(Action.START)
    await live.hands.taken("branch")
    await live.until(Phase.KICKOFF)
    async with live_address.socket() as client, live_address.sse(PHASES) as stream:
        await client.subscribe(PHASES)
        await client.alive()
        await live.act(Action.PAUSE)
        for follower in (client, stream):
            assert [change["to"] for change in await phases(follower, "PAUSED_BY_USER")] == ["PAUSED_BY_USER"]


async def test_events_are_told_as_they_stand_in_the_log(live: Board, live_address: Address) -> None:
    await live.add()
    await live.add(key="other")
    async with (
        live_address.socket() as client,
        live_address.sse(EVENTS, after=START) as stream,
    ):
        await client.subscribe(EVENTS, operation="one", id=ID, after=START)
        await live.released()
        await live.released("rel-other")
        log = await live.events()
        mine = [recorded for recorded in log if recorded.release_id == ID]
        told = [(await client.next("one"))["releaseEvents"] for _ in mine]
        assert [one["id"] for one in told] == [f"evt-{recorded.position}" for recorded in mine]
        assert [one["id"] for one in await events(stream, len(log))] == [f"evt-{n}" for n in range(1, len(log) + 1)]
    assert [one["revision"] for one in told] == [recorded.revision for recorded in mine]
    assert sorted({one["revision"] for one in told}) == list(range(1, (await live.release()).revision + 1))
    assert [one["to"] for one in told if one["__typename"] == "PhaseChanged"] == WAY


async def test_what_is_read_and_then_followed_has_no_gap(live: Board, live_address: Address) -> None:
    await live.add()
    await live.act(Action.START)
    await live.hands.taken("branch")
    query = """query ($id: ID!) { releaseStatus(releaseId: $id) { cursor
      release { events(first: 100) { nodes { id } pageInfo { endCursor } } } } }"""
    read = (await ask(live, query, id=ID))["releaseStatus"]
    before = read["release"]["events"]["nodes"]
    assert read["release"]["events"]["pageInfo"]["endCursor"] == read["cursor"]
    await live.act(Action.PAUSE)
    async with live_address.sse(EVENTS, id=ID, after=read["cursor"]) as stream:
        await live.act(Action.RESUME)
        after = await events(stream, 4)
    told = [one["id"] for one in [*before, *after]]
    assert told == [f"evt-{recorded.position}" for recorded in await live.events(ID)]


async def test_a_stream_ends_properly_when_the_server_stops(live: Board, live_address: Address) -> None:
    await live.add()
    async with live_address.socket() as client, live_address.sse(STATUS, id=ID) as stream:
        for operation, query in (("1", STATUS), ("2", PHASES), ("3", EVENTS)):
            await client.subscribe(query, operation=operation, id=ID)
        await client.next()
        await stream.next()
        await client.alive()
        live.server.end_streams()
        await stream.completed()
        code, reason = await client.closed()
        assert code == 1012
        assert "resume by cursor" in reason


async def test_a_client_that_goes_leaves_nothing_behind(live: Board, live_address: Address) -> None:
    await live.add()
    async with live_address.socket() as client:
        for operation in "abc":
            await client.subscribe(STATUS, operation=operation, id=ID)
            await client.next(operation)
        assert live.feed.followers >= 1
        await client.send({"id": "a", "type": "complete"})
        await client.alive()
    async with live_address.sse(STATUS, id=ID) as stream:
        await stream.next()
    async with asyncio.timeout(PATIENCE):
        while live.feed.followers:  # noqa: ASYNC110 - nobody is told that a follower went
            await asyncio.sleep(0)


async def test_phases_carry_who_why_and_when(live: Board, live_address: Address) -> None:
    await live.add()
    query = 'mutation { startRelease(input: {releaseId: "%s", reason: "go"}) { userErrors { message } } }'
    async with live_address.socket() as client:
        await client.subscribe(PHASES, id=ID)
        await client.alive()
        await ask(live, query % ID)
        change = (await client.next())["phaseChanged"]
    recorded = next(one for one in await live.events(ID) if isinstance(one.event, PhaseChanged) and one.revision == 2)
    assert change == {
        "cursor": format_cursor(recorded.position),
        "from": "NOT_STARTED",
        "to": "KICKOFF",
        "revision": 2,
        "action": "START",
        "reason": "go",
        "occurredAt": "2024-01-15T09:00:00Z",
        "actor": {"kind": "ANONYMOUS"},
        "release": {"id": ID, "revision": 2},
        "status": {"currentPhase": "KICKOFF", "revision": 2},
    }
