"""Limits: what a document weighs, which limit it exceeds first, and that none of any content holds the server up."""

import asyncio

import pytest
from graphql import parse

from phaseboard.api.documents import LONGEST_MESSAGE, MAX_ERRORS
from phaseboard.api.streams.pace import BURST, Pace
from phaseboard.api.weight import CODE, Weight, check_weight, weigh
from phaseboard.limits import LimitInvalid, Limits
from tests.api.client import ask
from tests.engine.board import Board

WIDE = Limits(depth=100, fields=100_000)


def weight(text: str, limits: Limits = WIDE) -> Weight:
    return weigh(parse(text), limits)


@pytest.mark.parametrize(
    ("text", "depth", "fields"),
    [
        ("{ a }", 1, 1),
        ("{ a { b { c } } d }", 3, 4),
        ("{ ...F } fragment F on Query { a { b } }", 2, 2),
        ("{ a { ...F } b { ...F } } fragment F on A { x { y } }", 3, 6),
        ("{ ... on Query { ... { a } } }", 1, 1),
        ("{ a } fragment Unused on Query { a { b { c } } }", 3, 4),
        ("{ ...F ...F ...F } fragment F on Query { a }", 1, 1),
        ("{ ...Missing a }", 1, 1),
        ("{ ...F } fragment F on Query { a ...F }", 1, 1),
        ("query A { a } query B { a { b } }", 2, 3),
        ("{ __schema { types { fields { type { name } } } } a }", 1, 6),
        ('{ __type(name: "A") { fields { name } } a { b } }', 2, 5),
    ],
)  # fmt: skip
def test_fields_are_counted_where_they_are_collected(text: str, depth: int, fields: int) -> None:
    measured = weight(text)
    assert (measured.depth, measured.fields) == (depth, fields)


def test_operations_aliases_directives_and_tokens_are_counted() -> None:
    measured = weight("query A @x { b: a @y @z ...F @p } query B { c: a } fragment F on Q @q { ... @r { d: a } }")
    assert (measured.operations, measured.aliases, measured.directives) == (2, 3, 6)
    assert measured.tokens == 40
    assert weight("query ($a: Int @x @y) @z { a }").directives == 3


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("{ a b c }", 0),
        ("{ a a a a }", 6),
        ("{ a: b a: b }", 1),
        ("{ a { x y } a { x } a { x } }", 3 + 3),
        ("{ a ...F } fragment F on Query { a { b } a { b } }", 3 + 1),
    ],
)
def test_fields_of_one_name_are_counted_in_pairs(text: str, pairs: int) -> None:
    assert weight(text).repeated == pairs


BOMBS = {
    "fields that double": "{ ...F0 }"
    + "".join(f"fragment F{n} on Q {{ a{n}: a {{ ...F{n + 1} }} b{n}: a {{ ...F{n + 1} }} }} " for n in range(40))
    + "fragment F40 on Q { a }",
    "spreads that double": "{ ...F0 }"
    + "".join(f"fragment F{n} on Q {{ ...F{n + 1} ...F{n + 1} }} " for n in range(100))
    + "fragment F100 on Q { a }",
    "a circle through fields": "{ ...F } fragment F on Q { a { ...F } b { ...F } }",
    "one field again and again": "{" + "a " * 1_900 + "}",
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_the_walk_ends_at_its_bounds(text: str) -> None:
    limits = Limits()
    measured = weight(text, limits)
    assert measured.fields <= limits.fields + 1
    assert measured.depth <= limits.depth + 1
    assert check_weight(measured, limits) or measured.fields == 1


@pytest.mark.parametrize("name", ["tokens", "operations", "depth", "fields", "aliases", "directives", "repeated"])
def test_the_limit_is_allowed_and_one_more_is_not(name: str) -> None:
    limits = Limits()
    allowed = getattr(limits, name)
    assert not check_weight(Weight(**{name: allowed}), limits)
    [error] = check_weight(Weight(**{name: allowed + 1}), limits)
    assert str(allowed) in error.message
    assert error.extensions == {"code": CODE, "limit": name, "allowed": allowed}


def test_limits_are_looked_at_in_their_order() -> None:
    limits = Limits()
    heavy = Weight(10**6, 10**6, 10**6, 10**6, 10**6, 10**6, 10**6)
    told = []
    for name in ("tokens", "operations", "depth", "fields", "aliases", "directives", "repeated"):
        told.append(check_weight(heavy, limits)[0].extensions["limit"])  # type: ignore[index]
        setattr(heavy, name, 0)
    assert told == ["tokens", "operations", "depth", "fields", "aliases", "directives", "repeated"]
    assert not check_weight(heavy, limits)


def test_limits_are_set_by_name() -> None:
    limits = Limits.parse(["depth=12", " pageSize = 50 ", "depth=13"])
    assert (limits.depth, limits.page_size, limits.aliases) == (13, 50, 30)
    assert limits.shown["pageSize"] == 50
    assert Limits.parse([f"{name}=7" for name in limits.shown]) == Limits(**dict.fromkeys(Limits.__slots__, 7))


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("deph=3", "did you mean 'depth'"),
        ("nothing=3", "known are headBytes, headFields, bodyBytes, tokens"),
        ("depth", "write a whole number"),
        ("depth=0", "write a whole number"),
        ("depth=-1", "write a whole number"),
        ("depth=1.5", "write a whole number"),
        ("depth=99999999999", "write a whole number"),
        ("depth=²", "write a whole number"),
        ("", "no limit named ''"),
    ],
)
def test_a_limit_that_cannot_be_set_is_told(setting: str, says: str) -> None:
    with pytest.raises(LimitInvalid, match=says.replace("²", ".")):
        Limits.parse([setting])


# Limits of a server


async def test_the_size_of_pages_is_a_limit() -> None:
    async with Board(limits=Limits(page_size=3)).still() as board:
        for number in range(5):
            await board.add(key=f"r{number}")
        assert len((await ask(board, "{ releases { nodes { id } } }"))["releases"]["nodes"]) == 3
        for query in ("{ releases(first: 4) { nodes { id } } }", '{ nodes(ids: ["a", "b", "c", "d"]) { id } }'):
            [error] = (await board.http.post("/graphql", json={"query": query})).json()["errors"]
            assert "3" in error["message"]


async def test_service_tells_the_limits() -> None:
    limits = Limits(aliases=7)
    async with Board(limits=limits).still() as board:
        told = (await ask(board, "{ service { limits { name value } } }"))["service"]["limits"]
    assert {limit["name"]: limit["value"] for limit in told} == limits.shown


async def test_a_server_need_not_tell_its_schema() -> None:
    async with Board(introspection=False).still() as board:
        for query in (
            "{ __schema { types { name } } }",
            "query ($t: String!) { viewer { scopes } ...F } fragment F on Query { __type(name: $t) { name } }",
        ):
            answer = (await board.http.post("/graphql", json={"query": query, "variables": {"t": "Query"}})).json()
            assert [error["extensions"]["code"] for error in answer["errors"]] == ["INTROSPECTION_OFF"]
            assert "data" not in answer
        [error] = (await board.http.post("/graphql", json={"query": "{ relases { nodes { id } } }"})).json()["errors"]
        assert "Did you mean" not in error["message"]
        assert await ask(board, "{ __typename }") == {"__typename": "Query"}


async def test_a_server_tells_its_schema_and_names_that_nearly_fit_unless_told_not_to() -> None:
    async with Board().still() as board:
        assert (await ask(board, "{ __schema { queryType { name } } }"))["__schema"]["queryType"]["name"] == "Query"
        [error] = (await board.http.post("/graphql", json={"query": "{ relases { nodes { id } } }"})).json()["errors"]
        assert "Did you mean 'releases'" in error["message"]


async def test_errors_are_few_and_short() -> None:
    async with Board().still() as board:
        many = "{" + " ".join(f"x{number}" for number in range(500)) + "}"
        assert len((await board.http.post("/graphql", json={"query": many})).json()["errors"]) <= MAX_ERRORS + 1
        long = "{ " + "x" * 50_000 + " }"
        assert len((await board.http.post("/graphql", json={"query": long})).text) < 2 * LONGEST_MESSAGE


async def test_who_sends_fast_is_read_more_slowly() -> None:
    clock = asyncio.get_running_loop().time
    pace = Pace(1_000)
    began = clock()
    for _ in range(BURST * 1_000):
        await pace.keep()
    for _ in range(50):
        await pace.keep()
    assert clock() - began >= 0.04, "the burst is free, what comes after it is not"


@pytest.mark.parametrize(
    ("ids", "refused"), [(["a"] * 8, False), (["a"] * 10, True), ([["a"] * 3] * 3, True), (["a"] * 50_000, True)]
)
async def test_variables_hold_only_so_many_values(ids: list[object], refused: bool) -> None:
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    async with Board(limits=Limits(values=9)).still() as board:
        answer = (await board.http.post("/graphql", json={"query": query, "variables": {"ids": ids}})).json()
        codes = [error.get("extensions", {}).get("code") for error in answer.get("errors", ())]
        assert (CODE in codes) is refused
        assert ("data" in answer) is not refused
