"""The door: who is let in, and in which words others are turned away."""

import asyncio
import json
import logging
from typing import Any

import httpx
import pytest
from starlette.types import Message

from phaseboard.access.scopes import Scope
from phaseboard.store.memory import MemoryStore
from tests.access.issued import bearer, issue, revoke
from tests.api.serving import Address
from tests.engine.board import ID, Board
from tests.web.guarded import QUERY, UNKNOWN, access


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
