"""Limits: what a document weighs, which limit it exceeds first, and that none of any content holds the server up."""

import pytest
from graphql import parse

from phaseboard.api.limits import CODE, LimitInvalid, Limits
from phaseboard.api.weight import Bounds, Weight, weigh

WIDE = Bounds(depth=100, fields=100_000)


def weight(text: str, bounds: Bounds = WIDE) -> Weight:
    return weigh(parse(text), bounds)


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
    measured = weight(text, limits.bounds)
    assert measured.fields <= limits.fields + 1
    assert measured.depth <= limits.depth + 1
    assert limits.exceeded(measured) or measured.fields == 1


@pytest.mark.parametrize("name", ["tokens", "operations", "depth", "fields", "aliases", "directives", "repeated"])
def test_the_limit_is_allowed_and_one_more_is_not(name: str) -> None:
    limits = Limits()
    allowed = getattr(limits, name)
    assert not limits.exceeded(Weight(**{name: allowed}))
    [error] = limits.exceeded(Weight(**{name: allowed + 1}))
    assert str(allowed) in error.message
    assert error.extensions == {"code": CODE, "limit": name, "allowed": allowed}


def test_limits_are_looked_at_in_their_order() -> None:
    limits = Limits()
    heavy = Weight(10**6, 10**6, 10**6, 10**6, 10**6, 10**6, 10**6)
    told = []
    for name in ("tokens", "operations", "depth", "fields", "aliases", "directives", "repeated"):
        told.append(limits.exceeded(heavy)[0].extensions["limit"])  # type: ignore[index]
        setattr(heavy, name, 0)
    assert told == ["tokens", "operations", "depth", "fields", "aliases", "directives", "repeated"]
    assert not limits.exceeded(heavy)


def test_limits_are_set_by_name() -> None:
    limits = Limits.parse(["depth=12", " pageSize = 50 ", "depth=13"])
    assert (limits.depth, limits.page_size, limits.aliases) == (13, 50, 30)
    assert limits.shown["pageSize"] == 50
    assert Limits.parse([f"{name}=7" for name in limits.shown]) == Limits(**dict.fromkeys(Limits.__slots__, 7))


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("deph=3", "did you mean 'depth'"),
        ("nothing=3", "known are bodyBytes, tokens"),
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
