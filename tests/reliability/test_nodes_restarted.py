"""T8 on three nodes: rolling restarts by SIGTERM under load, with 50 streams open on the node that stops.

Nobody notices but those who have to connect again.
"""

import asyncio
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from random import Random

import pytest

from tests.reliability.database import backends_of
from tests.reliability.invariants import check_invariants
from tests.reliability.open_streams import MANY, Open, opened
from tests.reliability.scale import SEED, scaled
from tests.reliability.storm import address_of, storm
from tests.servers import Server

NODES = 3
STOPS = scaled(5, 100)
"""How often a node is restarted, one after the other."""

STREAMS = 25
"""Of each kind."""

PROMISED = 5.0
"""Seconds in which a node stops. A busy machine holds some up; a node that is slower by itself holds up all."""

LIMIT = 20.0
"""Seconds that a busy machine gets."""

pytestmark = [pytest.mark.process, pytest.mark.timeout(300 + 20 * STOPS)]


async def test_a_rolling_restart_is_not_noticed(
    tmp_path: Path, postgres_url: str, figures: Callable[[str], None]
) -> None:
    chance = Random(SEED)
    async with storm(tmp_path, chance, databases=[postgres_url] * NODES) as around:
        streams, seconds, ends = list[Open](), list[float](), list[bool]()
        for server in islice(cycle(around.servers), STOPS):
            async with opened(address_of(server), around.position, STREAMS) as open_now:
                async with around.patience():
                    await around.load.moves(chance.randint(1, 30))
                seconds.append(await stopped(server))
            streams += open_now
            ends.append(all(stream.proper for stream in open_now))
            await asyncio.to_thread(server.start)
    history = await around.history()
    history.left_over += await backends_of(postgres_url)
    history.streams += [stream.stream for stream in streams]
    told = f"{len(seconds)} stops within {max(seconds):.1f} s, {len(streams)} streams open"
    figures(f"{told}, {around.figures(history)}")
    check_invariants(history)
    assert MANY(ends)
    assert min(seconds) < PROMISED
    assert max(seconds) < LIMIT


async def stopped(server: Server) -> float:
    """Stop a node; returns how many seconds it took."""
    began = time.monotonic()
    assert await asyncio.to_thread(server.terminate) == 0
    return time.monotonic() - began
