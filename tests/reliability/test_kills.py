"""T5: kill -9 at random moments under load, then a restart on the same file; nothing is lost, nothing is told twice."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from tests.reliability.invariants import check_invariants
from tests.reliability.scale import scaled, seeds
from tests.reliability.storm import CLIENTS, Storm, storm
from tests.servers import Server, ServerEnded

KILLS = scaled(25, 500)
START_SECONDS = 0.4
"""About as long as a server takes to start."""

pytestmark = [pytest.mark.process, pytest.mark.timeout(300 + 10 * KILLS)]


@pytest.mark.parametrize("part", seeds(KILLS, parts=2), ids=str)
async def test_nothing_is_lost_or_told_twice(tmp_path: Path, part: range, figures: Callable[[str], None]) -> None:
    chance = Random(part.start)
    async with storm(tmp_path, chance) as around:
        kills = [await kill(around, chance) for _ in part]
    history = await around.history()
    figures(f"{len(kills)} kills and {sum(kills)} more while starting, {around.figures(history)}")
    check_invariants(history)
    assert around.load.ended >= CLIENTS


async def kill(around: Storm, chance: Random) -> bool:
    """Kill the server at a moment that chance picks, and start it again; returns whether it was killed once more."""
    async with around.patience():
        await around.load.moves(chance.randint(1, 60))
    await asyncio.sleep(chance.uniform(0, 0.02))  # the moment is what is tested
    await asyncio.to_thread(around.server.kill)
    again = chance.random() < 0.2 and await killed_while_starting(around.server, chance.uniform(0, START_SECONDS))
    await asyncio.to_thread(around.server.restart)
    return again


async def killed_while_starting(server: Server, seconds: float) -> bool:
    starting = asyncio.create_task(asyncio.to_thread(server.start))
    await asyncio.wait([starting], timeout=seconds)
    server.process.kill()
    with suppress(ServerEnded):
        await starting
        return False
    return True
