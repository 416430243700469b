"""What nobody should send over HTTP: every answer is JSON with GraphQL's errors, none is a fault of the server."""

import json
from typing import Any

import httpx
import pytest

from phaseboard.api.schema import FAULT
from phaseboard.limits import Limits
from tests.api.client import errors, mutate, perform, plan_input
from tests.engine.board import ID, Board

JSON = {"Content-Type": "application/json"}
NESTED = 100_000
LIMITS = Limits()
START = f'mutation {{ startRelease(input: {{releaseId: "{ID}"}}) {{ release {{ id }} }} }}'


def told(response: httpx.Response) -> list[str]:
    """Return the messages of an answer, which is GraphQL's whatever it answers."""
    assert response.headers["content-type"].startswith("application/json")
    assert response.status_code < 500
    body = response.json()
    assert not body.get("data") or None in body["data"].values()
    assert "Traceback" not in response.text
    assert len(response.text) < 20_000
    messages = [error["message"] for error in body["errors"]]
    assert all(messages)
    assert FAULT not in messages
    return messages


FIRST = b'{"query": "query ($n: Int) { releases(first: $n) { nodes { id } } }", "variables": {"n": %s}}'

BODIES: dict[str, bytes] = {
    "null": b"null",
    "a number": b"1",
    "a text": b'"x"',
    "a list": b"[]",
    "a list of requests": b'[{"query": "{ viewer { scopes } }"}]',
    "nothing": b"",
    "an empty object": b"{}",
    "no JSON": b"{query}",
    "not UTF-8": b"\xff\xfe",
    "cut short": b'{"query": "{ viewer',
    "nested lists": b"[" * NESTED,
    "nested objects": b'{"a":' * 40_000,
    "nested variables": b'{"query": "{ viewer { scopes } }", "variables": {"a": ' + b"[" * NESTED,
    "a huge integer": FIRST % (b"9" * 5_000),
    "an infinite number": FIRST % b"1e999",
    "not a number": FIRST % b"NaN",
    "a query that is null": b'{"query": null}',
    "a query that is a number": b'{"query": 1}',
    "a query that is a list": b'{"query": ["{ viewer { scopes } }"]}',
    "an empty query": b'{"query": ""}',
    "a query of spaces": b'{"query": "   "}',
    "a query of a byte order mark": b'{"query": "\xef\xbb\xbf"}',
    "variables that are a list": b'{"query": "{ viewer { scopes } }", "variables": []}',
    "variables that are a text": b'{"query": "{ viewer { scopes } }", "variables": "x"}',
    "variables that are a number": b'{"query": "{ viewer { scopes } }", "variables": 1}',
    "extensions that are a text": b'{"query": "{ viewer { scopes } }", "extensions": "x"}',
    "an operation name that is a number": b'{"query": "{ viewer { scopes } }", "operationName": 1}',
    "an operation name that is a list": b'{"query": "{ viewer { scopes } }", "operationName": []}',
    "an operation that is not there": b'{"query": "query a { viewer { scopes } }", "operationName": "b"}',
    "no operation": b'{"query": "fragment f on Query { viewer { scopes } }"}',
    "two operations and no name": b'{"query": "query a { viewer { scopes } } query b { viewer { scopes } }"}',
    "a lone surrogate": b'{"query": "\\ud800"}',
    "control characters": b'{"query": "{ viewer \\u0000 { scopes } }"}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_a_body_that_is_no_request_is_refused(board: Board, body: bytes) -> None:
    assert told(await board.http.post("/graphql", content=body, headers=JSON))


QUERIES: dict[str, tuple[str, dict[str, Any]]] = {
    "a syntax error": ("{ viewer", {}),
    "nothing selected": ("{}", {}),
    "nothing selected below": ("{ viewer {} }", {}),
    "nothing selected in a fragment": ("{ ...f } fragment f on Query {}", {}),
    "a subscription to nothing": ("subscription {}", {}),
    "an unknown field": ("{ viewer { name } }", {}),
    "an unknown argument": ("{ releases(firts: 1) { nodes { id } } }", {}),
    "an unknown type": ("query ($x: Nothing) { viewer { scopes } }", {}),
    "a missing argument": ("{ releaseStatus { currentPhase } }", {}),
    "a missing variable": ("query ($id: ID!) { releaseStatus(releaseId: $id) { currentPhase } }", {}),
    "null for what must be": ("query ($id: ID!) { release(id: $id) { id } }", {"id": None}),
    "a list for an id": ("query ($id: ID!) { release(id: $id) { id } }", {"id": [ID]}),
    "an object for an id": ("query ($id: ID!) { release(id: $id) { id } }", {"id": {}}),
    "a fraction for an id": ("query ($id: ID!) { release(id: $id) { id } }", {"id": 1.5}),
    "a text for a number": ("query ($n: Int) { releases(first: $n) { nodes { id } } }", {"n": "1"}),
    "a number out of range": ("query ($n: Int) { releases(first: $n) { nodes { id } } }", {"n": 2**31}),
    "a number beyond all range": ("query ($n: Int) { releases(first: $n) { nodes { id } } }", {"n": 10**400}),
    "a literal beyond all range": (f"{{ releases(first: {'9' * 5_000}) {{ nodes {{ id }} }} }}", {}),
    "a float for a number": ("query ($n: Int) { releases(first: $n) { nodes { id } } }", {"n": 1.5}),
    "an enum value that is none": ("{ releases(filter: {phases: [RUNNING]}) { nodes { id } } }", {}),
    "an enum value in small letters": (
        "query ($f: ReleaseFilter) { releases(filter: $f) { nodes { id } } }",
        {"f": {"phases": ["kickoff"]}},
    ),
    "an unknown key": (
        "query ($f: ReleaseFilter) { releases(filter: $f) { nodes { id } } }",
        {"f": {"phase": ["KICKOFF"]}},
    ),
    "an order without direction": ("{ releases(orderBy: {field: CREATED_AT}) { nodes { id } } }", {}),
    "an instant without offset": (
        'query { releases(filter: {updatedSince: "2024-01-15T14:00:00"}) { nodes { id } } }',
        {},
    ),
    "an instant beyond all time": (
        'query { releases(filter: {updatedSince: "0001-01-01T00:00:00+23:59"}) { nodes { id } } }',
        {},
    ),
    "too many tokens": ("{" + " viewer { scopes }" * 1_000 + "}", {}),
    "nested selections": ("{ node(id: 1) " + "{ ... on Task { release " * 300 + "{ id }" + "} }" * 300 + "}", {}),
    "nested lists": ("{ nodes(ids: " + "[" * 900 + "]" * 900 + ") { id } }", {}),
    "nested objects": ("{ releases(filter: " + "{a: " * 600 + "1" + "}" * 600 + ") { nodes { id } } }", {}),
    "nested types": ("query ($x: " + "[" * 900 + "Int" + "]" * 900 + ") { viewer { scopes } }", {}),
    "fragments in a circle": ("{ ...f } fragment f on Query { ...g } fragment g on Query { ...f }", {}),
    "a fragment in itself": ("{ ...f } fragment f on Query { ...f }", {}),
    "a subscription": ('subscription { releaseStatus(releaseId: "rel-123") { currentPhase } }', {}),
}


@pytest.mark.parametrize(("query", "variables"), QUERIES.values(), ids=QUERIES)
async def test_a_request_that_makes_no_sense_is_refused(board: Board, query: str, variables: dict[str, Any]) -> None:
    assert told(
        await board.http.post("/graphql", content=json.dumps({"query": query, "variables": variables}), headers=JSON)
    )


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", b'{"query": "{ viewer { scopes } }"}'),
        ("application/x-www-form-urlencoded", b"query=x"),
        ("multipart/form-data; boundary=x", b"--x--"),
        ("application/graphql", b"{ viewer { scopes } }"),
        ("", b'{"query": "{ viewer { scopes } }"}'),
    ],
)
async def test_another_content_type_is_refused(board: Board, kind: str, body: bytes) -> None:
    assert told(await board.http.post("/graphql", content=body, headers={"Content-Type": kind}))


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_another_method_is_refused(board: Board, method: str) -> None:
    response = await board.http.request(method, "/graphql", content=b"{}", headers=JSON)
    assert told(response)
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


async def test_a_query_may_come_by_get_a_mutation_may_not(board: Board) -> None:
    await board.add()
    found = await board.http.get("/graphql", params={"query": "{ viewer { scopes } }"})
    assert "errors" not in found.json()
    before = await board.release()
    assert told(await board.http.get("/graphql", params={"query": START}))
    assert await board.release() == before


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"query": ""},
        {"query": "{ viewer { scopes } }", "variables": "x"},
        {"query": "{ viewer { scopes } }", "variables": "[]"},
        {"query": "{ viewer { scopes } }", "variables": "1"},
        {"query": "{ viewer { scopes } }", "extensions": "{"},
        {"query": "{ viewer { scopes } }", "operationName": "other"},
    ],
)
async def test_a_get_that_is_no_request_is_refused(board: Board, params: dict[str, str]) -> None:
    assert told(await board.http.get("/graphql", params=params))


@pytest.mark.parametrize("size", [LIMITS.body_bytes + 1, 10_000_000])
async def test_a_body_that_is_too_large_is_refused(board: Board, size: int) -> None:
    body = b'{"query": "%s"}' % (b" " * size)
    response = await board.http.post("/graphql", content=body, headers=JSON)
    assert response.status_code == 413
    assert str(LIMITS.body_bytes) in told(response)[0]
    [error] = response.json()["errors"]
    assert error["extensions"] == {"requestId": response.headers["x-request-id"]}


async def test_no_more_of_a_body_is_read_than_may_be_sent(board: Board) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        while True:
            sent += 1
            yield b" " * 65_536

    response = await board.http.post("/graphql", content=endless(), headers=JSON)
    assert response.status_code == 413
    assert sent <= LIMITS.body_bytes // 65_536 + 2


async def test_long_names_and_odd_characters_are_told_shortly(board: Board) -> None:
    for name in ("x" * 200_000, "\0" * 100, "\u202e" * 100, "\ud800", "\n" * 1_000):
        (error,) = (await mutate(board, "createRelease", **plan_input(name=name)))["userErrors"]
        assert len(error["message"]) < 300


async def test_an_id_of_any_length_is_told_shortly(board: Board) -> None:
    (error,) = (await perform(board, "START", releaseId="x" * 100_000))["userErrors"]
    assert error["code"] == "NOT_FOUND"


async def test_of_several_operations_the_named_one_runs(board: Board) -> None:
    await board.add()
    document = f"query a {{ viewer {{ scopes }} }} {START.replace('mutation', 'mutation b')}"
    request = {"query": document, "operationName": "a"}
    assert "errors" not in (await board.http.post("/graphql", json=request)).json()
    assert (await board.release()).revision == 1
    assert "operationName" in " ".join(await errors(board, document))
    assert (await board.release()).revision == 1
