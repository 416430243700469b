"""Answers that are kept: as good as executed anew, whatever is committed meanwhile."""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from phaseboard.api import answers as answers_module
from phaseboard.api.answers import OVERHEAD, Answer, Answers, Reads
from phaseboard.domain.enums import Action
from phaseboard.store.memory import MemoryStore
from phaseboard.store.port import Change
from phaseboard.store.sqlite.store import SQLiteStore
from tests.api.client import STATUS, ask, post
from tests.engine.board import ID, Board
from tests.feed.test_recent import ID as KNOWN
from tests.feed.test_recent import published

KEY = (b"POST", b"", b"{}")


@pytest.fixture(params=["memory", "sqlite"])
async def board(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Board]:
    store = MemoryStore() if request.param == "memory" else SQLiteStore(tmp_path / "board.db")
    async with Board(store, answers=True).still() as board:
        yield board


def answer(body: bytes = b"{}", **reads: Any) -> Answer:
    return Answer(body, b'"tag"', (), Reads(**{"began": 0, "answered": True, **reads}))


def hits(board: Board) -> int:
    return board.server.answers.hits


# What stands


def test_an_answer_stands_until_what_it_read_has_changed() -> None:
    answers = Answers()
    answers.put(KEY, answer(releases={"rel-a": 3, "rel-none": 0}))
    answers.committed([Change("rel-b", 1)])
    assert answers.get(KEY)
    answers.committed([Change("rel-none", 1)])
    assert answers.get(KEY) is None
    assert (len(answers), answers.bytes, answers.hits, answers.misses) == (0, 0, 1, 1)


def test_a_list_stands_until_anything_has_changed() -> None:
    answers = Answers()
    answers.put(KEY, answer(listed=True))
    answers.committed([])
    assert answers.get(KEY)
    answers.committed([Change("rel-b", 1)])
    assert answers.get(KEY) is None


@pytest.mark.parametrize("reads", [{"releases": {KNOWN: 3}}, {"listed": True}])
def test_what_others_committed_is_learnt_from_the_log(reads: dict[str, Any]) -> None:
    answers = Answers()
    answers.committed([Change(KNOWN, 3)])
    answers.put(KEY, answer(**{**reads, "began": answers.reading().began}))
    answers.publish([published(2, 5), published(3, 6)])
    assert answers.get(KEY), "what this process committed is no news"
    answers.publish([published(4, 7)])
    assert answers.get(KEY) is None


def test_a_log_that_lags_behind_makes_no_old_answer_stand_again() -> None:
    answers = Answers()
    answers.committed([Change(KNOWN, 3)])
    answers.put(KEY, answer(began=answers.reading().began, releases={KNOWN: 3}))
    answers.committed([Change(KNOWN, 4)])
    answers.publish([published(3, 6)])
    answers.committed([Change(KNOWN, 3)])
    assert answers.get(KEY) is None


def test_nothing_stands_while_others_may_have_committed_without_a_word() -> None:
    current = True
    answers = Answers(is_current=lambda: current)
    answers.put(KEY, answer(releases={KNOWN: 3}))
    current = False
    assert answers.find(KEY) is None
    current = True
    assert answers.find(KEY)


@pytest.mark.parametrize("listed", [False, True])
def test_what_was_begun_before_it_was_outdated_does_not_stand(listed: bool) -> None:
    answers = Answers()
    begun = answers.reading()
    answers.put(KEY, answer(listed=listed))
    answers.outdate()
    assert answers.get(KEY) is None
    answers.put(KEY, answer(began=begun.began))
    assert answers.get(KEY) is None
    answers.put(KEY, answer(began=answers.reading().began, listed=listed))
    assert answers.get(KEY)


def test_what_a_commit_made_old_on_the_way_is_not_kept() -> None:
    answers = Answers()
    reads = answers.reading()
    answers.committed([Change("rel-a", 4)])
    answers.put(KEY, answer(began=reads.began, listed=True))
    answers.put(KEY, answer(releases={"rel-a": 3}))
    assert answers.get(KEY) is None
    answers.put(KEY, answer(releases={"rel-a": 5}))
    assert answers.get(KEY) is None, "a revision that no commit has told of yet"


def test_of_a_list_no_release_is_kept_since_any_commit_makes_it_old() -> None:
    answers = Answers()
    answers.put(KEY, answer(b"", listed=True, releases={f"rel-{number}": 1 for number in range(100)}))
    assert answers.get(KEY)
    assert answers.bytes == OVERHEAD + sum(map(len, KEY))
    answers.committed([Change("rel-7", 2)])
    assert answers.get(KEY) is None


@pytest.mark.parametrize("reads", [{"answered": False}, {"kept": False}])
def test_what_is_not_to_be_kept_is_not(reads: dict[str, Any]) -> None:
    answers = Answers()
    answers.put(KEY, answer(**reads))
    assert len(answers) == 0


def test_one_release_read_at_two_revisions_is_not_kept() -> None:
    answers, torn = Answers(), answer(releases={"rel-a": 1})
    torn.reads.release("rel-a", 2)
    answers.put(KEY, torn)
    assert answers.get(KEY) is None
    torn.reads.again()
    torn.reads.release("rel-a", 2)
    answers.put(KEY, torn)
    assert answers.get(KEY) is torn


def test_of_more_releases_than_are_known_nothing_is_kept() -> None:
    answers = Answers(max_known=3)
    answers.committed([Change(f"rel-{number}", 2) for number in range(3)])
    answers.put(KEY, answer(began=answers.reading().began, releases={"rel-0": 2}))
    assert answers.get(KEY)
    stale = answer(began=answers.reading().began, releases={"rel-0": 2})
    answers.committed([Change("rel-0", 3), Change("rel-3", 1)])
    assert answers.get(KEY) is None
    answers.put(KEY, stale)
    assert answers.get(KEY) is None


def test_what_was_used_longest_ago_makes_room() -> None:
    size = OVERHEAD + 100 + 1
    answers = Answers(max_bytes=3 * size)
    for name in (b"a", b"b", b"c"):
        answers.put((name,), answer(b"x" * 100))
    assert answers.bytes == 3 * size
    assert answers.get((b"a",))
    answers.put((b"d",), answer(b"x" * 100))
    assert [answers.get((name,)) is None for name in (b"a", b"b", b"c", b"d")] == [False, True, False, False]
    answers.put((b"a",), answer(b"y" * 50))
    assert answers.bytes == 3 * size - 50


def test_keys_count_as_well_and_what_is_too_large_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Answers(max_bytes=10 * 16_384)
    for number in range(100):
        answers.put((b"%d" % number * 8_192,), answer())
    assert len(answers) < 11
    assert answers.bytes <= 10 * 16_384
    monkeypatch.setattr(answers_module, "LARGEST", 10)
    large = Answers()
    large.put(KEY, answer(b"x" * 11))
    assert len(large) == 0


@pytest.mark.parametrize("many", [1, 6, 100, 1_000])
def test_what_was_read_counts_as_well(many: int) -> None:
    answers = Answers()
    answers.put(KEY, answer())
    counted = answers.bytes
    releases = {f"rel-{number:032}": number for number in range(300, 300 + many)}
    answers.put(KEY, answer(releases=releases))
    parts = sum(map(sys.getsizeof, (*releases, *releases.values())))
    assert answers.bytes - counted >= parts + sys.getsizeof(releases) - sys.getsizeof({"an": "entry"})
    answers.put(KEY, answer())
    assert answers.bytes == counted


async def test_ids_of_nothing_count_as_well(board: Board) -> None:
    ids = [f"rel-{number}x" for number in range(100)]
    await post(board, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    assert len(board.server.answers) == 1
    assert board.server.answers.bytes > 100 * 100


def test_nothing_is_kept_unless_enabled() -> None:
    answers = Answers(enabled=False)
    answers.put(KEY, answer())
    assert answers.get(KEY) is None
    assert (answers.hits, answers.misses) == (0, 0)


# What is read

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
