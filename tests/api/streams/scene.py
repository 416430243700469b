"""A hub with everything below it real and nothing around it: members that note what they get, no clock, no thread.

What is committed, what is published and how far the tasks run between is the test's choice.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self

from graphql import GraphQLError

from phaseboard.access.principal import Principal
from phaseboard.access.scopes import ALL_SCOPES, Scopes
from phaseboard.api.context import Context, Services
from phaseboard.api.schema import schema
from phaseboard.api.streams.execution import Operation
from phaseboard.api.streams.group import Group
from phaseboard.api.streams.hub import Caller, Hub
from phaseboard.domain.actor import Actor, ActorKind
from phaseboard.domain.events import RecordedEvent
from phaseboard.engine.use_cases import UseCases
from phaseboard.feed.feed import Feed
from phaseboard.feed.recent import RecentStatuses
from phaseboard.feed.tail import Tail
from phaseboard.limits import Limits
from phaseboard.store.memory import MemoryStore
from phaseboard.store.port import Reader
from tests.engine.hands import Clock
from tests.feed.log import Log

PHASES = "subscription ($id: ID, $after: Cursor) { phaseChanged(releaseId: $id, after: $after) { cursor to } }"
EVENTS = """subscription ($id: ID, $after: Cursor) { releaseEvents(releaseId: $id, after: $after) {
  __typename ... on ReleaseEvent { cursor } ... on EventLogGap { gap: cursor } } }"""
STATUS = "subscription ($id: ID!, $known: Int) { releaseStatus(releaseId: $id, knownRevision: $known) { revision } }"

ANYBODY = Actor(ActorKind.ANONYMOUS, "anybody")


class Gated(MemoryStore):
    """A store whose reads are counted, and wait, or fail, when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.gate.set()
        self.fault: Exception | None = None
        self.reads = 0

    async def read(self, work: Callable[[Reader], Awaitable[Any]]) -> Any:
        self.reads += 1
        await self.gate.wait()
        if self.fault:
            raise self.fault
        return await super().read(work)


class Recorder:
    """A member that notes what it gets; after an end nothing may come."""

    def __init__(self, begins: int | None = None) -> None:
        self.begins = begins
        self.told: list[tuple[int | None, bytes]] = []
        self.end: str | None = None
        self.errors: list[str] = []
        self.gone = False
        self.turns = 1
        """How many turns of the event loop it takes to read what it was told."""
        self.wrong: list[str] = []
        self.on_answer: Callable[[], None] = lambda: None
        self.group: Group | None = None

    def answer(self, number: int | None, payload: bytes) -> None:
        self._check("an answer")
        self.told.append((number, payload))
        self.on_answer()

    async def room(self) -> None:
        for _ in range(self.turns):
            await asyncio.sleep(0)

    def refused(self, errors: Sequence[GraphQLError]) -> None:
        self._ended("refused")
        self.errors = [error.message for error in errors]

    def complete(self) -> None:
        self._ended("complete")

    def hang_up(self) -> None:
        self._ended("hang up")

    def leave(self) -> None:
        assert self.group
        self.group.leave(self)
        self.gone = True

    @property
    def numbers(self) -> list[int | None]:
        return [number for number, _ in self.told]

    @property
    def results(self) -> list[Any]:
        return [json.loads(payload) for _, payload in self.told]

    def _ended(self, how: str) -> None:
        self._check(how)
        self.end = how

    def _check(self, what: str) -> None:
        """Note what must not come any more; the group would take an exception for a fault of the member."""
        if self.end is not None or self.gone:
            self.wrong.append(f"{what} after {self.end or 'leaving'}")


class Scene:
    """A store, its log, a feed, and two hubs over it: one that shares and one that does not."""

    def __init__(self, *, kept: int = 5, remembered: int = 3, store: MemoryStore | None = None) -> None:
        self.store = store or MemoryStore()
        self.feed = Feed(self.store, Tail(kept=kept))
        self.recent = RecentStatuses()
        self.store.on_commit(self.recent.committed)
        self.log = Log(self.store, self.feed)
        clock = Clock()
        self.services = Services(self.store, UseCases(self.store, clock), self.feed, self.recent, {}, clock)
        self.members: list[Recorder] = []
        self.hub = self._hub(sharing=True, remembered=remembered)
        self.plain = self._hub(sharing=False, remembered=remembered)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Self]:
        """Open everything; at the end nothing must be left over, and nobody told what it must not be."""
        before = asyncio.all_tasks()
        await self.store.open()
        await self.feed.open()
        yield self
        self.feed.close()
        await settled()
        assert self.hub.groups == self.plain.groups == ()
        assert self.feed.followers == 0
        left = asyncio.all_tasks() - before - {asyncio.current_task()}
        assert not left, f"left over: {left}"
        assert not any(member.wrong for member in self.members)
        await self.store.close()

    def join(
        self, document: str, *, hub: Hub | None = None, rights: Scopes = ALL_SCOPES, begins: int | None = None,
        name: str | None = None, **variables: Any,
    ) -> Recorder:  # fmt: skip
        """Let a new member follow."""
        member = Recorder(begins)
        self.members.append(member)
        principal = Principal(ANYBODY, rights)
        caller = Caller(principal, lambda span: Context(self.services, ANYBODY, rights, span=span))
        member.group = (hub or self.hub).join(Operation(document, name, variables), caller, member)
        return member

    async def publish(self, most: int = 100_000) -> None:
        """Tell followers about committed events, at most so many."""
        batch = (await self.log.events(self.log.published))[:most]
        self.recent.publish(batch)
        await self.log.publish(most)

    async def change(self, *keys: str) -> None:
        """Commit the next change of each release, two events, and publish it."""
        for key in keys:
            await self.log.change(key)
            await self.publish()

    async def settle(self) -> None:
        await settled()

    def _hub(self, *, sharing: bool, remembered: int) -> Hub:
        return Hub(schema, self.feed, self.recent, sharing=sharing, limits=Limits(), remembered=remembered)


async def settled() -> None:
    """Let all tasks run until each waits for something that only the test can bring about."""
    loop: Any = asyncio.get_running_loop()
    await asyncio.sleep(0)
    while loop._ready:  # noqa: ASYNC110 - there is no event for nobody having anything to do
        await asyncio.sleep(0)


def positions(events: Sequence[RecordedEvent]) -> list[int]:
    return [event.position for event in events]


def store_of(scene: Scene) -> Gated:
    """Return the store of a gated scene."""
    assert isinstance(scene.store, Gated)
    return scene.store
