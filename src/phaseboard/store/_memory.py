"""What MemoryStore keeps, and how it is read and written; as `Reader` and `Writer` of the port say."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile
from typing import NamedTuple

from phaseboard.domain.actor import Actor
from phaseboard.domain.enums import ReleaseStatus, TaskStatus
from phaseboard.domain.events import Event, RecordedEvent
from phaseboard.domain.release import Release
from phaseboard.domain.task import Task
from phaseboard.domain.transitions import next_due
from phaseboard.store._census_memory import MemoryCensusReader
from phaseboard.store._tokens_memory import MemoryTokenReader, MemoryTokenWriter
from phaseboard.store.derived import turns
from phaseboard.store.errors import Conflict
from phaseboard.store.instants import cut
from phaseboard.store.paging import cut_out, key_of, matches
from phaseboard.store.port import Change, DueTask, Listed, Place, ReleasePage, Remembered, Status
from phaseboard.store.tokens import StoredToken


class Lease(NamedTuple):
    """The lease on a task given out last."""

    token: int
    expires_at: datetime


@dataclass(slots=True)
class Kept:
    """Everything that is committed; a writer works on a copy that takes its place."""

    releases: dict[str, Release] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    events: list[RecordedEvent] = field(default_factory=list)
    pruned: dict[str, int] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    leases: dict[str, Lease] = field(default_factory=dict)
    remembered: dict[str, Remembered] = field(default_factory=dict)
    tokens: dict[str, StoredToken] = field(default_factory=dict)

    @property
    def gone(self) -> int:
        """The position of the newest event that was pruned; positions have no holes."""
        return max(self.pruned.values(), default=0)

    @property
    def last_position(self) -> int:
        """The position of the newest event."""
        return self.gone + len(self.events)

    def lease_token(self, task_id: str) -> int | None:
        """Return the token of the lease given out last."""
        lease = self.leases.get(task_id)
        return lease.token if lease else None

    def copy(self) -> "Kept":
        """Return a copy to work on."""
        return Kept(
            releases=self.releases.copy(),
            positions=self.positions.copy(),
            events=self.events.copy(),
            pruned=self.pruned.copy(),
            owners=self.owners.copy(),
            leases=self.leases.copy(),
            remembered=self.remembered.copy(),
            tokens=self.tokens.copy(),
        )


class MemoryReader(MemoryTokenReader, MemoryCensusReader):
    """Reads one state."""

    _kept: Kept

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    async def status(self, release_id: str) -> Status | None:
        return (await self.statuses([release_id])).get(release_id)

    async def statuses(self, release_ids: Sequence[str]) -> dict[str, Status]:
        found = await self.releases(release_ids)
        positions = self._kept.positions
        return {key: Status(snapshot=release.snapshot, position=positions[key]) for key, release in found.items()}

    async def release(self, release_id: str) -> Release | None:
        return self._kept.releases.get(release_id)

    async def releases(self, release_ids: Sequence[str]) -> dict[str, Release]:
        return {key: self._kept.releases[key] for key in release_ids if key in self._kept.releases}

    async def page(self, page: ReleasePage) -> list[tuple[Listed, int]]:
        shown = {
            key_of(page.order, release): release
            for release in self._kept.releases.values()
            if matches(release, page.filter)
        }
        return [
            (
                Listed(snapshot=shown[key].snapshot, next_cycle_at=shown[key].next_cycle_at),
                self._kept.positions[shown[key].id],
            )
            for key in cut_out(set(shown), page)
        ]

    async def events(
        self, after: int, limit: int, release_id: str | None = None, *, backwards: bool = False
    ) -> list[RecordedEvent]:
        found = self._beyond(after, backwards=backwards)
        mine = (event for event in found if release_id in (None, event.release_id))
        return [event for event, _ in zip(mine, range(limit), strict=False)]

    async def histories(
        self, release_ids: Sequence[str], after: int, limit: int, *, backwards: bool = False
    ) -> dict[str, list[RecordedEvent]]:
        found: dict[str, list[RecordedEvent]] = {release_id: [] for release_id in release_ids}
        for event in self._beyond(after, backwards=backwards):
            mine = found.get(event.release_id)
            if mine is not None and len(mine) < limit:
                mine.append(event)
        return found

    async def last_position(self) -> int:
        return self._kept.last_position

    async def first_position(self, release_id: str | None = None) -> int:
        return 1 + (self._kept.gone if release_id is None else self._kept.pruned.get(release_id, 0))

    async def due_releases(self, now: datetime, limit: int, beyond: str = "") -> list[str]:
        due = ((key, next_due(release)) for key, release in self._kept.releases.items() if key > beyond)
        return sorted(key for key, at in due if at is not None and at <= now)[: max(limit, 0)]

    async def due_tasks(self, now: datetime, limit: int, beyond: DueTask | None = None) -> list[DueTask]:
        due = sorted((task for task in self._all_claimable() if task.due_at <= now), key=_turn)
        later = [task for task in due if beyond is None or _turn(task) > _turn(beyond)]
        return later[: max(limit, 0)]

    async def next_due(self, after: datetime | None = None) -> datetime | None:
        releases = (next_due(release) for release in self._kept.releases.values())
        due = (*filter(None, releases), *(task.due_at for task in self._all_claimable()))
        return min((at for at in due if after is None or at > cut(after)), default=None)

    async def recall(self, key: str) -> Remembered | None:
        return self._kept.remembered.get(key)

    def _beyond(self, position: int, *, backwards: bool) -> Iterable[RecordedEvent]:
        end = max(position - self._kept.gone, 0)
        return reversed(self._kept.events[: max(end - 1, 0)]) if backwards else self._kept.events[end:]

    def _all_claimable(self) -> Iterator[DueTask]:
        for release in self._kept.releases.values():
            yield from self._claimable(release)

    def _claimable(self, release: Release) -> Iterator[DueTask]:
        claimable = turns(release)
        for task in release.tasks:
            if task.id in claimable:
                due_at = claimable[task.id] or self._kept.leases[task.id].expires_at
                yield DueTask(task.id, release.id, due_at, task.claims)


class MemoryWriter(MemoryReader, MemoryTokenWriter):
    """Changes one state, which nobody else sees."""

    def __init__(self, kept: Kept) -> None:
        super().__init__(kept)
        self.changes: list[Change] = []

    async def add(self, release: Release, events: Sequence[Event], now: datetime, actor: Actor | None) -> Place:
        if release.id in self._kept.releases:
            raise Conflict(f"There is a release {release.id} already.")
        return self._put(cut(release), events, now, actor)

    async def save(
        self, before: Release, after: Release, events: Sequence[Event], now: datetime, actor: Actor | None
    ) -> Place:
        stored = self._kept.releases.get(before.id)
        if stored is None or stored.revision != before.revision:
            raise Conflict(f"{before.id} changed since revision {before.revision} was read.")
        return self._put(cut(after), events, now, actor)

    async def lease(self, task_id: str, token: int, expires_at: datetime) -> None:
        await self.renew(task_id, token, expires_at)

    async def is_due(self, task_id: str, now: datetime) -> bool:
        owner = self._kept.releases.get(self._kept.owners.get(task_id, ""))
        mine = self._claimable(owner) if owner else ()
        return any(task.task_id == task_id and task.due_at <= now for task in mine)

    async def renew(self, task_id: str, token: int, expires_at: datetime) -> bool:
        task = self._held(task_id)
        if task is None or task.lease_token != token:
            return False
        self._kept.leases[task_id] = Lease(token, cut(expires_at))
        return True

    async def remember(self, remembered: Remembered) -> None:
        if remembered.key in self._kept.remembered:
            raise Conflict(f"The idempotency key {remembered.key} is in use already.")
        self._kept.remembered[remembered.key] = cut(remembered)

    async def forget(self, before: datetime, limit: int) -> int:
        old = [kept for kept in self._kept.remembered.values() if kept.created_at < cut(before)]
        gone = sorted(old, key=lambda kept: (kept.created_at, kept.key))[: max(limit, 0)]
        for kept in gone:
            del self._kept.remembered[kept.key]
        return len(gone)

    async def prune(self, before: datetime, limit: int) -> int:
        kept = self._kept
        oldest = kept.events[: max(limit, 0)]
        old = list(takewhile(lambda event: event.occurred_at < cut(before), oldest))
        del kept.events[: len(old)]
        kept.pruned |= {event.release_id: event.position for event in old}
        return len(old)

    def _held(self, task_id: str) -> Task | None:
        release = self._kept.releases.get(self._kept.owners.get(task_id, ""))
        task = release.task(task_id) if release else None
        if release is None or task is None or release.status is ReleaseStatus.ARCHIVED:
            return None
        return task if task.status is TaskStatus.IN_PROGRESS else None

    def _put(self, release: Release, events: Sequence[Event], now: datetime, actor: Actor | None) -> Place:
        kept = self._kept
        kept.releases[release.id] = release
        self.changes.append(Change(release.id, release.revision))
        for task in release.tasks:
            kept.owners[task.id] = release.id
            if task.status is TaskStatus.IN_PROGRESS and kept.lease_token(task.id) != task.lease_token:
                kept.leases[task.id] = Lease(task.lease_token, cut(now))
        for event in events:
            kept.positions[release.id] = kept.last_position + 1
            kept.events.append(
                RecordedEvent(
                    position=kept.last_position + 1,
                    release_id=release.id,
                    revision=release.revision,
                    occurred_at=cut(now),
                    actor=actor,
                    event=event,
                    snapshot=release.snapshot,
                )
            )
        return Place(kept.positions.setdefault(release.id, 0))


def _turn(task: DueTask) -> tuple[datetime, str]:
    return task.due_at, task.task_id
