"""T7: readers that drop, resume and stall while everything changes: each is told everything, once, in order."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.reliability.invariants import check_invariants
from tests.reliability.scale import SEED, scaled
from tests.reliability.storm import Storm, storm
from tests.reliability.subscribers import Subscriber

CROWD = 8
"""Readers of each kind and temper."""

CONNECTIONS = scaled(60, 1_000)
"""How many have to be made before it is over: each but the first follows a drop."""

CHANGES = scaled(100, 20_000)

pytestmark = [pytest.mark.process, pytest.mark.timeout(300 + CHANGES // 10)]


async def test_every_reader_is_told_everything(tmp_path: Path, figures: Callable[[str], None]) -> None:
    async with storm(tmp_path, Random(SEED), crowd=crowd) as around:
        readers = around.subscribers
        while not (enough(readers) and len(around.load.acknowledged) >= CHANGES):
            async with around.patience():
                await around.load.moves(20)
    history = await around.history()
    stalls = sum(reader.stalled for reader in readers)
    figures(f"{len(readers)} readers, {stalls} stalls, {around.figures(history)}")
    check_invariants(history)
    assert stalls


def crowd(around: Storm) -> list[Subscriber]:
    """Return readers of every kind: over both transports, of events and of phases, that drop or stall."""
    return [
        Subscriber(
            f"{number} {'SSE' if sse else 'socket'} {'drops' if drops else 'stalls'}",
            around.address,
            Random(f"{SEED} {number} {sse} {drops}"),
            sse=sse,
            phases_only=number % 4 == 3,
            drops=drops,
            stalls=not drops,
        )
        for number in range(CROWD)
        for sse in (False, True)
        for drops in (False, True)
    ]


def enough(readers: list[Subscriber]) -> bool:
    return sum(reader.connections for reader in readers) >= CONNECTIONS
