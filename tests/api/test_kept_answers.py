"""Requests whose answers are kept: as good as executed anew, whatever is committed meanwhile."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from phaseboard.domain.enums import Action
from phaseboard.store.memory import MemoryStore
from phaseboard.store.sqlite.store import SQLiteStore
from tests.api.client import STATUS, ask, post
from tests.engine.board import ID, Board

NODE = """query ($id: ID!) { node(id: $id) { __typename id
  ... on Task { status release { revision } } ... on RegressionCycle { tasks { status } }
  ... on Release { revision } } }"""
TASK = "query ($id: ID!) { node(id: $id) { ... on Task { status attempt } } }"
CYCLE = "query ($id: ID!) { node(id: $id) { ... on RegressionCycle { status } } }"
LIST = """query ($filter: ReleaseFilter) { releases(first: 5, filter: $filter) {
  nodes { id revision nextCycleAt tasks { status } statusResponse { currentPhase } } } }"""
EVENTS = "query ($id: ID!) { release(id: $id) { events(last: 3) { nodes { id } pageInfo { hasPreviousPage } } } }"
TEXT = "query ($id: ID!, $zone: TimeZone) { releaseStatus(releaseId: $id) { displayText(timeZone: $zone) } }"
NONE = "query ($id: ID!) { release(id: $id) { id revision } other: releaseStatus(releaseId: $id) { currentPhase } }"

ROAD = (
    lambda board: board.act(Action.PAUSE),
    lambda board: board.act(Action.RESUME),
    Board.work,
    lambda board: board.act(Action.TRIGGER_STAGE_2),
    Board.tick,
    Board.tick,
    Board.work,
)
"""From stage 1 to the end of the first cycle."""


@pytest.fixture(params=["memory", "sqlite"])
async def board(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Board]:
    store = MemoryStore() if request.param == "memory" else SQLiteStore(tmp_path / "board.db")
    async with Board(store, answers=True).still() as board:
        yield board


def hits(board: Board) -> int:
    return board.server.answers.hits


@asynccontextmanager
async def executing(board: Board) -> AsyncIterator[Board]:
    """A second server over the same store, which keeps no answers."""
    plain = Board(board.store, clock=board.clock, answers=False)
    await plain.feed.open()
    async with plain._client():
        yield plain
    plain.feed.close()


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (STATUS, {"id": ID}),
        (NODE, {"id": ID}),
        (NODE, {"id": "tsk-123-1"}),
        (TASK, {"id": "tsk-123-1"}),
        (CYCLE, {"id": "cyc-123-1"}),
        (NODE, {"id": "nothing"}),
        (LIST, {}),
        (LIST, {"filter": {"phases": ["KICKOFF"], "text": "mob"}}),
        (EVENTS, {"id": ID}),
        (TEXT, {"id": ID}),
        (NONE, {"id": "rel-9"}),
    ],
)
async def test_the_same_is_answered_once(board: Board, query: str, variables: dict[str, Any]) -> None:
    await board.started()
    first = await post(board, query, **variables)
    again = await post(board, query, **variables)
    assert (again.content, again.headers) == (first.content, first.headers)
    assert hits(board) == 1
    async with executing(board) as plain:
        for change in ROAD:
            await change(board)
            assert (await post(board, query, **variables)).content == (await post(plain, query, **variables)).content


@pytest.mark.parametrize(
    "query", ["{ viewer { scopes } }", "{ service { time } }", "{ nothing }", "{ node(id: 1.5) { id } }"]
)
async def test_what_depends_on_more_or_went_wrong_is_executed_each_time(board: Board, query: str) -> None:
    for _ in range(2):
        await post(board, query)
    assert (hits(board), len(board.server.answers)) == (0, 0)


async def test_the_clock_is_told_as_it_is(board: Board) -> None:
    told = []
    for _ in range(2):
        told.append((await ask(board, "{ service { time } }"))["service"]["time"])
        board.clock.move(seconds=1)
    assert told == ["2024-01-15T09:00:00Z", "2024-01-15T09:00:01Z"]


async def test_mutations_are_carried_out_each_time(board: Board) -> None:
    await board.add()
    start = "mutation ($id: ID!) { startRelease(input: {releaseId: $id}) { userErrors { code } } }"
    told = [(await ask(board, start, id=ID))["startRelease"]["userErrors"] for _ in range(2)]
    assert told == [[], [{"code": "ACTION_NOT_ALLOWED"}]]
    both = f"query A {{ __typename }} {start.replace('mutation', 'mutation B')}"
    body = {"query": both, "operationName": "B", "variables": {"id": ID}}
    for _ in range(2):
        assert (await board.http.post("/graphql", json=body)).json()["data"]["startRelease"]
    assert hits(board) == 0


async def test_each_zone_has_its_own_text(board: Board) -> None:
    await board.started()
    await board.work()
    await board.act(Action.TRIGGER_STAGE_2)
    texts = {}
    for zone in ("Europe/Berlin", "Asia/Tokyo", None, "Europe/Berlin"):
        told = (await ask(board, TEXT, id=ID, zone=zone))["releaseStatus"]["displayText"]
        assert texts.setdefault(zone, told) == told
    assert len(set(texts.values())) == 3
    assert hits(board) == 1


async def test_a_release_that_is_created_is_found(board: Board) -> None:
    for _ in range(2):
        assert (await ask(board, NONE, id=ID)) == {"release": None, "other": None}
    assert hits(board) == 1
    await board.add()
    assert (await ask(board, NONE, id=ID))["release"] == {"id": ID, "revision": 1}


async def test_pages_of_events_follow_the_log_when_it_is_pruned(board: Board) -> None:
    await board.started()
    page = (await ask(board, EVENTS, id=ID))["release"]["events"]
    assert [node["id"] for node in page["nodes"]] == ["evt-2", "evt-3", "evt-4"]
    board.clock.move(days=9)
    board.server.housekeeping._keep_events = timedelta(days=1)
    await board.server.housekeeping.tidy()
    assert (await ask(board, EVENTS, id=ID))["release"]["events"]["nodes"] == []


async def test_requests_that_differ_in_a_deciding_header_are_different(board: Board) -> None:
    await board.add()
    body = json.dumps({"query": STATUS, "variables": {"id": ID}})
    plain = {"Content-Type": "application/json"}
    for more in ({}, {"Authorization": "Bearer a"}, {"Authorization": "Bearer b"}, {"Accept": "application/json"}):
        await board.http.post("/graphql", content=body, headers={**plain, **more})
    assert hits(board) == 0
    await board.http.post("/graphql", content=body, headers={**plain, "Authorization": "Bearer a", "X-Other": "1"})
    assert hits(board) == 1


async def test_ids_of_nothing_count_as_well(board: Board) -> None:
    ids = [f"rel-{number}x" for number in range(100)]
    await post(board, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    assert len(board.server.answers) == 1
    assert board.server.answers.bytes > 100 * 100
