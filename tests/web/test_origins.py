"""Pages of other origins, and names that only pretend to be this machine's."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from phaseboard.access.scopes import Scope
from phaseboard.web.origins import name_in
from tests.access.issued import bearer, issue
from tests.api.serving import PROTOCOL, Address, served
from tests.engine.board import Board

QUERY = {"query": "{ __typename }"}
EVIL, FRIEND, PUBLIC = "https://evil.example", "https://board.example.com", "https://phaseboard.example.com"
SETTINGS: dict[str, Any] = {"allowed_origins": frozenset({FRIEND}), "public_url": f"{PUBLIC}/"}


@pytest.fixture
async def board() -> AsyncIterator[Board]:
    async with Board(**SETTINGS).still() as board:
        yield board


@pytest.fixture
async def address(board: Board) -> AsyncIterator[Address]:
    async with served(board) as address:
        yield address


async def post(board: Board, **headers: str) -> httpx.Response:
    return await board.http.post("/graphql", json=QUERY, headers=headers)


class TestNames:
    @pytest.mark.parametrize(
        "host",
        ["localhost", "LOCALHOST:8000", "127.0.0.1", "127.9.9.9:1", "[::1]", "[::1]:8000", "phaseboard.example.com"],
    )
    async def test_of_this_machine_and_the_public_one_are_served(self, board: Board, host: str) -> None:
        assert (await post(board, Host=host)).status_code == 200

    @pytest.mark.parametrize(
        "host",
        [
            *("evil.example", "evil.example:8000", "10.0.0.1", "localhost.evil.example", "127.0.0.1.evil.example"),
            *(
                "localhost@evil.example",
                "evil.example#localhost",
                "evil.example/localhost",
                "[::1",
                "localhost:x",
                "x y",
            ),
            *("2130706433", "0x7f.1", "::1", ",", "localhost, evil.example"),
        ],
    )
    async def test_others_are_refused_in_words(self, board: Board, host: str) -> None:
        for path in ("/graphql", "/metrics", "/", "/callbacks/tsk-1-1/1"):
            answer = await board.http.post(path, json=QUERY, headers={"Host": host})
            assert answer.status_code == 403
            assert "PHASEBOARD_PUBLIC_URL" in answer.json()["errors"][0]["message"]

    async def test_do_not_matter_where_tokens_do(self) -> None:
        async with Board(auth="tokens").still() as board:
            text = await issue(board, Scope.READ)
            assert (await post(board, Host="anything.example", **bearer(text))).status_code == 200

    async def test_sockets_are_opened_by_the_same_names(self, address: Address) -> None:
        with pytest.raises(InvalidStatus) as refused:
            await connect(address.ws, subprotocols=[PROTOCOL], additional_headers={"Host": "evil.example"})
        assert refused.value.response.status_code in (400, 403)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("a", "a"),
        ("A:80", "a"),
        ("[::1]:80", "::1"),
        ("", None),
        ("a@b", None),
        ("a/b", None),
        ("a?b", None),
        ("a:b", None),
        ("[", None),
        ("a:99999", None),
    ],
)
def test_the_name_in_a_host_header(host: str, name: str | None) -> None:
    assert name_in(host) == name


class TestOrigins:
    @pytest.mark.parametrize("origin", ["http://localhost", FRIEND, PUBLIC])
    async def test_own_and_allowed_ones_may_post(self, board: Board, origin: str) -> None:
        assert (await post(board, Origin=origin)).status_code == 200

    @pytest.mark.parametrize(
        "origin",
        [
            *(EVIL, "null", "", "http://localhost:1", f"{FRIEND}.evil.example", FRIEND.upper(), f"{FRIEND}/"),
            *("board.example.com", "http://["),
        ],
    )
    async def test_others_may_not(self, board: Board, origin: str) -> None:
        answer = await post(board, Origin=origin)
        assert answer.status_code == 403
        assert "PHASEBOARD_ALLOWED_ORIGINS" in answer.json()["errors"][0]["message"]
        assert "access-control-allow-origin" not in answer.headers

    @pytest.mark.parametrize(("origin", "opens"), [(None, True), (FRIEND, True), (EVIL, False), ("null", False)])
    async def test_sockets_are_opened_by_the_same_pages(
        self, address: Address, origin: str | None, opens: bool
    ) -> None:
        headers = {"Origin": origin} if origin else {}
        opening = connect(address.ws, subprotocols=[PROTOCOL], additional_headers=headers)
        if opens:
            async with opening as connection:
                assert connection.subprotocol == PROTOCOL
            return
        with pytest.raises(InvalidStatus) as refused:
            await opening
        assert refused.value.response.status_code == 403
        assert b"PHASEBOARD_ALLOWED_ORIGINS" in (refused.value.response.body or b"")

    async def test_a_page_of_the_server_opens_sockets(self, address: Address) -> None:
        own = address.http.removesuffix("/graphql")
        async with connect(address.ws, subprotocols=[PROTOCOL], additional_headers={"Origin": own}) as connection:
            assert connection.subprotocol == PROTOCOL


class TestSharing:
    """Cross-origin resource sharing."""

    async def preflight(self, board: Board, origin: str) -> httpx.Response:
        asked = {
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        }
        return await board.http.options("/graphql", headers={"Origin": origin, **asked})

    async def test_allowed_origins_may_read_answers(self, board: Board) -> None:
        asked = await self.preflight(board, FRIEND)
        assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (200, FRIEND)
        for _ in range(3):
            answer = await post(board, Origin=FRIEND)
            assert answer.headers["access-control-allow-origin"] == FRIEND
            assert "access-control-allow-credentials" not in answer.headers
            assert "origin" in answer.headers["vary"].lower()

    async def test_others_may_not(self, board: Board) -> None:
        asked = await self.preflight(board, EVIL)
        assert asked.status_code == 400
        assert "access-control-allow-origin" not in asked.headers
        read = await board.http.get("/graphql", params=QUERY, headers={"Origin": EVIL})
        assert "access-control-allow-origin" not in read.headers

    async def test_is_off_unless_configured(self) -> None:
        async with Board().still() as board:
            for origin in (FRIEND, "http://localhost"):
                assert "access-control-allow-origin" not in (await self.preflight(board, origin)).headers

    async def test_a_preflight_needs_no_token_and_a_refusal_can_be_read(self) -> None:
        async with Board(auth="tokens", **SETTINGS).still() as board:
            assert (await self.preflight(board, FRIEND)).status_code == 200
            refused = await post(board, Origin=FRIEND)
            assert refused.status_code == 401
            assert refused.headers["access-control-allow-origin"] == FRIEND

    async def test_answers_that_come_again_carry_it_too(self, address: Address) -> None:
        async with httpx.AsyncClient() as client:
            for _ in range(5):
                answer = await client.post(address.http, json=QUERY, headers={"Origin": FRIEND})
                assert answer.headers["access-control-allow-origin"] == FRIEND
                assert "access-control-allow-origin" not in (await client.post(address.http, json=QUERY)).headers
