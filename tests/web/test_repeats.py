"""Requests that come again byte for byte: answered at once, and just as they would be otherwise."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Self
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn import Config
from uvicorn.server import ServerState

from phaseboard.access.port import OpenAccess
from phaseboard.api.answers import Answer, Answers, Reads
from phaseboard.domain.enums import Action
from phaseboard.web.http import HttpProtocol, http_protocol
from phaseboard.web.repeats import LARGEST, MAX_BYTES, OVERHEAD, Repeats
from tests.api.serving import served
from tests.engine.board import ID, Board

QUERY = f'{{ releaseStatus(releaseId: "{ID}") {{ currentPhase revision }} }}'


def post(query: str = QUERY, *more: str, version: str = "1.1") -> bytes:
    body = json.dumps({"query": query}).encode()
    lines = [f"POST /graphql HTTP/{version}", "Host: localhost", "Content-Type: application/json", *more]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


@dataclass
class Line:
    """A connection, as bytes."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    @asynccontextmanager
    async def to(cls, port: int) -> AsyncIterator[Self]:
        line = cls(*await asyncio.open_connection("127.0.0.1", port))
        yield line
        line.writer.close()
        await line.writer.wait_closed()

    async def ask(self, *parts: bytes) -> tuple[bytes, bytes]:
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
        return await self.answer()

    async def answer(self) -> tuple[bytes, bytes]:
        """Return the head and the body of the next answer."""
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 10)
        length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length"))
        return head, await self.reader.readexactly(int(length.split(b":")[1]))

    async def closed(self) -> bool:
        return await asyncio.wait_for(self.reader.read(), 10) == b""


@dataclass
class Scene:
    board: Board
    port: int
    lines: AsyncExitStack

    @property
    def repeats(self) -> Repeats:
        return self.board.server.repeats

    async def connect(self) -> Line:
        return await self.lines.enter_async_context(Line.to(self.port))

    async def known(self, request: bytes) -> tuple[bytes, bytes]:
        """Ask until the request is known; return its answer."""
        line = await self.connect()
        answers = [await line.ask(request) for _ in range(3)]
        assert answers[0][1] == answers[1][1] == answers[2][1]
        assert len(self.repeats) == 1
        return answers[2]


@asynccontextmanager
async def staged() -> AsyncIterator[Scene]:
    async with Board(answers=True).still() as board, AsyncExitStack() as lines:
        await board.add()
        async with served(board) as address:
            port = urlsplit(address.http).port
            assert port
            yield Scene(board, port, lines)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with staged() as scene:
        yield scene


def names(head: bytes) -> set[bytes]:
    return {line.split(b":")[0] for line in head.strip().split(b"\r\n")}


async def test_the_third_time_it_is_answered_at_once_and_alike(scene: Scene) -> None:
    line = await scene.connect()
    first = await line.ask(post())
    assert len(scene.repeats) == 0
    second = await line.ask(post())
    assert (len(scene.repeats), scene.board.server.answers.hits) == (1, 1)
    third = await line.ask(post())
    assert first[1] == second[1] == third[1]
    assert names(first[0]) == names(second[0]) == names(third[0])
    assert scene.board.server.answers.hits == 2


async def test_a_change_is_told_at_once(scene: Scene) -> None:
    _, before = await scene.known(post())
    await scene.board.act(Action.START)
    line = await scene.connect()
    for _ in range(3):
        _, now = await line.ask(post())
        assert json.loads(now)["data"]["releaseStatus"]["revision"] == 2
        assert now != before


async def test_all_connections_know_it(scene: Scene) -> None:
    _, body = await scene.known(post())
    lines = [await scene.connect() for _ in range(5)]
    assert {(await line.ask(post()))[1] for line in lines} == {body}
    assert scene.board.server.answers.hits == 2 + 5


async def test_pieces_and_several_at_once_are_parsed(scene: Scene) -> None:
    request = post()
    _, body = await scene.known(request)
    line = await scene.connect()
    for cut in (1, 20, len(request) - 1):
        assert (await line.ask(request[:cut], request[cut:]))[1] == body
    other = post("{ __typename }")
    line.writer.write(request + other + request)
    answers = [(await line.answer())[1] for _ in range(3)]
    assert answers == [body, b'{"data":{"__typename":"Query"}}', body]
    line.writer.write(request[:30])
    line.writer.write(request[30:] + request)
    assert [(await line.answer())[1] for _ in range(2)] == [body, body]


@pytest.mark.parametrize(
    "request_",
    [post(QUERY, "Connection: close"), post(version="1.0"), post(QUERY, "If-None-Match: *"), post("{ nothing }")],
    ids=["close", "1.0", "known tag", "error"],
)
async def test_what_is_special_is_never_remembered(scene: Scene, request_: bytes) -> None:
    for _ in range(3):
        line = await scene.connect()
        await line.ask(request_)
    assert len(scene.repeats) == 0


async def test_who_waits_to_go_on_is_told_to(scene: Scene) -> None:
    request = post(QUERY, "Expect: 100-continue")
    head, _, body = request.partition(b"\r\n\r\n")
    for _ in range(3):
        line = await scene.connect()
        line.writer.write(head + b"\r\n\r\n")
        assert (await line.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
        assert (await line.ask(body))[1].startswith(b'{"data":')
    assert len(scene.repeats) == 0


async def test_mutations_run_each_time(scene: Scene) -> None:
    act = f'mutation {{ startRelease(input: {{releaseId: "{ID}"}}) {{ userErrors {{ __typename }} }} }}'
    line = await scene.connect()
    answers = [json.loads((await line.ask(post(act)))[1]) for _ in range(3)]
    assert [bool(answer["data"]["startRelease"]["userErrors"]) for answer in answers] == [False, True, True]
    assert len(scene.repeats) == 0


async def test_idle_connections_are_closed_when_nothing_comes_but_not_before(scene: Scene) -> None:
    await scene.known(post())
    loop = asyncio.get_running_loop()
    protocol = http_protocol(scene.repeats)
    protocol_of: list[HttpProtocol] = []
    server = await loop.create_server(lambda: _made(protocol, protocol_of), "127.0.0.1", 0)
    async with Line.to(server.sockets[0].getsockname()[1]) as line:
        await line.ask(post())
        [connection] = protocol_of
        timer = connection.timeout_keep_alive_task
        assert timer is not None, "a connection that was only ever answered at once has a timer as well"
        connection.timeout_keep_alive_handler()
        assert not connection.transport.is_closing(), "it was just used"
        connection._answered_at -= connection.timeout_keep_alive
        connection.timeout_keep_alive_handler()
        assert await line.closed()
    server.close()
    await server.wait_closed()


async def _nothing(scope: object, receive: object, send: object) -> None:
    raise AssertionError("all is answered at once here")


def _made(protocol: type[HttpProtocol], made: list[HttpProtocol]) -> HttpProtocol:
    made.append(protocol(Config(app=_nothing, lifespan="off", log_config=None), ServerState(), {}))
    return made[-1]


async def test_the_end_of_the_server_closes_connections_that_were_answered_at_once() -> None:
    async with AsyncExitStack() as lines:
        async with staged() as scene:
            await scene.known(post())
            line = await lines.enter_async_context(Line.to(scene.port))
            await line.ask(post())
        assert await line.closed()


REQUESTS = [post(), post("{ __typename }"), post(QUERY, "X-More: 1"), post("{ nothing }")]


@settings(max_examples=60, deadline=timedelta(seconds=20))
@given(
    chosen=st.lists(st.sampled_from(range(len(REQUESTS))), min_size=1, max_size=8),
    cuts=st.lists(st.integers(0, 400), max_size=6),
    warm=st.booleans(),
)
def test_however_requests_are_cut_each_gets_its_answer(chosen: list[int], cuts: list[int], warm: bool) -> None:
    async def run() -> None:
        async with staged() as scene:
            line = await scene.connect()
            expected = [(await line.ask(request))[1] for request in REQUESTS]
            for request in REQUESTS * 2 * warm:
                await line.ask(request)
            for part in _cut(b"".join(REQUESTS[number] for number in chosen), cuts):
                line.writer.write(part)
                await line.writer.drain()
            assert [(await line.answer())[1] for _ in chosen] == [expected[number] for number in chosen]

    asyncio.run(run())


def _cut(whole: bytes, cuts: Sequence[int]) -> list[bytes]:
    places = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    return [whole[begin:end] for begin, end in pairwise(places)]


# What is remembered


def test_what_is_remembered_is_bounded() -> None:
    answers = Answers()
    repeats = Repeats(answers, OpenAccess())
    reads = answers.reading()
    reads.answered = True
    key = (b"POST", b"", b"body", b"")
    answers.put(key, Answer(b"body", b"tag", (), reads))
    for number in range(2_000):
        repeats.remember(b"%d" % number + b"x" * 10_000, key)
    assert repeats.bytes <= MAX_BYTES
    assert len(repeats) == repeats.bytes // (10_004 + OVERHEAD)
    assert repeats.answer(b"0" + b"x" * 10_000) is None
    assert repeats.answer(b"1999" + b"x" * 10_000) is not None
    repeats.remember(b"x" * (LARGEST + 1), key)
    assert repeats.answer(b"x" * (LARGEST + 1)) is None


def test_an_answer_says_its_length_once() -> None:
    for headers in ((), ((b"content-length", b"4"),)):
        head = Answer(b"body", b"tag", headers, Reads(0)).head
        assert head == b"content-length: 4\r\n\r\n"
