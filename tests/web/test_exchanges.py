"""Request ids: there and back, in the log, and on faults."""

import json
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from phaseboard.api.exchange import request_id
from phaseboard.store.memory import MemoryStore
from phaseboard.web.exchanges import Exchanges
from tests.api.serving import served
from tests.engine.board import ID, Board

QUERY = {"query": f'{{ releaseStatus(releaseId: "{ID}") {{ currentPhase }} }}'}
FAULTY = {"query": f'mutation {{ startRelease(input: {{releaseId: "{ID}"}}) {{ replayed }} }}'}


class Faulty(MemoryStore):
    async def write(self, work: Callable[..., Any]) -> Any:
        logging.getLogger("phaseboard.test").warning("about to fail", extra={"seen": request_id()})
        raise RuntimeError("canary")


@pytest.fixture
async def board() -> AsyncIterator[Board]:
    async with Board(Faulty()).still() as board:
        yield board


async def test_an_id_is_made_for_each_request(board: Board) -> None:
    made = {(await board.http.get("/healthz")).headers["x-request-id"] for _ in range(3)}
    assert len(made) == 3
    assert all(len(one) == 16 for one in made)


async def test_the_id_of_the_client_is_taken(board: Board) -> None:
    for content in (QUERY, FAULTY, {"query": "{"}):
        response = await board.http.post("/graphql", json=content, headers={"X-Request-Id": "ci/4711:a-b_c"})
        assert response.headers.get_list("x-request-id") == ["ci/4711:a-b_c"]


@pytest.mark.parametrize(
    "sent", ["", "a b", "a\tb", "x" * 129, '"quoted"', "<b>", "a;b", "ä".encode().decode("latin-1")]
)
async def test_what_is_no_sane_id_is_replaced(board: Board, sent: str) -> None:
    response = await board.http.get("/healthz", headers=[(b"X-Request-Id", sent.encode("latin-1"))])
    assert response.headers["x-request-id"] not in ("", sent)


async def test_answers_that_are_given_again_carry_the_id_of_who_asks() -> None:
    async with Board(answers=True).still() as board:
        await board.add()
        for sent in ("first", "second"):
            response = await board.http.post("/graphql", json=QUERY, headers={"X-Request-Id": sent})
            assert response.headers.get_list("x-request-id") == [sent]
        assert "x-request-id" not in (await board.http.post("/graphql", json=QUERY)).headers
        assert board.server.answers.hits == 2


async def test_one_that_sends_an_id_is_answered_with_it_each_time() -> None:
    async with Board(answers=True).running() as board, served(board) as address:
        await board.add()
        async with httpx.AsyncClient() as client:
            for _ in range(4):
                response = await client.post(address.http, json=QUERY, headers={"X-Request-Id": "same"})
                assert response.headers["x-request-id"] == "same"


async def test_a_fault_is_logged_under_the_id(board: Board, caplog: pytest.LogCaptureFixture) -> None:
    await board.http.post("/graphql", json=FAULTY, headers={"X-Request-Id": "r-1"})
    assert [record.seen for record in caplog.records if hasattr(record, "seen")] == ["r-1"]


class Unreadable(MemoryStore):
    async def read(self, work: Callable[..., Any]) -> Any:
        if request_id():
            raise RuntimeError("canary")
        return await super().read(work)


async def test_who_shares_learns_nothing_of_the_requests_of_others(caplog: pytest.LogCaptureFixture) -> None:
    asked = {"query": f'subscription {{ releaseStatus(releaseId: "{ID}") {{ revision }} }}'}
    headers = {"X-Request-Id": "mine", "Accept": "text/event-stream"}
    async with Board(Unreadable(), sharing=True).still() as board:
        text = (await board.http.post("/graphql", json=asked, headers=headers)).text
    told = json.loads(text.partition("data: ")[2].partition("\n")[0])
    assert len(told["errors"][0]["extensions"]["requestId"]) == 16
    assert "fault in an operation" in caplog.text


async def test_a_socket_has_an_id_as_well() -> None:
    sent: list[Message] = []

    async def accepts(_: Scope, __: Receive, send: Send) -> None:
        assert request_id() == "s-1"
        await send({"type": "websocket.accept", "subprotocol": "graphql-transport-ws"})

    async def receive() -> Message:
        raise AssertionError("nothing is received")

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "websocket", "headers": [(b"x-request-id", b"s-1")]}
    await Exchanges().run(accepts, scope, receive, send)
    assert sent[0]["headers"] == [(b"x-request-id", b"s-1")]
