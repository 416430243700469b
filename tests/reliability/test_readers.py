"""T7: readers that drop, resume and stall while everything changes: each is told everything, once, in order."""

import time
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

SECONDS = scaled(20, 600)
"""How long it lasts at least."""

DROPS = scaled(100, 1_000)
"""How many readers have to have dropped before it is over, and to have come back."""

CHANGES = scaled(100, 2_000)

pytestmark = [pytest.mark.process, pytest.mark.timeout(300 + 2 * SECONDS)]


async def test_every_reader_is_told_everything(tmp_path: Path, figures: Callable[[str], None]) -> None:
    async with storm(tmp_path, Random(SEED), crowd=crowd) as around:
        readers = around.subscribers
        until = time.monotonic() + SECONDS
        while time.monotonic() < until or drops(readers) < DROPS or len(around.load.acknowledged) < CHANGES:
            async with around.patience():
                await around.load.moves(20)
    history = await around.history()
    stalls = sum(reader.stalled for reader in readers)
    figures(f"{len(readers)} readers, {drops(readers)} drops, {stalls} stalls, {around.figures(history)}")
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


def drops(readers: list[Subscriber]) -> int:
    return sum(reader.connections - 1 for reader in readers if reader.drops and reader.connections)
