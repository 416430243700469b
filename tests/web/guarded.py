"""What tests ask of a server that asks for tokens, and what follows its release."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from phaseboard.access.bearer import BearerAccess
from tests.api.serving import Address
from tests.engine.board import ID, Board

STATUS = "subscription ($id: ID!) { releaseStatus(releaseId: $id) { currentPhase } }"
EVENTS = "subscription ($id: ID!) { releaseEvents(releaseId: $id) { __typename } }"
QUERY = {"query": "query ($id: ID!) { releaseStatus(releaseId: $id) { currentPhase } }", "variables": {"id": ID}}
UNKNOWN = "pb_" + "x" * 10 + "_" + "y" * 43
FORBIDDEN = (4403, "Forbidden")


def access(board: Board) -> BearerAccess:
    """Return who knows the tokens of a server."""
    assert isinstance(board.server.access, BearerAccess)
    return board.server.access


@asynccontextmanager
async def following(address: Address) -> AsyncIterator[tuple[Any, Any]]:
    """Give a socket and an event stream that follow a release, past the status at the beginning."""
    async with address.socket() as client, address.sse(STATUS, id=ID) as events:
        await client.subscribe(STATUS, id=ID)
        assert (await client.next())["releaseStatus"]["currentPhase"] == "NOT_STARTED"
        assert (await events.next())["releaseStatus"]["currentPhase"] == "NOT_STARTED"
        yield client, events
