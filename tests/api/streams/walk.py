"""A random course of clients that come, go and come back, each of them twice: shared and alone.

A walk has few documents, variables and rights to choose from, so that many of its clients share. A follower of the log
may be away for a while where it shares, and resumes by cursor; its twin stays, so that nothing may be missing, or told
twice, however often it was away.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from phaseboard.access.scopes import Scope, Scopes
from phaseboard.api.scalars import format_cursor
from phaseboard.api.streams.shared import LogGroup
from tests.api.streams.scene import EVENTS, PHASES, STATUS, Recorder, Scene, settled

LITERAL = 'subscription { releaseEvents(after: "%s") { __typename ... on ReleaseEvent { cursor } } }'
DEFAULT = 'subscription ($after: Cursor = "%s") { phaseChanged(after: $after) { cursor } }'
REQUIRED = "subscription ($after: Cursor!) { phaseChanged(after: $after) { cursor revision } }"
FRAGMENT = """subscription ($id: ID, $after: Cursor) { ...root }
fragment root on Subscription { phaseChanged(releaseId: $id, after: $after) { revision } }"""
NAMED = "subscription A { phaseChanged { cursor to } } subscription B { phaseChanged { from cursor } }"
WRONG = "subscription { phaseChanged { nothing } }"
QUERY = "query { releases { nodes { id } } }"

SHARED = [PHASES, PHASES.replace(" to ", " from "), EVENTS, REQUIRED, FRAGMENT]
"""What members may share, as long as they ask for it in the same words."""

LOGS = [NAMED, *SHARED, LITERAL, DEFAULT, WRONG, QUERY]
LOADING = STATUS.replace("{ revision }", "{ revision release { cycles { id } } }")
"""A status that is waited for on its way."""

STATUSES = [STATUS, LOADING, STATUS.replace(" revision ", " currentPhase ")]
IDS = [None, "rel-a", "rel-b", "rel-none"]
READ, ADMIN, NOTHING = (Scope.READ,), (Scope.ADMIN,), (Scope.WRITE,)


@dataclass(eq=False)
class Follower:
    """A client that follows the log: its visits where it shares, one after another, and its twin that stays."""

    document: str
    name: str | None
    rights: Scopes
    given: dict[str, Any]
    visits: list[Recorder]
    alone: Recorder

    @property
    def told(self) -> list[tuple[int | None, bytes]]:
        """Everything told on its visits."""
        return [answer for visit in self.visits for answer in visit.told]

    @property
    def last(self) -> int | None:
        """The position told last; None where there is nothing to come back for."""
        return None if self.visits[-1].end or not self.told else self.told[-1][0]

    def check(self) -> None:
        """Check that one was told what the other was told, as far as both were."""
        assert all(one == other for one, other in zip(self.told, self.alone.told, strict=False))

    def check_end(self) -> None:
        """Check that both were told the same to the end, unless one is away."""
        self.check()
        if not self.visits[-1].gone:
            assert self.told == self.alone.told
            assert (self.visits[-1].end, self.visits[-1].errors) == (self.alone.end, self.alone.errors)


@dataclass(eq=False)
class Watcher:
    """A client that follows a status, with its twin; `began` is the revision committed when they joined."""

    release_id: str
    began: int
    known: int | None
    shared: Recorder
    alone: Recorder

    def check(self) -> None:
        """Check that it was told each revision once, in order, none of them old, and as its twin was."""
        numbers = self.shared.numbers
        assert numbers == sorted(set(numbers))  # type: ignore[type-var]
        assert all(number is not None and number >= self.began for number in numbers)
        assert not numbers or numbers[0] != self.known or self.known != self.began
        told = dict(self.alone.told)
        assert all(told.get(number, payload) == payload for number, payload in self.shared.told)

    def check_end(self, newest: int) -> None:
        """Check that it was told the newest, as its twin was, unless it knew that."""
        self.check()
        if "refused" in (self.shared.end, self.alone.end):
            assert self.shared.errors == self.alone.errors or not self.began
            return
        for member in (self.shared, self.alone):
            assert member.numbers[-1:] == [newest] or (not member.told and self.known == newest)


@dataclass
class Walk:
    """What happens, what is chosen from, and what is checked at the end.

    `logs`, `statuses` and `replays` tell what was shared.
    """

    scene: Scene
    chance: random.Random
    followers: list[Follower] = field(default_factory=list)
    watchers: list[Watcher] = field(default_factory=list)
    logs: bool = False
    statuses: bool = False
    replays: bool = False

    def __post_init__(self) -> None:
        self._documents = [*[NAMED, self.chance.choice(SHARED)] * 2, self.chance.choice(LOGS)]
        self._ids = [self.chance.choice(IDS), *["rel-a"] * 3]
        self._rights = [self.chance.choice([ADMIN, NOTHING]), *[READ] * 3]

    async def step(self, step: str) -> None:
        """Take one step; some wait until what they let loose has come to rest, most do not."""
        if step in "abc":
            await self.scene.log.change(step)
        else:
            await self._others[step](self)
        for group in self.scene.hub.groups:
            several = group.watchers > 1
            self.logs |= several and group.field != "releaseStatus"
            self.statuses |= several and group.field == "releaseStatus"
            if isinstance(group, LogGroup):
                self.replays |= any(replay.readers > 1 for replay in group._replays._newest.values())

    async def end(self) -> None:
        """Let everything come to rest, and check it all."""
        await self.scene.publish()
        await settled()
        for follower in self.followers:
            follower.check_end()
        for watcher in self.watchers:
            watcher.check_end(self._revision(watcher.release_id))
        assert len(self.scene.hub.groups) <= len(self.followers) + len(self.watchers)

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
        whose = self.chance.choice(self._ids), self.chance.choice(self._rights)
        self._begin(self.chance.choice(self._documents), self._after(), *whose)

    async def _crowd(self) -> None:
        """Let many come at once, from the same position and others near it."""
        document = self.chance.choice(SHARED)
        published = self.scene.log.published
        positions = [max(0, published - self.chance.randint(0, 12)) for _ in range(2)]
        same = self.chance.choice(self._ids), self.chance.choice(self._rights)
        for _ in range(6):
            self._begin(document, format_cursor(self.chance.choice(positions)), *same)
        await asyncio.sleep(0)

    def _begin(self, document: str, after: str | None, release_id: str | None, rights: Scopes) -> None:
        name = self.chance.choice(["A", "B"]) if document == NAMED and self.chance.random() < 0.9 else None
        given: dict[str, Any] = {"after": after} if "$after" in document and self.chance.random() < 0.8 else {}
        if "$id" in document:
            given["id"] = release_id
        if "%s" in document:
            document %= after
        begins = self.chance.randint(0, self.scene.feed.head) if self.chance.random() < 0.1 else None
        asked: dict[str, Any] = {"name": name, "rights": rights}
        shared = self.scene.join(document, begins=begins, **asked, **given)
        shared.turns = self.chance.choice([1, 1, 1, 9])
        alone = self.scene.join(document, hub=self.scene.plain, begins=begins, **asked, **given)
        self.followers.append(Follower(document, **asked, given=given, visits=[shared], alone=alone))

    def _after(self) -> str | None:
        """Return where to begin: now, at the start, a little behind or ahead, or nowhere that there is."""
        published = self.scene.log.published
        near = format_cursor(max(0, published + self.chance.randint(-6, 2)))
        return self.chance.choices([None, format_cursor(0), near, "garbage"], [4, 4, 4, 1])[0]

    async def _away(self) -> None:
        if self.followers:
            self.chance.choice(self.followers).visits[-1].leave()

    async def _back(self) -> None:
        """Let everybody come back who is away, or who is not: from the last cursor, told in either way."""
        for follower in self.followers:
            if (last := follower.last) is None:
                continue
            follower.visits[-1].leave()
            by_variable = "$after" in follower.document and self.chance.random() < 0.5
            given = {**follower.given, "after": format_cursor(last)} if by_variable else follower.given
            begins = None if by_variable else last
            asked: dict[str, Any] = {"name": follower.name, "rights": follower.rights, "begins": begins}
            follower.visits.append(self.scene.join(follower.document, **asked, **given))

    async def _quit(self) -> None:
        if self.followers:
            follower = self.followers.pop(self.chance.randrange(len(self.followers)))
            follower.visits[-1].leave()
            follower.alone.leave()
            follower.check()

    async def _watch(self) -> None:
        release_id = self.chance.choice(["rel-a", "rel-a", "rel-b"])
        began = self._revision(release_id)
        known = self.chance.choice([None, 0, began, began + 1, 99])
        asked: dict[str, Any] = {"rights": self.chance.choice(self._rights), "id": release_id, "known": known}
        document = self.chance.choice(STATUSES)
        shared, alone = (self.scene.join(document, hub=hub, **asked) for hub in (self.scene.hub, self.scene.plain))
        self.watchers.append(Watcher(release_id, began, known, shared, alone))

    async def _watch_no_more(self) -> None:
        if self.watchers:
            watcher = self.watchers.pop(self.chance.randrange(len(self.watchers)))
            watcher.shared.leave()
            watcher.alone.leave()
            watcher.check()

    def _revision(self, release_id: str) -> int:
        """Return the revision that is committed; 0 for a release that does not exist."""
        found = self.scene.store._kept.releases.get(release_id)
        return found.revision if found else 0

    _others: ClassVar[dict[str, Callable[["Walk"], Awaitable[None]]]] = {
        "p": _publish_some,
        "P": _publish_all,
        "t": _turn,
        "T": _settle,
        "f": _follow,
        "m": _crowd,
        "s": _watch,
        "l": _away,
        "r": _back,
        "q": _quit,
        "Q": _watch_no_more,
    }
