"""T6: PostgreSQL is restarted, crashes, cuts its connections, has no room left, or is silent for one node, under load.

Three nodes are at work on it, of which each has two connections.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import httpx
import pytest

from tests.reliability.database import Database, backends_of, database
from tests.reliability.invariants import check_invariants
from tests.reliability.scale import SEED, scaled
from tests.reliability.storm import Storm, storm
from tests.reliability.subscribers import AGAIN
from tests.servers import Server
from tests.store.test_postgres import Door, gate

TIMES = scaled(1, 50)
"""How often each of it happens."""

REFUSED = 10
"""How many commits find no room before there is some again."""

TROUBLES = ("fast", "immediate", "cut", "full", "silence")

pytestmark = [pytest.mark.process, pytest.mark.timeout(300 + 60 * TIMES)]


async def test_everything_resumes_by_itself(tmp_path: Path, figures: Callable[[str], None]) -> None:
    chance = Random(SEED)
    troubles = chance.sample(TROUBLES * TIMES, len(TROUBLES) * TIMES)
    async with database() as own, gate(own.url) as (gated, door):
        nodes = [gated, own.url, own.url]
        async with storm(tmp_path, chance, "--database-pool", "2", databases=nodes) as around:
            for trouble in troubles:
                async with around.patience():
                    await around.load.moves(chance.randint(1, 20))
                await asyncio.sleep(chance.uniform(0, 0.02))  # the moment is what is tested
                await (silence(around, door) if trouble == "silence" else away(around, own, trouble))
                async with around.patience():
                    await asyncio.gather(*(ready(server) for server in around.servers))
        history = await around.history()
        history.left_over += await backends_of(own.url)
    figures(f"{len(troubles)} troubles, {around.figures(history)}")
    check_invariants(history)


async def away(around: Storm, own: Database, trouble: str) -> None:
    """Let the database be away for all nodes, cut them off, or have no room for what they commit."""
    if trouble == "cut":
        assert await own.cut() >= 2
    elif trouble == "full":
        async with own.full(), around.patience():
            while await own.refused() < REFUSED:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(AGAIN)
    else:
        await own.restart(trouble)


async def silence(around: Storm, door: Door) -> None:
    """Let the first node hear nothing of the database, until it says so and the others have gone on."""
    door.shut()
    try:
        async with around.patience():
            await ready(around.server, wanted=503)
            await around.load.moves(20)
    finally:
        door.open()


async def ready(server: Server, wanted: int = 200) -> None:
    """Wait until a node says that it is ready, or that it is not."""
    async with httpx.AsyncClient(trust_env=False) as client:
        while await told(client, server) != wanted:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(AGAIN)


async def told(client: httpx.AsyncClient, server: Server) -> int | None:
    """Return what a node says of itself; None when the machine is too busy for an answer."""
    with suppress(httpx.TimeoutException):
        return (await client.get(f"{server.url}/readyz")).status_code
    return None
