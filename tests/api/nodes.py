"""Several servers in the test's process, on one PostgreSQL database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from datetime import timedelta
from typing import Any

from tests.engine.board import Board
from tests.engine.hands import PATIENCE, Clock
from tests.store.hearing import HearingStore


class Nodes(list[Board]):
    """Boards that share a database and a clock, with all their caches on."""

    @property
    def stores(self) -> list[HearingStore]:
        return [board.store for board in self]  # type: ignore[misc]


@asynccontextmanager
async def serving(*stores: HearingStore, claiming: bool = False, **settings: Any) -> AsyncIterator[Nodes]:
    """Run a server on each store; unless `claiming` they take up no tasks, so that nothing moves by itself."""
    clock, nodes = Clock(), Nodes()
    async with AsyncExitStack() as stack:
        for store in stores:
            poll = timedelta(seconds=store.poll or 0)
            looks = {"database_listen": store.poll is None, "database_poll": poll}
            board = Board(store, clock=clock, **{"answers": True, "sharing": True, **looks, **settings})
            await stack.enter_async_context(board.server.running())
            await stack.enter_async_context(board._client())
            if not claiming:
                board.server.loop.stop_claiming()
            await store.heard(0)
            nodes.append(board)
        yield nodes


async def told(board: Board, position: int) -> None:
    """Wait until a node has told what stands at a position; it has to have been open before that was committed."""
    async with asyncio.timeout(PATIENCE), aclosing(board.feed.events(position - 1)) as stretches:
        await anext(stretches)


async def all_told(nodes: list[Board]) -> None:
    """Wait until all nodes have told what is committed now."""
    end = await nodes[0].store.read(lambda reader: reader.last_position())
    for board in nodes:
        await told(board, end)
