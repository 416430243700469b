"""Whatever happens in whatever order: who shares gets what it would get alone."""

import asyncio
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phaseboard.feed import feed as feed_module
from tests.api.streams.scene import Scene
from tests.api.streams.walk import Walk

COURSES = st.lists(st.sampled_from("aabcpPPtTTffffffffmssssllrrqQ"), min_size=30, max_size=60)


def test_who_shares_gets_what_it_would_get_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "PAGE", 3)
    walks: list[Walk] = []

    @settings(max_examples=80, deadline=None)
    @given(st.integers(1, 8), st.integers(1, 4), COURSES, st.randoms(use_true_random=True))
    def walk(kept: int, remembered: int, course: list[str], chance: random.Random) -> None:
        walks.append(asyncio.run(_walked(kept, remembered, course, chance)))

    walk()
    for shared in ("logs", "statuses", "replays"):
        assert sum(getattr(walk, shared) for walk in walks) > len(walks) / 4, f"hardly anybody shared {shared}"


async def _walked(kept: int, remembered: int, course: list[str], chance: random.Random) -> Walk:
    async with Scene(kept=kept, remembered=remembered).open() as scene:
        walk = Walk(scene, chance)
        await walk.step("a")
        for step in course:
            await walk.step(step)
        await walk.end()
        staying = [member for member in scene.members if not member.gone]
    assert all(member.end in ("complete", "refused") for member in staying)
    return walk
