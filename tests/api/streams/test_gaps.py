"""Cursors older than the log that is kept: one gap, then everything from there on; none where nothing is missing."""

import asyncio
import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phaseboard.api.scalars import format_cursor
from phaseboard.feed import feed as feed_module
from tests.api.streams.scene import EVENTS, PHASES, STATUS, Gated, Recorder, Scene, positions, settled
from tests.factory import NOW

SOME_TIME = NOW + timedelta(days=1)


async def prune(scene: Scene, count: int) -> int:
    return await scene.store.write(lambda writer: writer.prune(SOME_TIME, count))


def told(member: Recorder) -> list[Any]:
    """Return the positions of the events told, and of each gap as a text."""
    items = [result["data"]["releaseEvents"] for result in member.results]
    for item, number in zip(items, member.numbers, strict=True):
        assert number is not None
        assert format_cursor(number) == item.get("gap", item.get("cursor")), "the number is the cursor"
    return [f"gap {n}" if "gap" in item else n for item, n in zip(items, member.numbers, strict=True)]


@pytest.mark.parametrize("sharing", [True, False])
async def test_a_gap_is_told_once_then_the_rest(sharing: bool) -> None:
    async with Scene(kept=2).open() as scene:
        await scene.change("a", "b", "a", "a")
        await prune(scene, 5)
        hub = scene.hub if sharing else scene.plain
        members = {after: scene.join(EVENTS, hub=hub, after=format_cursor(after)) for after in (0, 4, 5, 6)}
        await scene.settle()
        await scene.change("a")
        await scene.settle()
        assert told(members[0]) == told(members[4]) == ["gap 5", 6, 7, 8, 9, 10]
        assert told(members[5]) == [6, 7, 8, 9, 10]
        assert told(members[6]) == [7, 8, 9, 10]


@pytest.mark.parametrize("sharing", [True, False])
async def test_of_one_release_only_its_own_events_can_be_missing(sharing: bool) -> None:
    async with Scene(kept=2).open() as scene:
        await scene.change("idle", "a", "a", "a")
        await prune(scene, 6)
        hub = scene.hub if sharing else scene.plain
        idle = await scene.store.read(lambda reader: reader.status("rel-idle"))
        assert idle
        assert idle.position == 2
        whole = scene.join(EVENTS, hub=hub, id="rel-idle", after=format_cursor(idle.position))
        behind = scene.join(EVENTS, hub=hub, id="rel-idle", after=format_cursor(1))
        phases = scene.join(PHASES, hub=hub, id="rel-idle", after=format_cursor(idle.position))
        await scene.settle()
        assert (told(whole), told(behind), phases.told) == ([], ["gap 2"], [])
        await scene.change("idle")
        await scene.settle()
        assert (told(whole), told(behind), phases.numbers) == ([9, 10], ["gap 2", 9, 10], [10])


@pytest.mark.parametrize("sharing", [True, False])
async def test_phases_are_refused_over_a_gap(sharing: bool) -> None:
    async with Scene(kept=2).open() as scene:
        await scene.change("a", "a", "a", "a")
        await prune(scene, 5)
        hub = scene.hub if sharing else scene.plain
        following = scene.join(PHASES, hub=hub)
        behind = scene.join(PHASES, hub=hub, after=format_cursor(4))
        at_the_edge = scene.join(PHASES, hub=hub, after=format_cursor(5))
        await scene.settle()
        assert behind.end == "refused"
        assert "older than the log" in behind.errors[0]
        assert (following.end, at_the_edge.end, at_the_edge.numbers) == (None, None, [6, 8])


async def test_phases_end_when_a_gap_opens_before_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "PAGE", 2)
    store = Gated()

    async with Scene(kept=2, store=store).open() as scene:
        await scene.change("a", "a", "a", "a")
        member = scene.join(PHASES, hub=scene.plain, after=format_cursor(0))
        member.on_answer = store.gate.clear
        await scene.settle()
        await prune(scene, 5)
        store.gate.set()
        await scene.settle()
        assert member.numbers == [2, None]
        assert member.results[-1]["errors"][0]["extensions"] == {"code": "EVENT_LOG_GAP", "cursor": format_cursor(5)}
        assert member.end == "complete"


async def test_who_knows_all_there_was_misses_nothing_when_all_is_gone() -> None:
    async with Scene(kept=1).open() as scene:
        await scene.change("a", "b")
        await prune(scene, 9)
        members = [
            scene.join(EVENTS, after=format_cursor(4)),
            scene.join(EVENTS, id="rel-a", after=format_cursor(2)),
            scene.join(EVENTS),
            scene.join(EVENTS, after=format_cursor(3)),
        ]
        await scene.settle()
        assert [told(member) for member in members] == [[], [], [], [4]], "the last one is still in memory"
        await scene.change("a")
        await scene.settle()
        assert [told(member)[-2:] for member in members] == [[5, 6]] * 4


async def test_a_status_is_the_newest_over_a_gap() -> None:
    async with Scene(kept=2).open() as scene:
        await scene.change("a")
        member = scene.join(STATUS, hub=scene.plain, id="rel-a")
        await scene.settle()
        for _ in range(3):
            await scene.log.change("a")
        await prune(scene, 9)
        scene.feed.publish([])
        events = await scene.log.events()
        assert events == []
        await scene.log.change("a")
        await scene.log.change("b")
        await scene.publish()
        await scene.settle()
        assert member.numbers[-1] == 5


@settings(max_examples=80, deadline=None)
@given(
    st.integers(1, 6),
    st.integers(1, 3),
    st.lists(st.sampled_from("aabbcPPtTfffmx"), min_size=5, max_size=50),
    st.randoms(use_true_random=False),
)
def test_whatever_is_pruned_when_nothing_goes_missing_untold(
    kept: int, remembered: int, course: list[str], chance: random.Random
) -> None:
    asyncio.run(_walk(kept, remembered, course, chance))


async def _walk(kept: int, remembered: int, course: list[str], chance: random.Random) -> None:
    async with Scene(kept=kept, remembered=remembered).open() as scene:
        walk = Walk(scene, chance)
        for step in ["a", *course, "P", "T"]:
            await walk.step(step)
        gone = set(walk.ever) - set(positions(await scene.log.events()))
        for after, release_id, member in walk.followers:
            wanted = [n for n, owner in walk.ever.items() if n > after and release_id in (None, owner)]
            check(wanted, gone, told(member))


class Walk:
    """A random course; `ever` is every event that there was, with its release."""

    def __init__(self, scene: Scene, chance: random.Random) -> None:
        self.scene = scene
        self.chance = chance
        self.ever: dict[int, str] = {}
        self.followers: list[tuple[int, str | None, Recorder]] = []

    async def step(self, step: str) -> None:
        match step:
            case "P":
                await self.scene.publish()
            case "x":
                await self._prune()
            case "f":
                self._follow(1)
            case "m":
                self._follow(4)
            case "t":
                for _ in range(self.chance.randint(1, 9)):
                    await asyncio.sleep(0)
            case "T":
                await settled()
            case _:
                await self.scene.log.change(step)
                self.ever |= {one.position: one.release_id for one in await self.scene.log.events()}

    async def _prune(self) -> None:
        published = sum(one.position <= self.scene.log.published for one in await self.scene.log.events())
        await prune(self.scene, self.chance.randint(0, published))

    def _follow(self, count: int) -> None:
        after, release_id = self.chance.randint(0, self.scene.log.published), self.chance.choice([None, "rel-a"])
        hub = self.chance.choice([self.scene.hub, self.scene.plain])
        for _ in range(count):
            member = self.scene.join(EVENTS, hub=hub, id=release_id, after=format_cursor(after))
            member.turns = self.chance.choice([1, 1, 9])
            self.followers.append((after, release_id, member))


def check(wanted: list[int], gone: set[int], got: list[Any]) -> None:
    """Check that all that was wanted was told, or is gone and lies right before a gap."""
    last = 0
    for item in got:
        if isinstance(item, str):
            edge = int(item.removeprefix("gap "))
            assert gone.intersection(n for n in wanted if n > last), "a gap where nothing is missing"
            assert gone.issuperset(n for n in wanted if last < n <= edge)
            last = edge
        else:
            assert [n for n in wanted if last < n <= item] == [item]
            last = item
    assert not [n for n in wanted if n > last]
