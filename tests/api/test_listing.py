"""The list of releases: orders, filters, cursors, and what it costs."""

import base64
import itertools
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from phaseboard.domain.enums import Action
from phaseboard.domain.plan import CycleSpec
from phaseboard.store.memory import MemoryStore
from phaseboard.store.port import Reader
from tests.api.client import GUIDE, ask, errors
from tests.engine.board import FAILED, Board
from tests.factory import at, make_plan

T = TypeVar("T")

PAGE = """query ($first: Int, $after: String, $last: Int, $before: String, $by: ReleaseOrder, $filter: ReleaseFilter) {
  releases(first: $first, after: $after, last: $last, before: $before, orderBy: $by, filter: $filter) {
    edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""

FIELDS = ("CREATED_AT", "UPDATED_AT", "NEXT_CYCLE_AT")
ORDERS = [{"field": field, "direction": direction} for field in FIELDS for direction in ("ASC", "DESC")]


async def page(board: Board, **given: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await ask(board, PAGE, **given))["releases"]
    edges = found["edges"]
    assert [edge["node"] for edge in edges] == found["nodes"]
    assert found["pageInfo"]["startCursor"] == (edges[0]["cursor"] if edges else None)
    assert found["pageInfo"]["endCursor"] == (edges[-1]["cursor"] if edges else None)
    return found


def ids(found: dict[str, Any]) -> list[str]:
    return [node["id"] for node in found["nodes"]]


async def many(board: Board) -> list[str]:
    """Make releases that are alike in each of the orders, two by two, some without a next cycle."""
    made = []
    for number in range(7):
        cycles = (CycleSpec(at(12 + number // 2)),) if number % 3 else (CycleSpec(after=timedelta(hours=1)),)
        made.append(await board.add(make_plan(cycles=cycles, name=f"Mobile {number}"), key=f"r{number}"))
        board.clock.move(minutes=number % 2)
    for number in (3, 0, 5):
        await board.act(Action.START, release_id=f"rel-r{number}")
        board.clock.move(minutes=number % 2)
    return made


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: f"{order['field']}-{order['direction']}")
@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
async def test_walking_the_pages_gives_each_release_once_both_ways(
    board: Board, order: dict[str, str], size: int
) -> None:
    made = await many(board)
    whole = ids(await page(board, first=100, by=order))
    assert sorted(whole) == sorted(made)
    forwards: list[str] = []
    found = await page(board, first=size, by=order)
    forwards += ids(found)
    while found["pageInfo"]["hasNextPage"]:
        found = await page(board, first=size, after=found["pageInfo"]["endCursor"], by=order)
        assert found["pageInfo"]["hasPreviousPage"]
        forwards += ids(found)
    backwards: list[str] = []
    found = await page(board, last=size, by=order)
    backwards = ids(found) + backwards
    while found["pageInfo"]["hasPreviousPage"]:
        found = await page(board, last=size, before=found["pageInfo"]["startCursor"], by=order)
        assert found["pageInfo"]["hasNextPage"]
        backwards = ids(found) + backwards
    assert forwards == backwards == whole


async def test_the_newest_come_first_unless_ordered_otherwise(board: Board) -> None:
    await many(board)
    assert ids(await page(board)) == ids(await page(board, by={"field": "CREATED_AT", "direction": "DESC"}))
    assert ids(await page(board, first=1)) == ["rel-r6"]


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_releases_without_a_next_cycle_come_last(board: Board, direction: str) -> None:
    await many(board)
    found = ids(await page(board, by={"field": "NEXT_CYCLE_AT", "direction": direction}))
    assert sorted(found[-3:]) == ["rel-r0", "rel-r3", "rel-r6"]


async def test_a_page_of_none_tells_whether_there_are_any(board: Board) -> None:
    assert (await page(board, first=0))["pageInfo"]["hasNextPage"] is False
    await board.add()
    assert (await page(board, first=0))["pageInfo"]["hasNextPage"] is True
    assert (await page(board, last=0))["pageInfo"]["hasPreviousPage"] is True


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, "abcd"),
        ({"statuses": None, "phases": None, "actions": None, "text": None, "updatedSince": None}, "abcd"),
        ({"statuses": [], "phases": [], "actions": [], "text": ""}, "abcd"),
        ({"statuses": ["PENDING"]}, "a"),
        ({"statuses": ["PENDING", "PAUSED"]}, "ac"),
        ({"phases": ["KICKOFF", "AWAITING_REGRESSION"]}, "bd"),
        ({"actions": ["START"]}, "a"),
        ({"actions": ["ARCHIVE"]}, "cd"),
        ({"actions": ["ARCHIVE"], "phases": ["PAUSED_BY_FAILURE"]}, "c"),
        ({"actions": ["ARCHIVE"], "phases": ["KICKOFF"]}, ""),
        ({"actions": ["ARCHIVE"], "statuses": ["IN_PROGRESS"]}, "d"),
        ({"text": "CHESS"}, "b"),
        ({"text": "2.0"}, "b"),
        ({"text": "REL-C"}, "c"),
        ({"text": "%"}, ""),
        ({"text": "_"}, ""),
        ({"text": "\0"}, ""),
        ({"text": "\ud800"}, ""),
        ({"updatedSince": "2024-01-15T09:00:00.000Z"}, "abcd"),
        ({"updatedSince": "2024-01-15T09:00:00.001Z"}, "d"),
        ({"updatedSince": "2024-01-15T10:30:00+01:00"}, "d"),
        ({"updatedSince": "9999-12-31T23:59:59Z"}, ""),
        ({"updatedSince": "0001-01-01T00:00:00Z"}, "abcd"),
    ],
)
async def test_all_conditions_of_a_filter_hold(board: Board, wanted: dict[str, Any], found: str) -> None:
    await board.started(key="c")
    await board.work(FAILED)
    await board.started(key="d")
    board.clock.move(minutes=30)
    await board.work()
    board.clock.move(minutes=-30)
    await board.started(make_plan(name="Chess", version="2.0"), key="b")
    await board.add(key="a")
    assert "".join(sorted(release_id[-1] for release_id in ids(await page(board, filter=wanted)))) == found


GARBAGE = ["", "x", "=", "====", "é", "\ud800", "bnVsbA", "W10", "MTIz", "x" * 10_000]


def cursor(plain: str) -> str:
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "garbage",
    [
        *GARBAGE,
        cursor('["CREATED_AT",1]'),
        cursor('["CREATED_AT",1,2]'),
        cursor('["CREATED_AT",1,"\\ud800"]'),
        cursor('["CREATED_AT",1,"rel-1\\u0000"]'),
        cursor('["CREATED_AT","1","rel-1"]'),
        cursor('["CREATED_AT",1e400,"rel-1"]'),
        cursor('["CREATED_AT",NaN,"rel-1"]'),
        cursor(f'["CREATED_AT",{"9" * 5000},"rel-1"]'),
        cursor('["CREATED_AT",99999999999999999,"rel-1"]'),
        cursor('[["CREATED_AT"],1,"rel-1"]'),
        cursor('["NEXT_CYCLE_AT",1,"rel-1"]'),
        cursor("[" * 10_000),
    ],
)
@pytest.mark.parametrize("way", ["after", "before"])
async def test_what_is_no_cursor_of_the_list_is_refused(board: Board, garbage: str, way: str) -> None:
    await board.add()
    size = "first" if way == "after" else "last"
    (message,) = await errors(board, PAGE, **{size: 1, way: garbage})
    assert "cursor" in message
    assert len(message) < 300


@pytest.mark.parametrize(("made", "used"), list(itertools.permutations(FIELDS, 2)))
async def test_a_cursor_of_another_order_is_refused(board: Board, made: str, used: str) -> None:
    await board.add()
    found = await page(board, by={"field": made, "direction": "ASC"})
    (message,) = await errors(board, PAGE, after=found["pageInfo"]["endCursor"], by={"field": used, "direction": "ASC"})
    assert made in message


@pytest.mark.parametrize(
    "given",
    [{"first": 1, "last": 1}, {"first": -1}, {"last": -1}, {"first": 101}, {"last": 2**31 - 1}, {"first": 2**31}],
)
async def test_sizes_that_make_no_sense_are_refused(board: Board, given: dict[str, int]) -> None:
    assert await errors(board, PAGE, **given)


@pytest.mark.parametrize("given", [{"first": 1, "before": "x"}, {"last": 1, "after": "x"}, {"before": "x"}])
async def test_a_cursor_that_does_not_go_with_the_direction_is_refused(board: Board, given: dict[str, Any]) -> None:
    await board.add()
    mark = (await page(board))["pageInfo"]["endCursor"]
    assert await errors(board, PAGE, **{key: mark if value == "x" else value for key, value in given.items()})


async def test_a_search_text_is_bounded(board: Board) -> None:
    (message,) = await errors(board, PAGE, filter={"text": "x" * 201})
    assert "200" in message


class CountingStore(MemoryStore):
    """Counts the times it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    async def read(self, work: Callable[[Reader], Awaitable[T]]) -> T:
        self.asked += 1
        return await super().read(work)


@pytest.mark.parametrize(
    ("fields", "reads"),
    [
        (f"id name statusResponse {{ {GUIDE} revision cursor }}", 1),
        (f"id nextCycleAt tasks {{ id name }} cycles {{ tag }} stores {{ store }} statusResponse {{ {GUIDE} }}", 2),
        ("events(last: 1) { nodes { id } } statusResponse { release { events(last: 1) { nodes { id } } } }", 2),
        ("a: events(first: 1) { nodes { id } } b: events(last: 2) { nodes { id } }", 2),
        ("tasks { release { events(first: 1) { nodes { id } } } }", 4),
        ("tasks { release { id statusResponse { currentPhase } } }", 3),
    ],
)
async def test_a_page_of_a_hundred_asks_the_store_as_often_as_a_page_of_one(fields: str, reads: int) -> None:
    async with Board(store := CountingStore()).still() as board:
        for number in range(100):
            await board.add(key=f"r{number}")
        for size in (1, 100):
            store.asked = 0
            found = await ask(board, f"{{ releases(first: {size}) {{ nodes {{ {fields} }} }} }}")
            assert len(found["releases"]["nodes"]) == size
            assert store.asked == reads


async def test_many_statuses_are_read_at_once() -> None:
    async with Board(store := CountingStore()).still() as board:
        for number in range(30):
            await board.add(key=f"r{number}")
        store.asked = 0
        parts = " ".join(f'r{n}: releaseStatus(releaseId: "rel-r{n}") {{ currentPhase }}' for n in range(30))
        assert len(await ask(board, f"{{ {parts} }}")) == 30
        assert store.asked == 1
