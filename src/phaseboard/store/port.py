"""The store as the rest of Phaseboard sees it: work is handed over and runs in one transaction.

A reader sees one consistent state. A writer sees the newest state and commits all of its work or nothing; whoever waits
for `write` is answered only after the commit. Cancelling the caller does not tear a transaction apart.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from phaseboard.domain.actor import Actor
from phaseboard.domain.enums import Phase, ReleaseStatus
from phaseboard.domain.events import Event, RecordedEvent
from phaseboard.domain.release import Release
from phaseboard.domain.snapshot import Snapshot
from phaseboard.store.census import CensusReader
from phaseboard.store.errors import Undecodable
from phaseboard.store.tokens import TokenReader, TokenWriter

T = TypeVar("T")


class OrderField(StrEnum):
    """What a list of releases is ordered by; ties are broken by id."""

    CREATED_AT = "CREATED_AT"
    UPDATED_AT = "UPDATED_AT"
    NEXT_CYCLE_AT = "NEXT_CYCLE_AT"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFilter:
    """Which releases a list shows; empty means no restriction. `text` is looked for in name, version and id."""

    statuses: tuple[ReleaseStatus, ...] = ()
    phases: tuple[Phase, ...] = ()
    text: str | None = None
    updated_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePage:
    """One page of a list: at most `limit` releases strictly after the key, in the order asked for.

    `after` is the key of a release: its value of the order field and its id. Releases without a next cycle come last in
    NEXT_CYCLE_AT, in either direction. `backwards` pages towards the beginning; the page is still in list order.
    """

    limit: int
    order: OrderField = OrderField.CREATED_AT
    descending: bool = True
    after: tuple[datetime | None, str] | None = None
    backwards: bool = False
    filter: ReleaseFilter = ReleaseFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A release in a list: its status and the time its next cycle is due, if known (before stage 2: from the plan)."""

    snapshot: Snapshot
    next_cycle_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The status of a release and the position of its last event: follow from there to miss nothing."""

    snapshot: Snapshot
    position: int

    def __hash__(self) -> int:
        return hash((self.snapshot.release_id, self.snapshot.revision, self.position))


@dataclass(frozen=True, slots=True)
class DueTask:
    """A task whose turn has come or whose lease has run out, since when, and how often this attempt was handed out."""

    task_id: str
    release_id: str
    due_at: datetime
    claims: int = field(default=0, compare=False)


@dataclass(slots=True)
class Place:
    """Where the last event of a change stands in the log: known at the latest from the commit on."""

    known: int | None = None

    @property
    def position(self) -> int:
        """The position. Raises RuntimeError before it is known."""
        if self.known is None:
            raise RuntimeError("The position in the log is known from the commit on.")
        return self.known


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """The first result under an idempotency key (rules 3.3); `fingerprint` tells whether the input is the same."""

    key: str
    fingerprint: str
    release_id: str
    task_id: str | None
    snapshot: Snapshot
    place: Place
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """A release that a commit changed, and the revision it has since."""

    release_id: str
    revision: int


CommitListener = Callable[[Sequence[Change]], None]
"""Called after a commit with what it changed; nothing for a commit that changed no release."""

Timed = Callable[[float, int], None]
"""Called after a commit with the seconds that its transaction took and how many pieces of work shared it."""


News = Callable[[int | None], None]
"""Called with the position that the log has reached by now, whoever wrote it; None while that is not known."""


class Reader(TokenReader, CensusReader, Protocol):
    """One consistent view of what is committed."""

    async def status(self, release_id: str) -> Status | None:
        """Return the status of a release, None when there is no such release. Raises Undecodable as `release` does."""
        ...

    async def statuses(self, release_ids: Sequence[str]) -> Mapping[str, Status | Undecodable]:
        """Return the statuses of the releases that exist, in a constant number of statements.

        In the place of a damaged one stands its fault, which is logged: the others are fine.
        """
        ...

    async def release(self, release_id: str) -> Release | None:
        """Return a whole release. Raises Undecodable when its rows are damaged."""
        ...

    async def releases(self, release_ids: Sequence[str]) -> Mapping[str, Release | Undecodable]:
        """Return the whole releases that exist, in a constant number of statements; damaged ones as `statuses` does."""
        ...

    async def page(self, page: ReleasePage) -> list[tuple[Listed, int]]:
        """Return a page of a list: each release with the position of its last event.

        Damaged ones are left out and logged.
        """
        ...

    async def events(
        self, after: int, limit: int, release_id: str | None = None, *, backwards: bool = False
    ) -> list[RecordedEvent]:
        """Return at most `limit` events with a position above `after`, ascending; `backwards`: below it, descending.

        Damaged ones are left out and logged.
        """
        ...

    async def histories(
        self, release_ids: Sequence[str], after: int, limit: int, *, backwards: bool = False
    ) -> Mapping[str, Sequence[RecordedEvent]]:
        """Return what `events` does for each of these releases, in one statement; what has none may be left out."""
        ...

    async def last_position(self) -> int:
        """Return the position of the newest event, 0 when there is none."""
        ...

    async def first_position(self, release_id: str | None = None) -> int:
        """Return the position from which on no event is missing, of one release or of all; 1 when none was pruned."""
        ...

    async def due_releases(self, now: datetime, limit: int, beyond: str = "") -> list[str]:
        """Return releases that `advance` can move, by id above `beyond`: page until empty."""
        ...

    async def due_tasks(self, now: datetime, limit: int, beyond: DueTask | None = None) -> list[DueTask]:
        """Return tasks to claim: ready ones and those whose lease ran out, the longest due first.

        `beyond` is the last one of the page before: page until empty, or one that cannot be claimed hides the others.
        """
        ...

    async def next_due(self, after: datetime | None = None) -> datetime | None:
        """Return the earliest instant, later than `after` if given, at which something is due; None when nothing is."""
        ...

    async def recall(self, key: str) -> Remembered | None:
        """Return what is remembered under an idempotency key."""
        ...


class Writer(Reader, TokenWriter, Protocol):
    """The newest state, held until the commit."""

    async def add(self, release: Release, events: Sequence[Event], now: datetime, actor: Actor | None) -> Place:
        """Insert a new release with its events; returns the place of the last. Raises Conflict when the id exists."""
        ...

    async def save(
        self, before: Release, after: Release, events: Sequence[Event], now: datetime, actor: Actor | None
    ) -> Place:
        """Write what changed between two revisions, with its events; returns the place of the last.

        Raises Conflict unless the stored revision is that of `before`.
        """
        ...

    async def lease(self, task_id: str, token: int, expires_at: datetime) -> None:
        """Set when the lease that was just given out with `token` runs out: at once unless this is called.

        Does nothing when the token is not that of the task as it runs now.
        """
        ...

    async def is_due(self, task_id: str, now: datetime) -> bool:
        """Whether the task may be claimed now: its turn has come, or its lease has run out."""
        ...

    async def remember(self, remembered: Remembered) -> None:
        """Keep the first result under a key. Raises Conflict when the key exists."""
        ...

    async def renew(self, task_id: str, token: int, expires_at: datetime) -> bool:
        """Move the end of a lease. Changes no revision.

        False when it is not held any more: the token is an older one, the task does not run, the release is archived.
        """
        ...

    async def prune(self, before: datetime, limit: int) -> int:
        """Drop events from the old end of the log, whatever their release, at most `limit`; returns how many.

        Ends at the first event that did not occur before an instant. Statuses and their positions stay as they are, and
        `first_position` tells what is gone.
        """
        ...

    async def forget(self, before: datetime, limit: int) -> int:
        """Drop idempotency keys older than an instant, at most `limit`; returns how many."""
        ...


class Store(Protocol):
    """A place where releases are kept."""

    @property
    def clock(self) -> Callable[[], datetime] | None:
        """The clock that all who share the store go by; None when there is nobody to share it with."""
        ...

    async def open(self) -> None:
        """Make ready to serve. Raises StoreUnusable with what to do."""
        ...

    async def close(self) -> None:
        """Finish what was handed over, then let go of everything."""
        ...

    async def read(self, work: Callable[[Reader], Awaitable[T]]) -> T:
        """Run `work` against one consistent view."""
        ...

    async def glance(self, work: Callable[[Reader], Awaitable[T]]) -> T:
        """Run `work` whose every question to the reader may have a view of its own: half the way for one question."""
        ...

    async def write(self, work: Callable[[Writer], Awaitable[T]]) -> T:
        """Run `work` in a transaction and return its result after the commit; an exception undoes all of it."""
        ...

    def on_commit(self, hint: CommitListener) -> None:
        """Call `hint` right after each commit of this process, before anybody is told of its success."""
        ...

    def on_timed(self, timed: Timed) -> None:
        """Call `timed` right after each commit of this process, before the hints."""
        ...

    def on_news(self, news: News) -> None:
        """Call `news` when others who share the store may have committed, and when that would not be heard of.

        To be set before the store is opened. It is a hint: what it tells of stands in the log. Where nobody shares the
        store it is never called.
        """
        ...
