"""graphql-transport-ws as a protocol: what it carries, and what closes it."""

import json
import math
from contextlib import suppress
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from phaseboard.api.schema import FAULT
from phaseboard.domain.enums import Action
from phaseboard.limits import Limits
from tests.api.client import PAYLOAD
from tests.api.client import STATUS as STATUS_QUERY
from tests.api.serving import PROTOCOL, Address
from tests.api.test_subscriptions import STATUS
from tests.engine.board import ID, Board

LIMITS = Limits()
VIEWER = "{ viewer { scopes } }"


def subscribe(**changes: Any) -> dict[str, Any]:
    return {"id": "1", "type": "subscribe", "payload": {"query": VIEWER}, **changes}


async def test_queries_and_mutations_go_over_the_socket(board: Board, address: Address) -> None:
    await board.add()
    mutation = f"mutation ($input: ReleaseActionInput!) {{ startRelease(input: $input) {{ {PAYLOAD} }} }}"
    async with address.socket() as client:
        await client.subscribe(STATUS_QUERY, id=ID)
        assert (await client.next())["releaseStatus"]["currentPhase"] == "NOT_STARTED"
        await client.completed()
        await client.subscribe(mutation, input={"releaseId": ID})
        assert (await client.next())["startRelease"]["userErrors"] == []
        await client.completed()
        await client.subscribe(mutation, input={"releaseId": ID})
        assert (await client.next())["startRelease"]["userErrors"][0]["code"] == "ACTION_NOT_ALLOWED"
        await client.completed()


async def test_what_is_read_over_a_socket_is_never_stale(board: Board, address: Address) -> None:
    await board.add()
    async with address.socket() as client:
        for expected in (1, 2, 3):
            await client.subscribe("query ($id: ID!) { release(id: $id) { revision tasks { id } } }", id=ID)
            assert (await client.next())["release"]["revision"] == expected
            await client.completed()
            await board.act(Action.START if expected == 1 else Action.PAUSE) if expected < 3 else None


FRAMES = {
    "null": "null",
    "a number": "1",
    "a text": '"x"',
    "a list": "[]",
    "nothing": "",
    "no JSON": "{",
    "nested lists": "[" * 100_000,
    "a huge integer": "9" * 5_000,
    "bytes": b"\x00\x01",
    "an empty object": "{}",
    "a type that is a number": '{"type": 1}',
    "a type that is a list": '{"type": []}',
    "an unknown type": '{"type": "start"}',
    "a type of the old protocol": '{"type": "connection_terminate"}',
    "an unknown type of 100,000 characters": json.dumps({"type": "x" * 100_000}),
    "no id": json.dumps({"type": "subscribe", "payload": {"query": VIEWER}}),
    "an id that is a number": json.dumps(subscribe(id=1)),
    "an id that is null": json.dumps(subscribe(id=None)),
    "an id that is a list": json.dumps(subscribe(id=[])),
    "an id to complete that is a list": json.dumps({"type": "complete", "id": []}),
    "no id to complete": json.dumps({"type": "complete"}),
    "no payload": json.dumps({"type": "subscribe", "id": "1"}),
    "a payload that is null": json.dumps(subscribe(payload=None)),
    "a payload that is a text": json.dumps(subscribe(payload="x")),
    "a payload that is a list": json.dumps(subscribe(payload=[])),
    "no query": json.dumps(subscribe(payload={})),
    "a query that is null": json.dumps(subscribe(payload={"query": None})),
    "a query that is a number": json.dumps(subscribe(payload={"query": 1})),
    "variables that are a list": json.dumps(subscribe(payload={"query": VIEWER, "variables": []})),
    "variables that are a text": json.dumps(subscribe(payload={"query": VIEWER, "variables": "x"})),
    "variables that are no number": json.dumps(subscribe(payload={"query": VIEWER, "variables": {"a": math.nan}})),
    "variables without an end": json.dumps(subscribe(payload={"query": VIEWER, "variables": {"a": -math.inf}})),
    "extensions that are a number": json.dumps(subscribe(payload={"query": VIEWER, "extensions": 1})),
    "extensions that are a list": json.dumps(subscribe(payload={"query": VIEWER, "extensions": []})),
    "an operation name that is a number": json.dumps(subscribe(payload={"query": VIEWER, "operationName": 1})),
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
async def test_what_is_no_message_closes_the_socket(address: Address, frame: str | bytes) -> None:
    async with address.socket() as client:
        await client.send_raw(frame)
        code, reason = await client.closed()
        assert code == 4400
        assert "Traceback" not in reason


@pytest.mark.parametrize("payload", [1, "x", [], True])
async def test_an_init_with_a_payload_that_is_no_object_closes_the_socket(address: Address, payload: Any) -> None:
    async with address.socket(init=False) as client:
        await client.send({"type": "connection_init", "payload": payload})
        assert (await client.closed())[0] == 4400


@pytest.mark.parametrize("init", [{"payload": None}, {"payload": {}}, {"payload": {"token": "x"}}, {}])
async def test_an_init_is_acknowledged(address: Address, init: dict[str, Any]) -> None:
    async with address.socket(init=False) as client:
        await client.send({"type": "connection_init", **init})
        assert await client.receive() == {"type": "connection_ack"}


async def test_the_rules_of_the_protocol_have_their_codes(address: Address) -> None:
    async with address.socket(init=False) as client:
        await client.send(subscribe())
        assert (await client.closed())[0] == 4401
    async with address.socket() as client:
        await client.send({"type": "connection_init"})
        assert (await client.closed())[0] == 4429


@pytest.mark.parametrize("operation", ["1", "x" * 100_000, "é" * 100], ids=["short", "long", "beyond ASCII"])
async def test_an_id_in_use_closes_the_socket(board: Board, address: Address, operation: str) -> None:
    await board.add()
    async with address.socket() as client:
        await client.subscribe(STATUS, operation=operation, id=ID)
        await client.next(operation)
        await client.subscribe(STATUS, operation=operation, id=ID)
        assert (await client.closed())[0] == 4409


@pytest.mark.parametrize(
    "payload",
    [
        {"query": "{ viewer"},
        {"query": "{ viewer" + "{ a " * 400},
        {"query": "{ " + "x" * 1_000 + " }"},
        {"query": ""},
        {"query": "fragment f on Query { viewer { scopes } }"},
        {"query": "query a { viewer { scopes } } query b { viewer { scopes } }"},
        {"query": "query a { viewer { scopes } }", "operationName": "b"},
        {"query": "query a { viewer { scopes } }", "operationName": "b" * 1_000},
        {"query": "{ viewer { name } }"},
        {"query": "{" + " viewer { scopes }" * 1_000 + "}"},
        {"query": "query ($id: ID!) { release(id: $id) { id } }"},
        {"query": "subscription ($id: ID!) { releaseStatus(releaseId: $id) { revision } }", "variables": {"id": None}},
        {"query": "subscription ($n: Int) { releaseStatus(releaseId: 1, knownRevision: $n) { revision } }"}
        | {"variables": {"n": 2**31}},
        {"query": "subscription { releaseStatus(releaseId: 1) { revision } phaseChanged { to } }"},
    ],
)
async def test_a_document_that_cannot_be_run_is_an_error_of_its_operation_alone(
    board: Board, address: Address, payload: dict[str, Any]
) -> None:
    await board.add()
    async with address.socket() as client:
        await client.subscribe(STATUS, operation="sibling", id=ID)
        await client.next("sibling")
        await client.send(subscribe(payload=payload))
        message = await client.receive()
        told = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        assert FAULT not in [error["message"] for error in told]
        if message["type"] == "next":
            await client.completed()
        await client.alive()
        assert await board.http.get("/healthz")
        await client.subscribe(VIEWER, operation="2")
        await client.next("2")


async def test_variables_that_are_null_are_none(address: Address) -> None:
    async with address.socket() as client:
        await client.send(
            subscribe(payload={"query": VIEWER, "variables": None, "operationName": None, "extensions": None})
        )
        await client.next()
        await client.completed()


async def test_completing_what_is_not_there_is_no_fault(address: Address) -> None:
    async with address.socket() as client:
        await client.send({"type": "complete", "id": "nothing"})
        await client.send({"type": "pong"})
        await client.send({"type": "pong", "payload": {"x": 1}})
        await client.alive()


@pytest.mark.parametrize("size", [LIMITS.body_bytes + 1, 10_000_000])
async def test_a_message_that_is_too_large_closes_the_socket(address: Address, size: int) -> None:
    async with address.socket() as client:
        with suppress(ConnectionClosed):
            await client.send_raw("x" * size)
        assert (await client.closed())[0] == 1009


async def test_operations_of_a_socket_are_bounded(board: Board, address: Address) -> None:
    await board.add()
    async with address.socket() as client:
        for number in range(LIMITS.operations_per_socket):
            await client.subscribe(STATUS, operation=str(number), id=ID)
            await client.next(str(number))
        await client.subscribe(VIEWER, operation="one more")
        assert await client.errors("one more")
        await client.send({"type": "complete", "id": "0"})
        await client.subscribe(VIEWER, operation="one more")
        await client.next("one more")


@pytest.mark.parametrize("protocol", ["graphql-ws", "other"])
async def test_other_protocols_are_not_spoken(address: Address, protocol: str) -> None:
    async with connect(address.ws, subprotocols=[Subprotocol(protocol)], compression=None) as connection:
        assert connection.subprotocol is None
        await connection.wait_closed()
        assert connection.close_code == 4406


async def test_a_page_of_another_site_is_refused(address: Address) -> None:
    with pytest.raises(InvalidStatus):
        async with connect(address.ws, subprotocols=[PROTOCOL], origin="https://evil.example"):  # type: ignore[arg-type]
            pass
