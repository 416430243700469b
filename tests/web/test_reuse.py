"""Answers given again: which requests are the same, what HTTP says of them, and what passes by."""

import json
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from starlette.types import Message

from phaseboard.api.answers import Answers
from phaseboard.api.transport import READS
from phaseboard.domain.enums import Action
from phaseboard.limits import Limits
from phaseboard.web.reuse import LONGEST_REQUEST, ReuseAnswers
from tests.engine.board import ID, Board

LIMITS = Limits()
QUERY = f'{{ releaseStatus(releaseId: "{ID}") {{ currentPhase revision }} }}'
BODY = json.dumps({"query": QUERY}).encode()
POSTED = {b"content-type": b"application/json"}


@pytest.fixture
async def board() -> AsyncIterator[Board]:
    async with Board(answers=True).still() as board:
        await board.add()
        yield board


async def get(board: Board, query: str = QUERY, **headers: str) -> httpx.Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return await board.http.get("/graphql", params={"query": query}, headers=given)


async def send(
    app: Any, *messages: Message, method: str = "POST", query: bytes = b"", path: str = "/graphql",
    headers: dict[bytes, bytes] = POSTED,
) -> list[Message]:  # fmt: skip
    """Send a request as these messages; return those of the response."""
    inbox = list(messages)
    outbox: list[Message] = []

    async def receive() -> Message:
        return inbox.pop(0) if inbox else {"type": "http.disconnect"}

    async def take(message: Message) -> None:
        outbox.append(message)

    scope = {
        "type": "http", "method": method, "path": path, "query_string": query, "headers": list(headers.items()),
        "http_version": "1.1", "scheme": "http", "server": ("x", 80), "client": ("y", 1), "root_path": "",
    }  # fmt: skip
    await app(scope, receive, take)
    return outbox


def pieces(*parts: bytes) -> list[Message]:
    last = len(parts) - 1
    return [{"type": "http.request", "body": part, "more_body": n != last} for n, part in enumerate(parts)]


def told(outbox: Sequence[Message]) -> tuple[int, bytes]:
    return outbox[0]["status"], b"".join(message.get("body", b"") for message in outbox[1:])


def hits(board: Board) -> int:
    return board.server.answers.hits


# Entity tags


async def test_a_tag_stands_for_an_answer(board: Board) -> None:
    first = await get(board)
    assert (await get(board)).headers["etag"] == first.headers["etag"]
    await board.act(Action.START)
    assert (await get(board)).headers["etag"] != first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    assert first.headers["vary"] == "accept, authorization"


@pytest.mark.parametrize("known", ["{}", "W/{}", '"other", {}', '"other",W/{} ,"more"', "*", " {} "])
@pytest.mark.parametrize("kept", [True, False])
async def test_what_is_known_is_not_sent_again(board: Board, known: str, kept: bool) -> None:
    tag = (await get(board)).headers["etag"]
    if not kept:
        board.server.answers.outdate()
    answer = await get(board, If_None_Match=known.format(tag))
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert "content-length" not in answer.headers
    assert "content-type" not in answer.headers
    assert hits(board) == kept


@pytest.mark.parametrize("known", ['"other"', "", "W/", '"oth*er"', "{}x"])
async def test_what_is_not_known_is_sent(board: Board, known: str) -> None:
    tag = (await get(board)).headers["etag"]
    answer = await get(board, If_None_Match=known.format(tag))
    assert (answer.status_code, answer.json()["data"]["releaseStatus"]["revision"]) == (200, 1)


async def test_tags_in_several_headers_count(board: Board) -> None:
    tag = (await get(board)).headers["etag"]
    headers = [("If-None-Match", '"a"'), ("If-None-Match", tag)]
    answer = await board.http.get("/graphql", params={"query": QUERY}, headers=headers)
    assert answer.status_code == 304


async def test_a_changed_answer_is_sent_whatever_was_known(board: Board) -> None:
    tag = (await get(board)).headers["etag"]
    await board.act(Action.START)
    answer = await get(board, If_None_Match=tag)
    assert (answer.status_code, answer.json()["data"]["releaseStatus"]["revision"]) == (200, 2)


async def test_posts_have_no_tags(board: Board) -> None:
    for _ in range(2):
        answer = await board.http.post("/graphql", json={"query": QUERY}, headers={"If-None-Match": "*"})
        assert answer.status_code == 200
        assert "etag" not in answer.headers
    assert hits(board) == 1


async def test_errors_have_no_tags(board: Board) -> None:
    answer = await get(board, "{ nothing }", If_None_Match="*")
    assert answer.json()["errors"]
    assert "etag" not in answer.headers


async def test_without_keeping_anything_answers_are_the_same(board: Board) -> None:
    kept = [await get(board), await get(board), await board.http.post("/graphql", json={"query": QUERY})]
    async with Board(answers=False).still() as plain:
        await plain.add()
        anew = [await get(plain), await get(plain), await plain.http.post("/graphql", json={"query": QUERY})]
        assert [(one.content, one.headers) for one in anew] == [(one.content, one.headers) for one in kept]
        assert (await get(plain, If_None_Match=anew[0].headers["etag"])).status_code == 304
        assert (hits(plain), len(plain.server.answers)) == (0, 0)


# Which requests are the same


async def test_the_query_counts_even_if_a_get_has_a_body(board: Board) -> None:
    texts = [QUERY, "{ __typename }"]
    for _ in range(2):
        for text in texts:
            query = urlencode({"query": text}).encode()
            status, body = told(await send(board.server.app, *pieces(b"body"), method="GET", query=query, headers={}))
            assert (status, b"releaseStatus" in body) == (200, text is QUERY)


async def test_a_body_in_pieces_is_the_same_as_a_whole_one(board: Board) -> None:
    whole = told(await send(board.server.app, *pieces(BODY)))
    assert whole[0] == 200
    for parts in ((BODY[:5], BODY[5:]), (b"", BODY, b""), tuple(bytes([byte]) for byte in BODY)):
        assert told(await send(board.server.app, *pieces(*parts))) == whole
    assert hits(board) == 3


async def test_long_requests_are_executed_each_time(board: Board) -> None:
    long = json.dumps({"query": QUERY + " " * LONGEST_REQUEST}).encode()
    for _ in range(2):
        assert told(await send(board.server.app, *pieces(long[:9], long[9:])))[0] == 200
    assert (hits(board), len(board.server.answers)) == (0, 0)
    endless = [{"type": "http.request", "body": b" " * 9_000, "more_body": True}] * (LIMITS.body_bytes // 9_000 + 2)
    assert told(await send(board.server.app, *endless))[0] == 413


@pytest.mark.parametrize("sent", [(), (BODY[:5],)])
async def test_a_client_that_leaves_in_the_middle_is_no_fault(
    board: Board, sent: tuple[bytes, ...], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    messages = [{"type": "http.request", "body": part, "more_body": True} for part in sent]
    await send(board.server.app, *messages, {"type": "http.disconnect"})
    assert len(board.server.answers) == 0
    assert not caplog.records


@pytest.mark.parametrize(("method", "path"), [("HEAD", "/graphql"), ("PUT", "/graphql"), ("GET", "/healthz")])
async def test_other_requests_pass_by(board: Board, method: str, path: str) -> None:
    for _ in range(2):
        answer = await board.http.request(method, path, params={"query": QUERY})
        assert "etag" not in answer.headers
    answers = board.server.answers
    assert (answers.hits, answers.misses, len(answers)) == (0, 0, 0)


# What is kept of a response


def reply(status: int = 200, headers: Sequence[tuple[bytes, bytes]] = (), *bodies: bytes, answered: bool = True) -> Any:
    """Return an application that gives one reply and counts how often."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        app.calls += 1  # type: ignore[attr-defined]
        while (await receive()).get("more_body"):
            continue
        scope[READS].answered = answered
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        for message in pieces(*(bodies or (b"x",))):
            await send({**message, "type": "http.response.body"})

    app.calls = 0  # type: ignore[attr-defined]
    return app


async def test_headers_are_kept_with_the_answer() -> None:
    app = reply(
        200, [(b"content-type", b"application/graphql-response+json"), (b"x-more", b"1"), (b"content-length", b"1")]
    )
    kept = ReuseAnswers(app, Answers(), "/graphql")
    first = await send(kept, *pieces(BODY))
    assert await send(kept, *pieces(BODY)) == first
    assert list(first[0]["headers"])[:2] == [(b"content-type", b"application/graphql-response+json"), (b"x-more", b"1")]
    assert app.calls == 1


@pytest.mark.parametrize(
    "app",
    [reply(500), reply(400), reply(200, (), b"a", b"b"), reply(answered=False)],
    ids=["500", "400", "parts", "no"],
)
async def test_other_responses_pass_as_they_are(app: Any) -> None:
    answers = Answers()
    kept = ReuseAnswers(app, answers, "/graphql")
    for _ in range(2):
        outbox = await send(kept, *pieces(b""), method="GET", query=b"q")
        assert [message["type"] for message in outbox[:2]] == ["http.response.start", "http.response.body"]
        assert told(outbox)[1] in (b"x", b"ab")
        assert not any(name == b"etag" for name, _ in outbox[0]["headers"])
    assert len(answers) == 0
