"""Whatever happens in whatever order: who shares gets what it would get alone."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phaseboard.access.scopes import Scope
from phaseboard.api.scalars import format_cursor
from phaseboard.feed import feed as feed_module
from tests.api.streams.scene import EVENTS, PHASES, STATUS, Recorder, Scene, settled

LITERAL = 'subscription { releaseEvents(after: "%s") { __typename ... on ReleaseEvent { cursor } } }'
DEFAULT = 'subscription ($after: Cursor = "%s") { phaseChanged(after: $after) { cursor } }'
REQUIRED = "subscription ($after: Cursor!) { phaseChanged(after: $after) { cursor revision } }"
FRAGMENT = """subscription ($id: ID, $after: Cursor) { ...root }
fragment root on Subscription { phaseChanged(releaseId: $id, after: $after) { revision } }"""
WRONG = "subscription { phaseChanged { nothing } }"
QUERY = "query { releases { nodes { id } } }"
LOGS = [PHASES, EVENTS, LITERAL, DEFAULT, REQUIRED, FRAGMENT, WRONG, QUERY]
IDS = [None, "rel-a", "rel-b", "rel-none"]


@dataclass
class Twins:
    """The same client twice: shared and alone."""

    shared: Recorder
    alone: Recorder

    def leave(self) -> None:
        for member in (self.shared, self.alone):
            member.leave()


@dataclass
class Watcher:
    """A client that follows a status; `began` is the revision committed when it joined."""

    release_id: str
    began: int
    known: int | None
    member: Recorder

    def check(self, newest: int) -> None:
        """Check that it got the newest at once, unless it knew that, and the newest at the end, each once, in order."""
        told = [number for number in self.member.numbers if number is not None]
        if not self.began and self.member.end == "refused":
            return
        assert told == sorted(set(told))
        assert all(number >= self.began for number in told)
        assert told[-1:] == [newest] or (not told and self.known == newest)
        assert told[:1] != [self.known] or self.known != self.began


class Walk:
    """A random course, and what is checked at its end."""

    def __init__(self, scene: Scene, chance: random.Random) -> None:
        self.scene = scene
        self.chance = chance
        self.twins: list[Twins] = []
        self.watchers: list[Watcher] = []

    async def step(self, step: str) -> None:
        """Take one step; some wait until what they let loose has come to rest, most do not."""
        if step in "abc":
            await self.scene.log.change(step)
        else:
            await self._others[step](self)

    async def _publish_some(self) -> None:
        await self.scene.publish(self.chance.randint(1, 4))

    async def _publish_all(self) -> None:
        await self.scene.publish()

    async def _turn(self) -> None:
        for _ in range(self.chance.randint(1, 12)):
            await asyncio.sleep(0)

    async def _settle(self) -> None:
        await settled()

    async def _follow(self) -> None:
        self.twins.append(self._twins())

    async def _watch(self) -> None:
        release_id = self.chance.choice(["rel-a", "rel-b"])
        known = self.chance.choice([None, 0, 1, 2, 3, 99])
        self.watchers.append(Watcher(release_id, self._revision(release_id), known, self._status(release_id, known)))

    def _status(self, release_id: str, known: int | None) -> Recorder:
        return self.scene.join(STATUS, id=release_id, known=known)

    def _revision(self, release_id: str) -> int:
        """Return the revision that is committed; 0 for a release that does not exist."""
        found = self.scene.store._kept.releases.get(release_id)
        return found.revision if found else 0

    async def _leave(self) -> None:
        if self.twins:
            self.twins.pop(self.chance.randrange(len(self.twins))).leave()

    async def _watch_no_more(self) -> None:
        if self.watchers:
            self.watchers.pop(self.chance.randrange(len(self.watchers))).member.leave()

    _others: ClassVar[dict[str, Callable[["Walk"], Awaitable[None]]]] = {
        "p": _publish_some,
        "P": _publish_all,
        "t": _turn,
        "T": _settle,
        "f": _follow,
        "s": _watch,
        "l": _leave,
        "L": _watch_no_more,
    }

    def _twins(self) -> Twins:
        document = self.chance.choice(LOGS)
        after = self.chance.choice([None, "garbage", *(format_cursor(n) for n in range(self.scene.log.published + 3))])
        given: dict[str, Any] = {"after": after} if self.chance.random() < 0.8 else {}
        if "$id" in document:
            given["id"] = self.chance.choice(IDS)
        if "%s" in document:
            document %= after
        begins = self.chance.randint(0, self.scene.feed.head) if self.chance.random() < 0.1 else None
        rights = (self.chance.choice([Scope.READ, Scope.ADMIN]),)
        shared = self.scene.join(document, begins=begins, rights=rights, **given)
        alone = self.scene.join(document, hub=self.scene.plain, begins=begins, rights=rights, **given)
        return Twins(shared, alone)

    async def end(self) -> None:
        await self.scene.publish()
        await settled()
        for twins in self.twins:
            assert twins.shared.told == twins.alone.told
            assert (twins.shared.end, twins.shared.errors) == (twins.alone.end, twins.alone.errors)
        for watcher in self.watchers:
            watcher.check(self._revision(watcher.release_id))
        assert len(self.scene.hub.groups) <= len(self.twins) + len(self.watchers)


COURSES = st.lists(st.sampled_from("aabbcpPttTTffffsslL"), min_size=5, max_size=60)


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 8), st.integers(1, 4), COURSES, st.randoms(use_true_random=False))
def test_who_shares_gets_what_it_would_get_alone(
    kept: int, remembered: int, course: list[str], chance: random.Random
) -> None:
    asyncio.run(_walk(kept, remembered, course, chance))


async def _walk(kept: int, remembered: int, course: list[str], chance: random.Random) -> None:
    async with Scene(kept=kept, remembered=remembered).open() as scene:
        walk = Walk(scene, chance)
        await walk.step("a")
        for step in course:
            await walk.step(step)
        await walk.end()
        joined = [twin for twins in walk.twins for twin in (twins.shared, twins.alone)]
    for member in (*joined, *(watcher.member for watcher in walk.watchers)):
        assert member.end in ("complete", "refused")


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "PAGE", 3)
