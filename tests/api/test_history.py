"""Release.events: the history, page by page, and the cursors that lead into streams."""

from typing import Any

import pytest

from phaseboard.api.scalars import format_cursor
from phaseboard.domain.enums import Action, Phase
from tests.api.client import ask, errors
from tests.engine.board import ID, Board, to_phase

PAGE = """query ($id: ID!, $first: Int, $after: Cursor, $last: Int, $before: Cursor) {
  release(id: $id) { events(first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { id cursor } } nodes { id }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  } }
}"""


async def page(board: Board, **given: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await ask(board, PAGE, id=ID, **given))["release"]["events"]
    assert [edge["node"]["id"] for edge in found["edges"]] == [node["id"] for node in found["nodes"]]
    assert all(edge["cursor"] == edge["node"]["cursor"] for edge in found["edges"])
    return found


def ids(found: dict[str, Any]) -> list[str]:
    return [node["id"] for node in found["nodes"]]


@pytest.fixture
async def log(board: Board) -> list[str]:
    """Return the ids of a release's events, in order, among those of another one."""
    await board.started(key="other")
    await board.act(Action.PAUSE, release_id="rel-other")
    await to_phase(board, Phase.PAUSED_BY_FAILURE)
    await board.act(Action.RESUME, release_id="rel-other")
    await board.act(Action.SKIP_TASK, task="branch")
    return [f"evt-{recorded.position}" for recorded in await board.events(ID)]


@pytest.mark.parametrize("size", [1, 2, 5, 100])
async def test_walking_the_pages_gives_each_event_once_both_ways(board: Board, log: list[str], size: int) -> None:
    found = await page(board, first=size)
    forwards = ids(found)
    while found["pageInfo"]["hasNextPage"]:
        found = await page(board, first=size, after=found["pageInfo"]["endCursor"])
        assert found["pageInfo"]["hasPreviousPage"]
        forwards += ids(found)
    found = await page(board, last=size)
    backwards = ids(found)
    while found["pageInfo"]["hasPreviousPage"]:
        found = await page(board, last=size, before=found["pageInfo"]["startCursor"])
        assert found["pageInfo"]["hasNextPage"]
        backwards = ids(found) + backwards
    assert forwards == backwards == log


async def test_beyond_the_end_there_is_nothing(board: Board, log: list[str]) -> None:
    assert ids(await page(board, after=format_cursor(10_000))) == []
    assert ids(await page(board, after=format_cursor(2**63 - 1))) == []
    assert ids(await page(board, last=100, before=format_cursor(2**63 - 1))) == log
    assert ids(await page(board, last=1, before=format_cursor(0))) == []
    assert ids(await page(board, after=format_cursor(0), first=100)) == log


@pytest.mark.parametrize(
    "given",
    [
        {"first": 1, "last": 1},
        {"first": 101},
        {"first": -1},
        {"first": 1, "before": format_cursor(1)},
        {"last": 1, "after": format_cursor(1)},
        {"after": ""},
        {"after": "garbage"},
        {"after": "ZTE1\0"},
        {"after": format_cursor(2**63)},
        {"after": format_cursor(-1)},
        {"after": "é"},
        {"after": "\ud800"},
        {"after": 1},
        {"after": "x" * 100_000},
    ],
)
async def test_what_makes_no_sense_is_refused(board: Board, log: list[str], given: dict[str, Any]) -> None:
    assert await errors(board, PAGE, id=ID, **given)


async def test_the_cursor_of_a_status_is_that_of_the_newest_event(board: Board, log: list[str]) -> None:
    status = (await ask(board, "query ($id: ID!) { releaseStatus(releaseId: $id) { cursor } }", id=ID))["releaseStatus"]
    assert (await page(board, last=1))["pageInfo"]["endCursor"] == status["cursor"]
    assert ids(await page(board, after=status["cursor"])) == []


async def test_every_kind_of_event_tells_its_own(board: Board) -> None:
    await to_phase(board, Phase.REGRESSION_CYCLE_STARTING)
    query = """query ($id: ID!) { release(id: $id) { events(first: 100) { nodes { __typename revision occurredAt
      ... on ReleaseCreated { name version }
      ... on ActionPerformed { action onTask }
      ... on TaskChanged { name stage taskFrom taskTo attempt cycle }
      ... on CycleChanged { number tag cycleFrom cycleTo }
      ... on PhaseChanged { from to action }
    } } } }"""
    nodes = (await ask(board, query, id=ID))["release"]["events"]["nodes"]
    first = {
        kind: next(node for node in nodes if node["__typename"] == kind) for kind in {n["__typename"] for n in nodes}
    }
    nine, noon = "2024-01-15T09:00:00Z", "2024-01-15T12:00:00Z"
    told = {kind: {key: value for key, value in node.items() if key != "__typename"} for kind, node in first.items()}
    assert told == {
        "ReleaseCreated": {"revision": 1, "occurredAt": nine, "name": "Mobile", "version": "1.0.0"},
        "ActionPerformed": {"revision": 2, "occurredAt": nine, "action": "START", "onTask": None},
        "TaskChanged": {
            "revision": 3,
            "occurredAt": nine,
            "name": "branch",
            "stage": "STAGE_1",
            "taskFrom": "PENDING",
            "taskTo": "IN_PROGRESS",
            "attempt": 1,
            "cycle": None,
        },
        "CycleChanged": {
            "revision": 8,
            "occurredAt": noon,
            "number": 1,
            "tag": "RC1",
            "cycleFrom": None,
            "cycleTo": "NOT_STARTED",
        },
        "PhaseChanged": {"revision": 1, "occurredAt": nine, "from": None, "to": "NOT_STARTED", "action": None},
    }
