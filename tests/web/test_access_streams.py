"""The door and what stays open: who may begin a socket, and what happens to streams when rights end."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from phaseboard.access.scopes import Scope
from phaseboard.domain.enums import Action
from tests.access.issued import issue, revoke
from tests.api.serving import PROTOCOL, Address
from tests.engine.board import ID, Board
from tests.factory import NOW
from tests.web.guarded import EVENTS, FORBIDDEN, UNKNOWN, access, following


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
