"""Everything that is known of a run once it is over: what the store holds, and what was seen from outside.

history = await history_of(store)            read through the port, so any database will do
history.streams.append(Stream(...))          what subscribers, executors, clients and witnesses saw
check_invariants(history)
"""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from phaseboard.domain.enums import Phase, ReleaseStatus
from phaseboard.domain.events import ActionPerformed, PhaseChanged, RecordedEvent
from phaseboard.domain.release import Release
from phaseboard.domain.transitions import next_due
from phaseboard.store.errors import Undecodable
from phaseboard.store.port import DueTask, Reader, ReleaseFilter, ReleasePage, Store

FAR = datetime(9000, 1, 1, tzinfo=UTC)
PAGE = 500


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease as its commits tell it: given at `since` while the release had `status`, running out at `until`.

    Its commit made the release's `revision`: nodes compare their clocks with the database's only so well, so revisions
    tell what came first.

    It is `over` before that when a commit took the task out of the executor's hands. `results` counts those committed
    under its token.
    """

    task_id: str
    token: int
    status: ReleaseStatus
    since: datetime
    until: datetime
    revision: int
    over: bool = False
    results: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an executor, under a lease token; `output` is what its result carries and no other's does."""

    task_id: str
    attempt: int
    key: str
    token: int = 0
    output: str | None = None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A change that its caller was told is committed; `reason` finds an action again in the log."""

    release_id: str
    revision: int
    reason: str | None = None


@dataclass(slots=True)
class Stream:
    """What one subscriber saw over all its connections: positions of events after `after`; `complete`: to the end."""

    name: str
    seen: Sequence[int]
    after: int = 0
    release_id: str | None = None
    phases_only: bool = False
    complete: bool = True

    def wants(self, event: RecordedEvent) -> bool:
        """Whether an event belongs to what is followed."""
        mine = self.release_id in (None, event.release_id) and event.position > self.after
        return mine and (isinstance(event.event, PhaseChanged) or not self.phases_only)


@dataclass(slots=True)
class Statuses:
    """The revisions one subscriber to a status saw over one connection; `last` is what the query says at the end."""

    name: str
    seen: Sequence[int]
    last: int | None = None


@dataclass(slots=True)
class History:
    """One run, told from all sides. What nobody recorded is empty, and then not checked."""

    releases: list[Release] = field(default_factory=list)
    events: list[RecordedEvent] = field(default_factory=list)
    due: dict[str, datetime] = field(default_factory=dict)
    """From when each task may be claimed, by its id."""
    wakes: set[str] = field(default_factory=set)
    """The releases that the loop finds at the time they are due."""
    listed: dict[str, list[Phase]] = field(default_factory=dict)
    """The phases under which a list shows each release."""
    undecodable: list[str] = field(default_factory=list)
    leases: list[Lease] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    acknowledged: list[Acknowledged] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)
    statuses: list[Statuses] = field(default_factory=list)
    left_over: list[str] = field(default_factory=list)
    """Tasks, threads, file handles and processes that outlived the shutdown."""

    def by_release(self) -> dict[str, list[RecordedEvent]]:
        """Return the events of each release; a long run has too many to look for them release by release."""
        told: dict[str, list[RecordedEvent]] = {release.id: [] for release in self.releases}
        for event in self.events:
            told.setdefault(event.release_id, []).append(event)
        return told

    def retries(self) -> Counter[str | None]:
        """Return how often a person retried each task."""
        performed = (event.event for event in self.events if isinstance(event.event, ActionPerformed))
        return Counter(action.task_id for action in performed if action.action == "RETRY_TASK")


async def history_of(store: Store) -> History:
    """Read what an open store holds, in one consistent view."""
    return await store.read(_read)


async def _read(reader: Reader) -> History:
    history = History()
    history.events = [event async for event in _events(reader)]
    for phase in Phase:
        for release_id in await _listed(reader, ReleaseFilter(phases=(phase,))):
            history.listed.setdefault(release_id, []).append(phase)
    known = {event.release_id for event in history.events} | set(history.listed)
    for release_id in sorted(known | set(await _listed(reader, ReleaseFilter()))):
        await _take(reader, release_id, history)
    history.due = {task.task_id: task.due_at async for task in _due(reader)}
    return history


async def _take(reader: Reader, release_id: str, history: History) -> None:
    try:
        release = await reader.release(release_id)
    except Undecodable as error:
        history.undecodable.append(f"{release_id}: {error}")
        return
    if release is None:
        history.undecodable.append(f"{release_id}: in the log, but there is no such release")
        return
    history.releases.append(release)
    due = next_due(release)
    if due and release_id in [found async for found in _due_releases(reader, due)]:
        history.wakes.add(release_id)


async def _events(reader: Reader) -> AsyncIterator[RecordedEvent]:
    after = 0
    while page := await reader.events(after, PAGE):
        for event in page:
            yield event
        after = page[-1].position


async def _listed(reader: Reader, wanted: ReleaseFilter) -> list[str]:
    found: list[str] = []
    after = None
    while page := await reader.page(ReleasePage(limit=PAGE, filter=wanted, after=after)):
        last = page[-1][0].snapshot
        found += [listed.snapshot.release_id for listed, _ in page]
        after = (last.created_at, last.release_id)
    return found


async def _due(reader: Reader) -> AsyncIterator[DueTask]:
    beyond = None
    while page := await reader.due_tasks(FAR, PAGE, beyond):
        for task in page:
            yield task
        beyond = page[-1]


async def _due_releases(reader: Reader, now: datetime) -> AsyncIterator[str]:
    beyond = ""
    while page := await reader.due_releases(now, PAGE, beyond):
        for release_id in page:
            yield release_id
        beyond = page[-1]
