"""What resolvers work with: one context a request, or a socket."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import strawberry

from phaseboard.access.scopes import ALL_SCOPES
from phaseboard.api.answers import Reads
from phaseboard.api.loader import Loader
from phaseboard.api.prefetch import Prefetch
from phaseboard.api.view import View
from phaseboard.domain.actor import Actor
from phaseboard.domain.events import RecordedEvent
from phaseboard.domain.release import Release
from phaseboard.engine.clock import Clock
from phaseboard.engine.use_cases import UseCases
from phaseboard.feed.feed import Feed
from phaseboard.feed.recent import RecentStatuses
from phaseboard.limits import Limits
from phaseboard.plans.catalog import Catalog
from phaseboard.store.errors import Undecodable
from phaseboard.store.port import Reader, Status, Store

MANY = 50
"""Pieces that take long enough to let others run before they are made."""


@dataclass(frozen=True, slots=True)
class Services:
    """What the API stands on, the same for all callers; `limits` are shown by `service`."""

    store: Store
    use_cases: UseCases
    feed: Feed
    recent: RecentStatuses
    catalog: Catalog
    clock: Clock
    limits: Limits = field(default_factory=Limits)


@dataclass(slots=True)
class Span:
    """Which part of a stream an execution yields, whatever the arguments say, and how far it is.

    `after` and `until` are positions of the log; `everything` begins a status with the one that is, known or not.
    """

    after: int | None = None
    until: int | None = None
    everything: bool = False
    release_id: str | None = None
    """The release whose status is followed."""
    emitted: int | None = None
    """The number of the answer that is being made."""

    def take_number(self) -> int | None:
        """Return the number of the answer that was made; what is no answer of the stream has none."""
        number, self.emitted = self.emitted, None
        return number


class Stretch(NamedTuple):
    """A stretch of a history: so many events after a position, or before it."""

    start: int
    limit: int
    backwards: bool


class Context:
    """Who calls, and what the call may read; loaders batch what one step of an execution asks for, and keep nothing."""

    def __init__(
        self,
        services: Services,
        actor: Actor,
        scopes: Sequence[str] = ALL_SCOPES,
        *,
        span: Span | None = None,
        reads: Reads | None = None,
    ) -> None:
        self.services = services
        self.span = span or Span()
        self.reads = reads or Reads(0)
        self.view = View(services.store)
        self.actor = actor
        self.scopes = scopes
        self.ahead: Prefetch[str, Release | Undecodable | None] = Prefetch()
        """What the events to come will ask for."""

    async def _load_releases(self, ids: Sequence[str]) -> list[Release | Undecodable | None]:
        found = await self.ahead.load(ids, self._read_releases)
        return [found[release_id] for release_id in ids]

    async def _read_releases(self, ids: Sequence[str]) -> Mapping[str, Release | Undecodable | None]:
        found = await self.view.read(lambda reader: reader.releases(ids))
        for release_id in ids:
            release = found.get(release_id)
            revision = release.revision if isinstance(release, Release) else 0
            self.services.recent.learn(release_id, revision)
            self.reads.release(release_id, revision)
        return {release_id: found.get(release_id) for release_id in ids}

    @cached_property
    def releases(self) -> Loader[str, Release | None]:
        """Loads releases."""
        return Loader(self._load_releases, cache=False)

    @cached_property
    def statuses(self) -> Loader[str, Status | None]:
        """Loads statuses; see `status`."""
        return Loader(self._load_statuses, cache=False)

    @cached_property
    def histories(self) -> Loader[tuple[str, Stretch], Sequence[RecordedEvent]]:
        """Loads stretches of the histories of releases."""
        return Loader(self._load_histories, cache=False)

    async def _load_histories(self, keys: Sequence[tuple[str, Stretch]]) -> list[Sequence[RecordedEvent]]:
        wanted: dict[Stretch, list[str]] = defaultdict(list)
        for release_id, stretch in keys:
            wanted[stretch].append(release_id)

        async def read(reader: Reader) -> Mapping[Stretch, Mapping[str, Sequence[RecordedEvent]]]:
            return {
                stretch: await reader.histories(ids, stretch.start, stretch.limit, backwards=stretch.backwards)
                for stretch, ids in wanted.items()
            }

        found = await self.view.read(read)
        return [found[stretch].get(release_id, ()) for release_id, stretch in keys]

    async def turn(self, pieces: int) -> None:
        """Wait for a turn before making so many pieces in one go, if that is many: one list after the other."""
        if pieces > MANY:
            async with self._turns:
                await asyncio.sleep(0)

    @cached_property
    def _turns(self) -> asyncio.Lock:
        return asyncio.Lock()

    async def status(self, release_id: str) -> Status | None:
        """Return the status of a release; what is in memory is not waited for."""
        known = self._recent(release_id)
        if known is None:
            return await self.statuses.load(release_id)
        self.reads.release(release_id, known.snapshot.revision)
        return known

    async def stored_status(self, release_id: str) -> Status | None:
        """Return the status of a release as the database has it now."""
        status = await self.view.read(lambda reader: reader.status(release_id))
        if status is not None:
            self.services.recent.put(status)
        self.reads.release(release_id, status.snapshot.revision if status else 0)
        return status

    def _recent(self, release_id: str) -> Status | None:
        """Return the status that is in memory, unless it may be newer than what is read."""
        return None if self.view.is_held else self.services.recent.get(release_id)

    async def _load_statuses(self, ids: Sequence[str]) -> list[Status | Undecodable | None]:
        known: dict[str, Status | Undecodable | None] = {release_id: self._recent(release_id) for release_id in ids}
        if missing := [release_id for release_id, status in known.items() if status is None]:
            read = await self.view.read(lambda reader: reader.statuses(missing))
            for status in read.values():
                if isinstance(status, Status):
                    self.services.recent.put(status)
            known |= read
        for release_id, found in known.items():
            self.reads.release(release_id, found.snapshot.revision if isinstance(found, Status) else 0)
        return [known[release_id] for release_id in ids]


Info = strawberry.Info[Context, None]
