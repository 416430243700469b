"""T8 on three nodes: rolling restarts by SIGTERM under load; nobody notices but those who have to connect again."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.reliability.database import backends_of
from tests.reliability.invariants import check_invariants
from tests.reliability.scale import SEED, scaled
from tests.reliability.storm import Storm, storm

NODES = 3
ROUNDS = scaled(1, 34)
"""How often each node is restarted."""

LIMIT = 15.0
"""Seconds that a busy machine gets to stop a node; on an idle one it is five."""

pytestmark = [pytest.mark.process, pytest.mark.timeout(300 + 60 * ROUNDS)]


async def test_a_rolling_restart_is_not_noticed(
    tmp_path: Path, postgres_url: str, figures: Callable[[str], None]
) -> None:
    chance = Random(SEED)
    async with storm(tmp_path, chance, databases=[postgres_url] * NODES) as around:
        seconds = [second for _ in range(ROUNDS) for second in await rolled(around, chance)]
    history = await around.history()
    history.left_over += await backends_of(postgres_url)
    figures(f"{len(seconds)} stops within {max(seconds):.1f} s, {around.figures(history)}")
    check_invariants(history)
    assert max(seconds) < LIMIT


async def rolled(around: Storm, chance: Random) -> list[float]:
    """Stop and start one node after the other; returns how many seconds each took to stop."""
    seconds = []
    for server in around.servers:
        async with around.patience():
            await around.load.moves(chance.randint(1, 30))
        began = time.monotonic()
        assert await asyncio.to_thread(server.terminate) == 0
        seconds.append(time.monotonic() - began)
        await asyncio.to_thread(server.start)
    return seconds
