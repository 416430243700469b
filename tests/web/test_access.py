"""The door: who is let in, in which words others are turned away, and what happens to streams when rights end."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.types import Message
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from phaseboard.access.bearer import BearerAccess
from phaseboard.access.scopes import Scope
from phaseboard.domain.enums import Action
from phaseboard.store.memory import MemoryStore
from tests.access.issued import bearer, issue, rescope, revoke
from tests.api.serving import PROTOCOL, Address, served
from tests.engine.board import ID, Board
from tests.factory import NOW

STATUS = "subscription ($id: ID!) { releaseStatus(releaseId: $id) { currentPhase } }"
EVENTS = "subscription ($id: ID!) { releaseEvents(releaseId: $id) { __typename } }"
QUERY = {"query": "query ($id: ID!) { releaseStatus(releaseId: $id) { currentPhase } }", "variables": {"id": ID}}
UNKNOWN = "pb_" + "x" * 10 + "_" + "y" * 43
FORBIDDEN = (4403, "Forbidden")


@pytest.fixture
async def board() -> AsyncIterator[Board]:
    async with Board(auth="tokens").still() as board:
        await board.add()
        yield board


@pytest.fixture
async def address(board: Board) -> AsyncIterator[Address]:
    async with served(board) as address:
        yield address


def access(board: Board) -> BearerAccess:
    assert isinstance(board.server.access, BearerAccess)
    return board.server.access


class TestRequests:
    @pytest.mark.parametrize("headers", [{}, {"Authorization": ""}])
    @pytest.mark.parametrize("path", ["/graphql", "/metrics", "/graphql/", "/nothing", "/callbacks", "/healthz/x"])
    async def test_without_a_token_one_is_asked_for(self, board: Board, path: str, headers: dict[str, str]) -> None:
        for method in ("GET", "POST", "OPTIONS", "HEAD"):
            answer = await board.http.request(method, path, headers=headers)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == 'Bearer realm="phaseboard"'
            if method != "HEAD":
                (error,) = answer.json()["errors"]
                told = {"code": "UNAUTHENTICATED", "requestId": answer.headers["x-request-id"]}
                assert error["extensions"] == told
                assert "Authorization: Bearer" in error["message"]

    @pytest.mark.parametrize("value", [f"Bearer {UNKNOWN}", "Bearer x", "Basic eDp5", "Bearer", "Bearer a b", '"\\'])
    async def test_a_bad_one_is_refused_in_words_that_do_not_repeat_it(self, board: Board, value: str) -> None:
        answer = await board.http.post("/graphql", json=QUERY, headers={"Authorization": value})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith('Bearer realm="phaseboard", error="invalid_token", ')
        shown = answer.text + str(answer.headers)
        assert not any(part in shown for part in value.split() if len(part) > 6)

    async def test_two_headers_are_none(self, board: Board) -> None:
        text = await issue(board, Scope.READ)
        headers = [("Authorization", f"Bearer {text}"), ("Authorization", f"Bearer {UNKNOWN}")]
        assert (await board.http.post("/graphql", json=QUERY, headers=headers)).status_code == 401
        assert (await board.http.post("/graphql", json=QUERY, headers=headers[:1])).status_code == 200

    @pytest.mark.parametrize("path", ["/", "/healthz", "/readyz"])
    async def test_pages_without_data_need_none(self, board: Board, path: str) -> None:
        assert (await board.http.get(path)).status_code in (200, 503)

    async def test_callbacks_bring_a_secret_of_their_own(self, board: Board) -> None:
        answer = await board.http.post("/callbacks/tsk-123-1/1", json={"outcome": "SUCCEEDED"})
        assert answer.json()["answer"] in ("NOT_FOUND", "WRONG_SECRET")

    async def test_metrics_need_the_right_to_read(self, board: Board) -> None:
        writer, reader = await issue(board, Scope.WRITE, name="writer"), await issue(board, Scope.READ)
        refused = await board.http.get("/metrics", headers=bearer(writer))
        assert refused.status_code == 403
        assert refused.json()["errors"][0]["message"] == "This needs the scope releases:read."
        assert (await board.http.get("/metrics", headers=bearer(reader))).status_code == 200

    async def test_nothing_is_read_before_it_is_known_who_asks(self, board: Board) -> None:
        sent: list[Message] = []

        async def receive() -> Message:
            raise AssertionError("the body was read")

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": [], "extensions": {},
        }  # fmt: skip
        await board.server.app(scope, receive, send)
        assert sent[0]["status"] == 401

    @pytest.mark.parametrize("name", ["token", "access_token", "Authorization", "bearer", "api_key", "ACCESS_TOKEN"])
    @pytest.mark.parametrize("before", ["", "query=%7Bx%7D&", "a=1;"])
    async def test_a_token_in_an_address_is_refused(self, board: Board, name: str, before: str) -> None:
        text = await issue(board, Scope.ADMIN)
        answer = await board.http.get(f"/graphql?{before}{name}={text}", headers=bearer(text))
        assert answer.status_code == 400
        assert "does not belong in an address" in answer.text
        assert text not in answer.text

    async def test_other_parameters_are_none(self, board: Board) -> None:
        text = await issue(board, Scope.READ)
        params = {"query": "query ($token: String) { __typename @skip(if: false) viewer { actor { name } } }"}
        answer = await board.http.get("/graphql", params={"query": "{ viewer { actor { name } } }", "extensions": "{}"},
                                      headers=bearer(text))  # fmt: skip
        assert answer.json()["data"]["viewer"]["actor"]["name"] == "ci"
        assert (await board.http.get("/graphql", params=params, headers=bearer(text))).status_code != 401

    async def test_a_store_that_does_not_answer_is_no_refusal(self, board: Board) -> None:
        text = await issue(board, Scope.READ)
        await board.store.close()
        answer = await board.http.post("/graphql", json=QUERY, headers=bearer(text))
        await board.store.open()
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "10"
        assert answer.json()["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"


class TestKeptAnswers:
    async def test_are_not_given_to_who_was_let_in_before(self, board: Board, address: Address) -> None:
        text = await issue(board, Scope.READ)
        async with httpx.AsyncClient() as client:
            for _ in range(4):
                answer = await client.post(address.http, json=QUERY, headers=bearer(text))
                assert answer.json()["data"]["releaseStatus"]["currentPhase"] == "NOT_STARTED"
            assert board.server.answers.hits >= 2 or not board.server.settings.answers
            await revoke(board)
            await access(board).look()
            for _ in range(3):
                assert (await client.post(address.http, json=QUERY, headers=bearer(text))).status_code == 401

    async def test_end_with_the_token_to_the_millisecond(self, board: Board, address: Address) -> None:
        text = await issue(board, Scope.READ, expires_at=NOW + timedelta(hours=1))
        async with httpx.AsyncClient() as client:
            for _ in range(4):
                assert (await client.post(address.http, json=QUERY, headers=bearer(text))).status_code == 200
            board.clock.move(hours=1)
            refused = await client.post(address.http, json=QUERY, headers=bearer(text))
            assert "This token has expired." in refused.text

    async def test_of_one_are_not_given_to_another(self, board: Board, address: Address) -> None:
        reader, writer = await issue(board, Scope.READ), await issue(board, Scope.WRITE, name="writer")
        async with httpx.AsyncClient() as client:
            for _ in range(3):
                await client.post(address.http, json=QUERY, headers=bearer(reader))
                refused = await client.post(address.http, json=QUERY, headers=bearer(writer))
                assert refused.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
                assert (await client.post(address.http, json=QUERY)).status_code == 401


class TestSockets:
    @pytest.mark.parametrize(
        "payload",
        [
            None,
            {},
            {"Authorization": f"Bearer {UNKNOWN}"},
            {"Authorization": UNKNOWN},
            {"Authorization": 7},
            {"Authorization": None},
            {"token": UNKNOWN},
            {"token": ["x"]},
            {"token": ""},
            {"token": "\ud800"},
            {"headers": {"Authorization": f"Bearer {UNKNOWN}"}},
        ],
    )
    async def test_are_closed_when_nobody_known_begins(self, address: Address, payload: Any) -> None:
        async with address.socket(init=False) as client:
            await client.send({"type": "connection_init", "payload": payload})
            assert await client.closed() == FORBIDDEN

    @pytest.mark.parametrize("write", [{"Authorization": "Bearer {}"}, {"authorization": "bearer {}"}, {"token": "{}"}])
    async def test_take_the_token_in_two_ways(self, board: Board, address: Address, write: dict[str, str]) -> None:
        text = await issue(board, Scope.READ)
        async with address.socket(init=False) as client:
            payload = {name: value.format(text) for name, value in write.items()}
            await client.send({"type": "connection_init", "payload": payload})
            assert await client.receive() == {"type": "connection_ack"}
            await client.send({"type": "connection_init", "payload": payload})
            assert (await client.closed())[0] == 4429

    async def test_say_first_who_they_are(self, address: Address) -> None:
        async with address.socket(init=False) as client:
            await client.subscribe("{ __typename }")
            assert (await client.closed())[0] == 4401

    async def test_cannot_be_opened_with_a_token_in_the_address(self, board: Board, address: Address) -> None:
        text = await issue(board, Scope.READ)
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"{address.ws}?access_token={text}", subprotocols=[PROTOCOL])
        assert refused.value.response.status_code == 400
        assert b"does not belong in an address" in (refused.value.response.body or b"")

    async def test_are_told_to_try_again_when_the_store_does_not_answer(self, board: Board, address: Address) -> None:
        text = await issue(board, Scope.READ)
        await board.store.close()
        async with address.socket(init=False) as client:
            await client.send({"type": "connection_init", "payload": {"token": text}})
            assert (await client.closed())[0] == 1013
        await board.store.open()


@asynccontextmanager
async def following(address: Address) -> AsyncIterator[tuple[Any, Any]]:
    """Give a socket and an event stream that follow a release, past the status at the beginning."""
    async with address.socket() as client, address.sse(STATUS, id=ID) as events:
        await client.subscribe(STATUS, id=ID)
        assert (await client.next())["releaseStatus"]["currentPhase"] == "NOT_STARTED"
        assert (await events.next())["releaseStatus"]["currentPhase"] == "NOT_STARTED"
        yield client, events


class TestStreams:
    async def test_end_when_the_token_is_revoked(self, board: Board, address: Address) -> None:
        address.token = await issue(board, Scope.READ)
        async with following(address) as (client, events):
            await revoke(board)
            await access(board).look()
            assert await client.closed() == FORBIDDEN
            (error,) = (await events.result())["errors"]
            assert error["extensions"] == {"code": "UNAUTHENTICATED"}
            await events.completed()
        assert board.server.hub.watchers == 0

    async def test_end_when_the_token_expires(self, board: Board, address: Address) -> None:
        address.token = await issue(board, Scope.READ, expires_at=NOW + timedelta(minutes=5))
        async with following(address) as (client, events):
            board.clock.move(minutes=5)
            await access(board).look()
            assert await client.closed() == FORBIDDEN
            assert "errors" in await events.result()

    async def test_of_others_go_on(self, board: Board, address: Address) -> None:
        other = await issue(board, Scope.READ, name="other")
        address.token = await issue(board, Scope.READ)
        async with following(address) as (client, _):
            address.token = other
            async with following(address) as (staying, stream):
                assert len(board.server.hub.groups) == 1, "all four share"
                await revoke(board)
                await access(board).look()
                assert await client.closed() == FORBIDDEN
                await board.act(Action.START)
                board.feed.publish(await board.events())
                board.server.recent.publish(await board.events())
                assert (await staying.next())["releaseStatus"]["currentPhase"] == "KICKOFF"
                assert (await stream.next())["releaseStatus"]["currentPhase"] == "KICKOFF"

    async def test_tell_nothing_that_happens_after_the_rights_ended(self, board: Board, address: Address) -> None:
        address.token = await issue(board, Scope.READ)
        async with address.socket() as client, address.sse(EVENTS, id=ID) as events:
            await client.subscribe(EVENTS, id=ID)
            await client.alive()
            await revoke(board)
            await board.act(Action.START)
            await access(board).look()
            board.feed.publish(await board.events())
            assert await client.closed() == FORBIDDEN
            assert "errors" in await events.result()
            await events.completed()

    async def test_leave_nothing_with_the_principal(self, board: Board, address: Address) -> None:
        address.token = text = await issue(board, Scope.READ)
        principal = await access(board).resolve(f"Bearer {text}".encode())
        async with following(address):
            assert len(principal._followers) == 2
        async with address.socket() as client:
            await client.alive()
            await client.send_raw("x")
            await client.closed()
        async with asyncio.timeout(10):
            while principal._followers:  # noqa: ASYNC110 - the server learns of a closed stream a moment later
                await asyncio.sleep(0)


async def test_a_request_under_way_when_its_token_is_revoked_is_finished() -> None:
    reached, go_on = asyncio.Event(), asyncio.Event()

    class Waiting(MemoryStore):
        async def write(self, work: Any) -> Any:
            if "_change" in work.__qualname__:
                reached.set()
                await go_on.wait()
            return await super().write(work)

    async with Board(Waiting(), auth="tokens").still() as board:
        await board.add()
        text = await issue(board, Scope.WRITE)
        body = {"query": f'mutation {{ startRelease(input: {{releaseId: "{ID}"}}) {{ status {{ currentPhase }} }} }}'}
        asked = asyncio.create_task(board.http.post("/graphql", json=body, headers=bearer(text)))
        await reached.wait()
        await revoke(board)
        await access(board).look()
        go_on.set()
        assert (await asked).json()["data"]["startRelease"]["status"]["currentPhase"] == "KICKOFF"
        assert (await board.http.post("/graphql", json=body, headers=bearer(text))).status_code == 401


@pytest.mark.parametrize("looked", [True, False])
async def test_what_was_kept_for_rights_that_shrank_is_not_given_again(*, looked: bool) -> None:
    async with Board(auth="tokens", answers=True).still() as board, served(board) as address:
        await board.add()
        text = await issue(board, Scope.READ, Scope.WRITE)
        async with httpx.AsyncClient(headers=bearer(text)) as client:
            for _ in range(3):
                answer = await client.post(address.http, json=QUERY)
                assert answer.json() == {"data": {"releaseStatus": {"currentPhase": "NOT_STARTED"}}}
            assert board.server.answers.hits > 0
            await rescope(board, Scope.WRITE)
            if looked:
                await access(board).look()
            else:
                await client.post(address.http, json=QUERY, headers={"Authorization": f"bearer {text}"})
            answer = await client.post(address.http, json=QUERY)
        assert "data" not in answer.json()
        assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_secrets_are_neither_logged_nor_told(
    board: Board, address: Address, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "phaseboard")
    text = await issue(board, Scope.READ)
    wrong = text[:-4] + "AAAA"
    told: list[str] = []
    async with httpx.AsyncClient() as client:
        for token in (text, wrong):
            for url in (address.http, f"{address.http}?token={token}"):
                answer = await client.post(url, json={"query": "{ nothing }"}, headers=bearer(token))
                told.append(answer.text + str(answer.headers))
    address.token = text
    async with address.socket() as client, address.sse("subscription { nothing }") as events:
        await client.subscribe("subscription { nothing }")
        told += [json.dumps(await client.receive()), json.dumps(await events.result())]
    own = [record for record in caplog.records if record.name.startswith("phaseboard")]
    logged = " ".join(f"{record.getMessage()} {record.__dict__}" for record in own)
    for secret in (text.rpartition("_")[2], wrong.rpartition("_")[2]):
        assert secret not in logged
        assert not any(secret in answer for answer in told)


async def test_without_access_control_everybody_is_anonymous() -> None:
    async with Board().still() as board:
        query = {"query": "{ viewer { actor { kind name } scopes } }"}
        for headers in ({}, bearer(UNKNOWN), {"Authorization": "Basic x"}):
            viewer = (await board.http.post("/graphql", json=query, headers=headers)).json()["data"]["viewer"]
            assert viewer["actor"] == {"kind": "ANONYMOUS", "name": "anonymous"}
            assert viewer["scopes"] == list(Scope)
