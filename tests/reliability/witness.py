"""A witness of commits: it stands between the engine and a store, changes nothing and notes what was committed.

    watch(store, note, moment)      notes facts about leases after each commit; `moment` is called right before and
                                    right after each commit, with what kinds of change it holds

Kinds are told from what is saved, not from who saves it, so that any engine over any store can be watched.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from operator import attrgetter
from typing import Any

from phaseboard.domain.actor import SYSTEM, Actor
from phaseboard.domain.enums import Phase, ReleaseStatus, TaskStatus
from phaseboard.domain.events import (
    ActionPerformed,
    Event,
    PhaseChanged,
    RecordedEvent,
    StoreReviewed,
    TaskChanged,
)
from phaseboard.domain.release import Release
from phaseboard.domain.task import Task
from phaseboard.store.port import Change, Store, Writer
from tests.reliability.history import Lease

KINDS = ("create", "perform", "claim", "await", "finish", "hand back", "report", "review", "complete", "advance")
"""Every kind of commit that the engine makes."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a commit did to a lease: `given`, `renewed`, `result` or `over` (without a result)."""

    what: str
    task_id: str
    token: int
    at: datetime
    status: ReleaseStatus = ReleaseStatus.IN_PROGRESS
    revision: int = 0
    """Of the release, by the commit; only `given` has it."""

    def line(self) -> str:
        """Return the fact as a line of a journal."""
        return json.dumps(asdict(self), default=str) + "\n"

    @classmethod
    def of(cls, line: str) -> "Fact":
        """Return the fact that a line tells."""
        told = json.loads(line)
        at, status = datetime.fromisoformat(told.pop("at")), ReleaseStatus(told.pop("status"))
        return cls(**told, at=at, status=status)


Note = Callable[[Fact], None]
Moment = Callable[[str, str], None]
"""Called with "before" or "after" and the kind of a commit."""


def watch(store: Store, note: Note, moment: Moment = lambda when, kind: None) -> None:
    """Let a store be watched from now on."""
    told = _Told(note)
    write = store.write

    async def watched(work: Callable[[Writer], Awaitable[Any]]) -> Any:
        witness: Witness | None = None

        async def seen(writer: Writer) -> Any:
            nonlocal witness  # the last one counts: work that others were in the way of is begun again
            witness = Witness(writer, told)
            result = await work(witness)  # type: ignore[arg-type]
            for kind in witness.kinds:
                moment("before", kind)
            return result

        result = await write(seen)
        if witness is not None:
            for fact in witness.renewals:
                note(fact)
            for kind in witness.kinds:
                moment("after", kind)
        return result

    store.write = watched  # type: ignore[method-assign,assignment]
    store.on_commit(told.committed)


class Witness:
    """A writer that notes what goes through it."""

    def __init__(self, writer: Writer, told: "_Told") -> None:
        self._writer = writer
        self._told = told
        self._facts: list[Fact] = []
        self.kinds: list[str] = []
        self.renewals: list[Fact] = []
        """What no change of a release tells of."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)

    async def add(self, release: Release, events: Sequence[Event], now: datetime, actor: Actor | None) -> int:
        self.kinds.append("create")
        return await self._writer.add(release, events, now, actor)

    async def save(
        self, before: Release, after: Release, events: Sequence[Event], now: datetime, actor: Actor | None
    ) -> int:
        position = await self._writer.save(before, after, events, now, actor)
        self.kinds.append(kind_of(before, after, events, actor))
        self._facts.extend(_facts(before, after, now))
        self._told.expect(Change(after.id, after.revision), self._facts)
        return position

    async def lease(self, task_id: str, token: int, expires_at: datetime) -> None:
        await self._writer.lease(task_id, token, expires_at)
        self._facts.append(Fact("renewed", task_id, token, expires_at))

    async def renew(self, task_id: str, token: int, expires_at: datetime) -> bool:
        held = await self._writer.renew(task_id, token, expires_at)
        if held:
            facts = self._facts if self.kinds else self.renewals
            facts.append(Fact("renewed", task_id, token, expires_at))
        return held


class _Told:
    """Facts wait here until their commit has gone through: who asked for it may have given up by then."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._expected: dict[Change, list[Fact]] = {}

    def expect(self, change: Change, facts: list[Fact]) -> None:
        self._expected[change] = facts

    def committed(self, changes: Sequence[Change]) -> None:
        for change in changes:
            for fact in self._expected.pop(change, ()):
                self._note(fact)


def kind_of(before: Release, after: Release, events: Sequence[Event], actor: Actor | None) -> str:
    """Return what kind of change a commit is."""
    if any(isinstance(event, ActionPerformed) for event in events):
        return "perform"
    if any(isinstance(event, StoreReviewed) for event in events):
        return "review"
    changed = next(iter(_changed(before, after)), None)
    if changed is None:
        completed = isinstance(events[-1], PhaseChanged) and events[-1].after is Phase.COMPLETED
        return "complete" if completed else "advance"
    return _kind_of_task(*changed, actor)


def _kind_of_task(old: Task, new: Task, actor: Actor | None) -> str:
    if new.status is TaskStatus.IN_PROGRESS:
        return "claim" if new.claims > old.claims else "hand back"
    if new.status is TaskStatus.AWAITING_CALLBACK:
        return "await"
    if actor != SYSTEM:
        return "report"
    return "advance" if old.status is TaskStatus.AWAITING_CALLBACK else "finish"


def leases_of(facts: Iterable[Fact]) -> list[Lease]:
    """Return the leases that facts tell of, those of a release in the order of its commits; several may have noted."""
    leases: dict[tuple[str, int], Lease] = {}
    for fact in sorted(facts, key=lambda fact: fact.what != "given"):
        key = fact.task_id, fact.token
        if fact.what == "given":
            leases[key] = Lease(*key, fact.status, fact.at, fact.at, fact.revision)
        elif lease := leases.get(key):
            leases[key] = _told_more(lease, fact)
    return sorted(leases.values(), key=attrgetter("revision"))


def ended_in_log(leases: Iterable[Lease], events: Iterable[RecordedEvent]) -> list[Lease]:
    """Let leases be over whose end stands in the log: a node may be killed before it has noted what it committed."""
    ends: dict[str, list[int]] = defaultdict(list)
    for event in events:
        change = event.event
        if isinstance(change, TaskChanged) and change.before is TaskStatus.IN_PROGRESS is not change.after:
            ends[change.task_id].append(event.revision)
    found, following = [], dict[str, int]()
    for lease in sorted(leases, key=attrgetter("revision"), reverse=True):
        until = following.get(lease.task_id, sys.maxsize)
        over = lease.over or any(lease.revision < end < until for end in ends[lease.task_id])
        found.append(replace(lease, over=over))
        following[lease.task_id] = lease.revision
    return found[::-1]


def _told_more(lease: Lease, fact: Fact) -> Lease:
    if fact.what == "renewed":
        return replace(lease, until=fact.at)
    return replace(lease, over=True, results=lease.results + (fact.what == "result"))


def _facts(before: Release, after: Release, now: datetime) -> Iterable[Fact]:
    archived = after.status is ReleaseStatus.ARCHIVED and before.status is not ReleaseStatus.ARCHIVED
    for old, new in _changed(before, after):
        if new.lease_token > old.lease_token:
            yield Fact("given", new.id, new.lease_token, now, after.status, after.revision)
        elif old.status is TaskStatus.IN_PROGRESS and new.status is not old.status:
            settled_otherwise = new.status is TaskStatus.SKIPPED
            yield Fact("over" if settled_otherwise else "result", old.id, old.lease_token, now)
    if archived:
        held = (task for task in before.tasks if task.status is TaskStatus.IN_PROGRESS)
        yield from (Fact("over", task.id, task.lease_token, now) for task in held)


def _changed(before: Release, after: Release) -> Iterable[tuple[Task, Task]]:
    return ((old, new) for old, new in zip(before.tasks, after.tasks, strict=False) if old != new)
