"""The door and answers that are kept: they are given to nobody who may not read them."""

from datetime import timedelta

import httpx
import pytest

from phaseboard.access.scopes import Scope
from tests.access.issued import bearer, issue, rescope, revoke
from tests.api.serving import Address, served
from tests.engine.board import Board
from tests.factory import NOW
from tests.web.guarded import QUERY, access


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
