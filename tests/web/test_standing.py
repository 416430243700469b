"""Rights are looked at with every event: what happens after they expired is not told, whenever tokens are looked at."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from phaseboard.access.issuer import Issuer
from phaseboard.access.scopes import Scope
from phaseboard.domain.enums import Action
from phaseboard.engine.clock import system_clock
from tests.access.issued import bearer, issue, revoke
from tests.access.issuing import AUDIENCE, LocalIssuer, issuing
from tests.api.serving import Address, Events, Socket, served
from tests.engine.board import ID, Board
from tests.factory import NOW
from tests.web.guarded import EVENTS, FORBIDDEN, QUERY, STATUS, access, following

HOUR = timedelta(hours=1)


async def happens(board: Board) -> None:
    """Commit a change and tell followers of it, with no look at tokens."""
    await board.act(Action.START)
    board.server.recent.publish(await board.events())
    board.feed.publish(await board.events())


async def is_sent_away(client: Socket, events: Events) -> None:
    """Check that nothing more is told than that the rights have ended."""
    assert await client.closed() == FORBIDDEN
    (error,) = (await events.result())["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    await events.completed()


async def test_a_status_after_the_token_expired_is_told_to_nobody(board: Board, address: Address) -> None:
    address.token = await issue(board, Scope.READ, expires_at=NOW + HOUR)
    async with following(address) as (client, events):
        board.clock.now = NOW + HOUR
        await happens(board)
        await is_sent_away(client, events)
    assert board.server.hub.watchers == 0


async def test_an_event_after_the_token_expired_is_told_to_others_alone(board: Board, address: Address) -> None:
    lasting = await issue(board, Scope.READ, name="lasting")
    address.token = await issue(board, Scope.READ, expires_at=NOW + HOUR)
    async with address.socket() as client, address.sse(EVENTS, id=ID) as events:
        await client.subscribe(EVENTS, id=ID)
        await client.alive()
        address.token = lasting
        async with address.socket() as staying:
            await staying.subscribe(EVENTS, id=ID)
            await staying.alive()
            board.clock.now = NOW + HOUR
            await happens(board)
            assert (await staying.next())["releaseEvents"]
            await is_sent_away(client, events)
            assert board.server.hub.watchers == 1


async def test_an_event_after_the_token_was_revoked_is_told_to_nobody_whoever_revoked_it() -> None:
    async with Board(auth="tokens").running() as board, served(board) as address:
        await board.add()
        address.token = await issue(board, Scope.READ)
        async with following(address) as (client, events):
            [looking] = [task for task in asyncio.all_tasks() if task.get_name() == "access"]
            looking.cancel()  # nothing but the event leads to a look at tokens
            await revoke(board)
            await board.act(Action.START)
            await is_sent_away(client, events)


async def test_what_is_missed_is_not_told_after_the_token_expired(board: Board, address: Address) -> None:
    address.token = await issue(board, Scope.READ, expires_at=NOW + HOUR)
    async with address.socket() as client:
        board.clock.now = NOW + HOUR
        await client.subscribe(STATUS, id=ID)
        assert await client.closed() == FORBIDDEN
    assert board.server.hub.groups == ()


class TestIssuer:
    """Tokens of an issuer, by whose clock they may have expired a little earlier than by ours."""

    @pytest.fixture
    def issuer(self) -> Iterator[LocalIssuer]:
        with issuing() as issuer:
            yield issuer

    @pytest.fixture
    async def board(self, issuer: LocalIssuer) -> AsyncIterator[Board]:
        async with Board(auth="tokens", issuer=Issuer(url=issuer.url, audience=AUDIENCE)).still() as board:
            board.clock.now = system_clock()
            await board.add()
            yield board

    async def test_a_stream_ends_when_its_token_says(self, board: Board, address: Address, issuer: LocalIssuer) -> None:
        expires = int(board.clock().timestamp()) + 600
        address.token = issuer.token(exp=expires)
        async with following(address) as (client, events):
            board.clock.now = datetime.fromtimestamp(expires, UTC)
            await access(board).look()
            await is_sent_away(client, events)

    async def test_by_one_that_expired_a_moment_ago_requests_are_answered_and_no_stream_begins(
        self, board: Board, address: Address, issuer: LocalIssuer
    ) -> None:
        address.token = issuer.token(exp=int(board.clock().timestamp()) - 5)
        async with httpx.AsyncClient() as client:
            answer = await client.post(address.http, json=QUERY, headers=bearer(address.token))
            assert answer.json()["data"]["releaseStatus"]["currentPhase"] == "NOT_STARTED"
        async with address.socket(init=False) as socket, address.sse(STATUS, id=ID) as events:
            await socket.send({"type": "connection_init", "payload": address.headers})
            await is_sent_away(socket, events)
        assert board.server.hub.groups == ()
