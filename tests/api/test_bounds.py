"""Each limit of a server where it is met: the same refusal over HTTP, over graphql-transport-ws and as an event."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from phaseboard.access.scopes import Scope
from phaseboard.api.weight import CODE
from phaseboard.limits import Limits, api_name
from tests.access.issued import bearer, issue
from tests.api.serving import Address, served
from tests.engine.board import Board
from tests.engine.hands import PATIENCE

IDS = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
STATUS = "subscription { phaseChanged { to } }"


@dataclass(frozen=True)
class Case:
    """An operation, and the limit that it exceeds when that is set to so little."""

    limit: str
    allowed: int
    query: str
    variables: dict[str, Any]


def case(limit: str, allowed: int, query: str, **variables: Any) -> Case:
    return Case(limit, allowed, query, variables)


CASES = [
    case("tokens", 5, "{ viewer { scopes } __typename }"),
    case("tokens", 5, "{ viewer { scopes } }" + "#\n" * 10),
    case("operations", 1, "query a { __typename } query b { __typename }"),
    case("depth", 2, "{ releases { nodes { id name } } }"),
    case("fields", 3, "{ viewer { scopes actor { name } } }"),
    case("aliases", 1, "{ a: __typename b: __typename }"),
    case("directives", 1, "{ viewer @include(if: true) @skip(if: false) { scopes } }"),
    case("repeated", 2, "{ __typename __typename __typename }"),
    case("values", 3, IDS, ids=["a", "b", "c", "d"]),
    case("answer_fields", 2, "{ viewer { scopes actor { name kind } } }"),
    case("page_size", 3, IDS, ids=["a", "b", "c", "d"]),
    case("page_size", 3, "{ releases(first: 4) { nodes { id } } }"),
    case("page_size", 3, "{ releases(last: 4) { nodes { id } } }"),
]

Ask = Callable[[Address, str, dict[str, Any]], Coroutine[Any, Any, dict[str, Any]]]


async def over_http(address: Address, query: str, variables: dict[str, Any]) -> dict[str, Any]:
    async with httpx.AsyncClient() as client:
        answer = await client.post(address.http, json={"query": query, "variables": variables})
    [error] = answer.json()["errors"]
    return error


async def over_a_socket(address: Address, query: str, variables: dict[str, Any]) -> dict[str, Any]:
    async with address.socket() as client:
        await client.subscribe(query, **variables)
        message = await client.receive()
        [error] = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        if message["type"] == "next":
            await client.completed()
        await client.alive()
    return error


async def as_an_event(address: Address, query: str, variables: dict[str, Any]) -> dict[str, Any]:
    async with address.sse(query, **variables) as events:
        [error] = (await events.result())["errors"]
        await events.completed()
    return error


@pytest.mark.parametrize("ask", [over_http, over_a_socket, as_an_event])
@pytest.mark.parametrize("case", CASES, ids=[f"{number} {case.limit}" for number, case in enumerate(CASES)])
async def test_a_limit_is_the_same_however_an_operation_comes(ask: Ask, case: Case) -> None:
    async with Board(limits=Limits(**{case.limit: case.allowed})).still() as board, served(board) as address:
        error = await ask(address, case.query, case.variables)
    assert error["extensions"]["code"] == CODE
    assert error["extensions"].get("limit", api_name(case.limit)) == api_name(case.limit)
    assert str(case.allowed) in error["message"]


@pytest.mark.parametrize("case", CASES, ids=[f"{number} {case.limit}" for number, case in enumerate(CASES)])
async def test_what_a_limit_refuses_is_not_too_much_otherwise(case: Case) -> None:
    async with Board().still() as board:
        answer = await board.http.post("/graphql", json={"query": case.query, "variables": case.variables})
        assert CODE not in answer.text


MOST = 1_000


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
async def test_a_body_is_as_large_as_it_may_be(accept: str) -> None:
    async with Board(limits=Limits(body_bytes=MOST)).still() as board:
        headers = {"Content-Type": "application/json", "Accept": accept}
        body = json.dumps({"query": "{ viewer { scopes } }"}).ljust(MOST)
        assert (await board.http.post("/graphql", content=body, headers=headers)).status_code == 200
        refused = await board.http.post("/graphql", content=body + " ", headers=headers)
        assert refused.status_code == 413
        assert str(MOST) in refused.json()["errors"][0]["message"]


async def test_a_message_of_a_socket_is_as_large_as_a_body() -> None:
    board = Board(limits=Limits(body_bytes=MOST))
    async with board.still(), served(board) as address, address.socket() as client:
        ping = json.dumps({"type": "ping"}).ljust(MOST)
        await client.send_raw(ping)
        assert await client.receive() == {"type": "pong"}
        with suppress(ConnectionClosed):
            await client.send_raw(ping + " ")
        code, reason = await client.closed()
    assert code == 1009
    assert str(MOST) in reason


async def test_operations_of_a_socket_are_bounded_by_the_same_code() -> None:
    board = Board(limits=Limits(operations_per_socket=1))
    async with board.still(), served(board) as address, address.socket() as client:
        await client.subscribe(STATUS, operation="one")
        await client.subscribe(STATUS, operation="two")
        message = await client.receive()
    assert (message["type"], message["id"]) == ("error", "two")
    [error] = message["payload"]
    assert error["extensions"] == {"code": CODE, "limit": "operationsPerSocket", "allowed": 1}


# Streams of one caller


@asynccontextmanager
async def socket(address: Address, token: str, refused: int | None = None) -> AsyncIterator[None]:
    """Open a socket, or see it closed with a code."""
    async with address.socket(init=False) as client:
        await client.send({"type": "connection_init", "payload": {"token": token}})
        if refused is None:
            assert (await client.receive())["type"] == "connection_ack"
        else:
            assert (await client.closed())[0] == refused
        yield


@asynccontextmanager
async def stream(address: Address, token: str, refused: int | None = None) -> AsyncIterator[None]:
    """Open an event stream, or see it refused with a status."""
    headers = {"Accept": "text/event-stream", **bearer(token)}
    async with (
        httpx.AsyncClient() as client,
        client.stream("POST", address.http, json={"query": STATUS}, headers=headers) as response,
    ):
        assert response.status_code == (refused or 200)
        if refused is not None:
            [error] = json.loads(await response.aread())["errors"]
            request_id = response.headers["x-request-id"]
            told = {"code": CODE, "limit": "socketsPerCaller", "allowed": 2, "requestId": request_id}
            assert error["extensions"] == told
            assert response.headers["content-type"].startswith("application/json")
        yield


async def test_a_caller_has_only_so_many_sockets_and_event_streams() -> None:
    async with Board(auth="tokens", limits=Limits(sockets_per_caller=2)).still() as board, served(board) as address:
        ci, other = [await issue(board, Scope.READ, name=name) for name in ("ci", "board")]
        async with AsyncExitStack() as opened:
            await opened.enter_async_context(socket(address, ci))
            await opened.enter_async_context(stream(address, other))
            await opened.enter_async_context(stream(address, ci))
            await opened.enter_async_context(socket(address, ci, refused=1013))
            await opened.enter_async_context(stream(address, ci, refused=429))
            await opened.enter_async_context(socket(address, other))
            await opened.enter_async_context(stream(address, other, refused=429))
            await opened.enter_async_context(socket(address, other, refused=1013))
        async with asyncio.timeout(PATIENCE):
            while len(board.server.hub.quota):  # noqa: ASYNC110 - the server learns of a closed stream a moment later
                await asyncio.sleep(0)
        async with stream(address, ci), socket(address, ci):
            pass
