"""Small requests that are meant to cost a lot: each has a name, so that a failure tells which one hurt."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

BODY = 262_144
"""The largest body that a server reads."""


def doubling(levels: int) -> str:
    """Return a document of fragments each of which spreads the next one twice."""
    spreads = [f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(levels)]
    return " ".join(["{ ...f0 }", *spreads, f"fragment f{levels} on Query {{ __typename }}"])


def doubling_below(levels: int) -> str:
    """Return the same, with a field between one fragment and the next."""
    below = [f"fragment f{n} on Task {{ a: release {{ ...r{n} }} b: release {{ ...r{n} }} }}" for n in range(levels)]
    back = [f"fragment r{n} on Release {{ tasks {{ ...f{n + 1} }} }}" for n in range(levels)]
    return " ".join(["{ node(id: 1) { ...f0 } }", *below, *back, f"fragment f{levels} on Task {{ id }}"])


def circles(deep: int) -> str:
    """Return an introspection that goes around in circles."""
    return "{ __schema { types " + "{ fields { type { name ofType " * deep + "{ name }" + "} } }" * deep + " } }"


def wide_fragments(count: int) -> str:
    """Return a document in which many fragments answer to the same names."""
    spreads = " ".join(f"...f{n}" for n in range(count))
    return f"{{ viewer {{ {spreads} }} }} " + " ".join(f"fragment f{n} on Viewer {{ scopes }}" for n in range(count))


def spread_at_each_place(levels: int, times: int) -> str:
    """Return a document with one fragment at each of many places that spreads another one again and again."""
    inner = [f"tasks {{ ...d{n + 1} ...z }} cycles {{ ...d{n + 1} ...z }}" for n in range(levels)]
    doubling = " ".join(f"fragment d{n} on Release {{ {fields} }}" for n, fields in enumerate(inner))
    wide = f"fragment z on Task {{ {'...f ' * times}}} fragment f on Task {{ id }}"
    return f"{{ ...d0 }} {doubling} fragment d{levels} on Release {{ id }} {wide}"


EMPTY_LINES = "\n" * 120_000
"""What stands before an error that is far down."""

TOO_LONG = "releases(first: 101) { nodes { id } }"
"""A field that fails when it is executed."""

DOCUMENTS: Mapping[str, str] = {
    "fragments that double": doubling(25),
    "fragments that double, deeper": doubling(300),
    "fields that double": doubling_below(12),
    "a fragment that spreads one other 850 times": spread_at_each_place(9, 850),
    "one field 1,900 times": "{ viewer {" + " scopes" * 1_900 + " } }",
    "__typename 500 times": "{" + " __typename" * 500 + " }",
    "__typename 1,990 times": "{" + " __typename" * 1_990 + " }",
    "selections merged 490 times": "{" + " viewer { scopes }" * 490 + " }",
    "selections merged, nested": "{" + ' release(id: "1") { tasks { release { tasks { id } } } }' * 70 + " }",
    "fragments that all answer to one name": wide_fragments(200),
    "inline fragments within each other": "{ viewer {" + "... { " * 600 + "scopes" + " }" * 600 + " } }",
    "aliases": "{ " + " ".join(f"a{n}: viewer {{ scopes }}" for n in range(450)) + " }",
    "aliases of the schema": "{ " + " ".join(f"a{n}: __schema {{ types {{ name }} }}" for n in range(200)) + " }",
    "expensive pages by aliases": "{ "
    + " ".join(f"a{n}: releases(first: 100) {{ nodes {{ tasks {{ id }} }} }}" for n in range(100))
    + " }",
    "directives": "{ viewer" + " @include(if: true)" * 450 + " { scopes } }",
    "directives that are unknown": "{ viewer" + " @x" * 900 + " { scopes } }",
    "directives of the operation": "query" + " @skip(if: true)" * 450 + " { viewer { scopes } }",
    "introspection in circles": circles(60),
    "introspection in circles, a little": circles(3),
    "depth": "{ node(id: 1) " + "{ ... on Task { release { tasks " * 100 + "{ id }" + " } } }" * 100 + " }",
    "many variables": "query (" + " ".join(f"$v{n}: Int" for n in range(450)) + ") { viewer { scopes } }",
    "variables with deep types": "query ($v: " + "[" * 950 + "Int" + "]" * 950 + ") { viewer { scopes } }",
    "many operations": " ".join(f"query q{n} {{ viewer {{ scopes }} }}" for n in range(250)),
    "many fragments, unused": "{ viewer { scopes } } "
    + " ".join(f"fragment f{n} on Viewer {{ scopes }}" for n in range(240)),
    "lists within lists": "{ nodes(ids: " + "[" * 990 + "]" * 990 + ") { id } }",
    "objects within objects": "{ releases(filter: " + "{a: " * 490 + "1" + "}" * 490 + ") { nodes { id } } }",
    "unknown input fields": "{ releases(filter: {"
    + " ".join(f"phase{n}: 1" for n in range(600))
    + "}) { nodes { id } } }",
    "unknown fields": "{ " + " ".join(f"viewr{n}" for n in range(1_900)) + " }",
    "unknown arguments": "{ viewer(" + " ".join(f"a{n}: 1" for n in range(600)) + ") { scopes } }",
    "unknown types": "query (" + " ".join(f"$v{n}: T{n}" for n in range(390)) + ") { viewer { scopes } }",
    "a long name": "{ " + "x" * 250_000 + " }",
    "a long fragment name": "{ ..." + "x" * 250_000 + " }",
    "a long operation name": "query " + "x" * 250_000 + " { viewer { scopes } }",
    "a long variable name": "query ($" + "x" * 250_000 + ": Int) { viewer { scopes } }",
    "a long type name": "query ($a: " + "x" * 250_000 + ") { viewer { scopes } }",
    "a long enum value": "{ releases(filter: {phases: [" + "X" * 250_000 + "]}) { nodes { id } } }",
    "a long text": '{ release(id: "' + "x" * 250_000 + '") { id } }',
    "a long number": "{ releases(first: " + "9" * 250_000 + ") { nodes { id } } }",
    "a long comment": "{ viewer { scopes } } #" + "x" * 250_000,
    "many comments": "#\n" * 80_000 + "{ viewer { scopes } }",
    "commas": "{" + "," * 250_000 + " viewer { scopes } }",
    "a block text of empty lines": '{ release(id: """' + "\n" * 120_000 + '""") { id } }',
    "escapes": '{ release(id: "' + "\\u0041" * 37_000 + '") { id } }',
    "unknown fields far down": EMPTY_LINES + "{ x y z w a b c d e f g h }",
    "arguments that come again, far down": EMPTY_LINES
    + "{ "
    + " ".join(f"a{n}: releases({'first: 1 ' * 20}) {{ nodes {{ id }} }}" for n in range(20))
    + " }",
    "results that fail far down": EMPTY_LINES + "{ " + " ".join(f"a{n}: {TOO_LONG}" for n in range(30)) + " }",
    "merged results that fail far down": EMPTY_LINES
    + "{ "
    + " ".join(f"a{n % 15}: {TOO_LONG}" for n in range(30))
    + " }",
    "broken far down": EMPTY_LINES + "{ viewer(",
    "broken at the end": "{ viewer { scopes } " * 90,
}

CREATE = "mutation ($v: CreateReleaseInput!) { createRelease(input: $v) { userErrors { message path } } }"


def plan_of(*kickoff: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the creation of a release with these tasks; one that is named nowhere keeps it from being created."""
    tasks = [{"name": f"t{number}", "executor": "webhook", **task} for number, task in enumerate(kickoff)]
    last = [{"name": "last", "executor": "manual", "needs": ["nowhere"]}]
    cycles = {"cycles": [{"after": "0s"}], "tasks": [{"name": "t", "executor": "manual"}]}
    return CREATE, {"name": "n", "version": "1", "kickoff": tasks, "regression": cycles, "preRelease": last}


def call(body: str, url: str = "http://127.0.0.1:9/") -> Mapping[str, Any]:
    """Return a task that sends this."""
    return {"needs": [], "with": {"url": url, "body": body}}


VARIABLES: Mapping[str, tuple[str, Any]] = {
    "a plan of a long name": plan_of(call("{{" + "a." * 100_000 + "a}}")),
    "a plan of four long names": plan_of(*[call("{{" + "a." * 30_000 + "a}}")] * 4),
    "a plan of many references": plan_of(*[call("{{release.id}}" * 500)] * 30),
    "a plan of as many references as may be": plan_of(
        *[call("{{release.id|lower|upper|lower|upper|lower}}" * 500)] * 4
    ),
    "a plan of many filters": plan_of(*[call("{{release.id" + "|lower" * 10_000 + "}}")] * 4),
    "a plan of braces as such": plan_of(*[call("{% raw %}{% endraw %}" * 3_000)] * 4),
    "a plan of long addresses": plan_of(*[call("", "http://127.0.0.1:9/" + "ä" * 1_000)] * 40),
    "a plan of many needs": plan_of(*({"needs": [f"t{m}" for m in range(max(0, n - 22), n)]} for n in range(200))),
    "a plan of needs that are nearly known": plan_of(
        *({"name": f"{'a' * 34}{n:04}", "needs": [f"{'a' * 30}b{m}" for m in range(20)]} for n in range(150))
    ),
    "a long list of ids": ("query ($v: [ID!]!) { nodes(ids: $v) { id } }", ["x"] * 50_000),
    "a long list of wrong ids": ("query ($v: [ID!]!) { nodes(ids: $v) { id } }", [{}] * 50_000),
    "a list of phases": (
        "query ($v: [Phase!]) { releases(filter: {phases: $v}) { nodes { id } } }",
        ["KICKOFF"] * 20_000,
    ),
    "a list of phases that are none": (
        "query ($v: [Phase!]) { releases(filter: {phases: $v}) { nodes { id } } }",
        ["KICKOF"] * 20_000,
    ),
    "a list of phases that are none, far down": (
        EMPTY_LINES + "query ($v: [Phase!]) { releases(filter: {phases: $v}) { nodes { id } } }",
        ["KICKOF"] * 1_000,
    ),
    "unknown keys": (
        "query ($v: ReleaseFilter) { releases(filter: $v) { nodes { id } } }",
        {f"phase{n}": 1 for n in range(600)},
    ),
    "very many unknown keys": (
        "query ($v: ReleaseFilter) { releases(filter: $v) { nodes { id } } }",
        {f"phase{n}": 1 for n in range(12_000)},
    ),
    "a long number": ("query ($v: Int) { releases(first: $v) { nodes { id } } }", 10**4_000),
    "a long text for a number": ("query ($v: Int) { releases(first: $v) { nodes { id } } }", "9" * 250_000),
    "a long cursor": ("query ($v: String) { releases(after: $v) { nodes { id } } }", "A" * 250_000),
    "a long duration": (
        "query ($v: TimeZone) { releaseStatus(releaseId: 1) { displayText(timeZone: $v) } }",
        "a/" * 120_000,
    ),
    "a plan of many tasks": (
        CREATE,
        {
            "name": "n",
            "version": "1",
            "kickoff": [{"name": f"t{n}", "executor": "none"} for n in range(4_000)],
            "regression": {"cycles": [{"after": "x"}] * 2_000, "tasks": []},
            "preRelease": [],
        },
    ),
    "a plan that needs itself": (
        CREATE,
        {
            "name": "n",
            "version": "1",
            "kickoff": [
                {"name": f"t{n}", "executor": "manual", "needs": [f"t{m}" for m in range(60) if m != n]}
                for n in range(60)
            ],
            "regression": {"cycles": [{"after": "0s"}], "tasks": []},
            "preRelease": [],
        },
    ),
}


def bombs() -> Iterator[tuple[str, bytes]]:
    """Yield the name and the body of each."""
    for name, document in DOCUMENTS.items():
        yield name, json.dumps({"query": document}).encode()
    for name, (document, value) in VARIABLES.items():
        yield f"variables: {name}", json.dumps({"query": document, "variables": {"v": value}}).encode()
    yield (
        "many variables that nobody declared",
        json.dumps({"query": "{ viewer { scopes } }", "variables": {f"v{n}": n for n in range(14_000)}}).encode(),
    )
    yield "nested JSON", b'{"query": "{ viewer { scopes } }", "variables": ' + b'{"a":' * 40_000
    yield "nested lists of JSON", b"[" * BODY
    yield "a batch", json.dumps([{"query": "{ viewer { scopes } }"}] * 5_000).encode()
    yield "keys that come again", b'{"query": "{ viewer { scopes } }"' + b', "variables": {}' * 15_000 + b"}"
    yield "a body of spaces", b" " * (BODY - 100) + b'{"query": "{ viewer { scopes } }"}'
