"""When the server is at fault: the log knows why, clients learn no more than that, and siblings survive."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import pytest

from phaseboard.api.schema import BUSY, FAULT
from phaseboard.domain.enums import Action
from phaseboard.store.errors import Unavailable, Undecodable
from phaseboard.store.memory import MemoryStore
from phaseboard.store.port import Reader, Writer
from tests.api.client import STATUS, post
from tests.api.serving import Address, served
from tests.api.test_subscriptions import EVENTS, PHASES
from tests.api.test_subscriptions import STATUS as FOLLOW
from tests.engine.board import ID, Board

T = TypeVar("T")

CANARY = "canary: /secret/path"
START = f'mutation {{ startRelease(input: {{releaseId: "{ID}"}}) {{ release {{ id }} }} viewer: __typename }}'
MASKED = [
    (RuntimeError(CANARY), FAULT),
    (Undecodable(CANARY), FAULT),
    (KeyError(CANARY), FAULT),
    (Unavailable(CANARY), BUSY),
]


class BrokenStore(MemoryStore):
    """Raises `fault` once there is one."""

    fault: Exception | None = None

    async def read(self, work: Callable[[Reader], Awaitable[T]]) -> T:
        if self.fault:
            raise self.fault
        return await super().read(work)

    async def write(self, work: Callable[[Writer], Awaitable[T]]) -> T:
        if self.fault:
            raise self.fault
        return await super().write(work)


@pytest.fixture
def store() -> BrokenStore:
    return BrokenStore()


@pytest.fixture
async def board(store: BrokenStore) -> AsyncIterator[Board]:
    async with Board(store).still() as board:
        await board.add()
        yield board


@pytest.fixture
async def address(board: Board) -> AsyncIterator[Address]:
    async with served(board) as address:
        yield address


def masked(told: Any, message: str) -> None:
    assert CANARY not in str(told)
    assert "Traceback" not in str(told)
    assert [error["message"] for error in told["errors"]] == [message]
    expected = "SERVICE_UNAVAILABLE" if message == BUSY else "INTERNAL_SERVER_ERROR"
    assert told["errors"][0]["extensions"].keys() == {"code", "requestId"}
    assert told["errors"][0]["extensions"]["code"] == expected


@pytest.mark.parametrize(("fault", "message"), MASKED, ids=lambda value: type(value).__name__)
async def test_over_http(
    board: Board, store: BrokenStore, fault: Exception, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    store.fault = fault
    for query in (STATUS.replace("releaseStatus(", "viewer { scopes } releaseStatus("), START):
        with caplog.at_level(logging.WARNING):
            response = await post(board, query, id=ID)
        assert response.status_code == 200
        masked(response.json(), message)
        logged = [record for record in caplog.records if CANARY in f"{record.getMessage()} {record.exc_info}"]
        assert logged
        assert all((record.exc_info is None) is (message == BUSY) for record in logged)
        assert sum(value is not None for value in response.json()["data"].values()) == 1
        caplog.clear()


@pytest.mark.parametrize("query", [STATUS, START.replace("viewer: __typename ", "")])
@pytest.mark.parametrize("media", ["application/json", "application/graphql-response+json"])
async def test_no_answer_for_want_of_the_database_is_told_to_proxies_too(
    board: Board, store: BrokenStore, media: str, query: str
) -> None:
    store.fault = Unavailable(CANARY)
    body = {"query": query, "variables": {"id": ID}}
    response = await board.http.post("/graphql", json=body, headers={"accept": media})
    assert response.status_code == 503
    assert response.headers["content-type"].startswith(media)
    assert int(response.headers["retry-after"]) > 0
    assert response.json().keys() == {"errors"}
    masked(response.json(), BUSY)
    store.fault = None
    assert (await board.http.post("/graphql", json=body, headers={"accept": media})).status_code == 200


@pytest.mark.parametrize(("fault", "message"), MASKED, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("query", [FOLLOW, PHASES, EVENTS])
async def test_at_the_start_of_a_stream(
    address: Address, store: BrokenStore, fault: Exception, message: str, query: str
) -> None:
    async with address.socket() as client:
        store.fault = fault
        await client.subscribe(query, id=ID)
        answer = await client.receive()
        assert answer["type"] == "error"
        masked({"errors": answer["payload"]}, message)
        await client.alive()
    async with address.sse(query, id=ID) as stream:
        masked(await stream.result(), message)
        await stream.completed()


@pytest.mark.parametrize(("fault", "message"), MASKED, ids=lambda value: type(value).__name__)
async def test_in_the_midst_of_a_stream(
    board: Board, address: Address, store: BrokenStore, fault: Exception, message: str
) -> None:
    query = "subscription ($id: ID!) { releaseStatus(releaseId: $id) { revision release { tasks { id } } } }"
    async with address.socket() as client, address.sse(query, id=ID) as stream:
        await client.subscribe(query, id=ID)
        await client.next()
        await stream.next()
        await board.act(Action.START)
        recorded = (await board.events())[2:]
        store.fault = fault
        board.feed.publish(recorded)
        answer = (await client.receive())["payload"]
        masked(answer, message)
        masked(await stream.result(), message)


async def test_over_a_socket(address: Address, store: BrokenStore) -> None:
    async with address.socket() as client:
        store.fault = RuntimeError(CANARY)
        await client.subscribe(STATUS, id=ID)
        masked((await client.receive())["payload"], FAULT)
        await client.completed()
        store.fault = None
        await client.subscribe(STATUS, id=ID)
        assert (await client.next())["releaseStatus"]["currentPhase"] == "NOT_STARTED"
