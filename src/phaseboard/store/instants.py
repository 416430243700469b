"""Instants as they are kept: UTC, to the millisecond (rules 6). What is finer is cut off before anything is kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import is_
from typing import Any, TypeVar

from phaseboard.domain.cycle import Cycle, ScheduledCycle
from phaseboard.domain.plan import CycleSpec, Plan
from phaseboard.domain.release import Release
from phaseboard.domain.snapshot import Snapshot
from phaseboard.domain.state import StoreReview
from phaseboard.domain.task import Attempt, Task
from phaseboard.store.port import Remembered
from phaseboard.store.tokens import StoredToken

R = TypeVar("R")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

_INSTANTS: dict[type, tuple[str, ...]] = {
    Attempt: ("started_at", "finished_at"),
    Task: ("not_before", "deadline", "finished_at", "attempts"),
    Cycle: ("scheduled_at", "opened_at", "started_at", "finished_at"),
    ScheduledCycle: ("scheduled_at",),
    CycleSpec: ("scheduled_at",),
    Plan: ("cycles",),
    StoreReview: ("decided_at",),
    Snapshot: ("created_at", "updated_at", "current_cycle", "next_cycle"),
    Remembered: ("created_at", "snapshot"),
    StoredToken: ("created_at", "expires_at", "revoked_at"),
    Release: ("created_at", "updated_at", "phase_since", "cycles", "scheduled", "tasks", "reviews", "plan"),
}
"""Where the instants of each kind of record are."""


def to_ms(instant: datetime) -> int:
    """Return an aware instant as milliseconds since 1970, what is finer cut off."""
    return (instant - _EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """Return the instant of `to_ms`."""
    return _EPOCH + milliseconds * _MILLISECOND


def cut(value: R) -> R:
    """Return an instant, or a record with all of its instants, to the millisecond; unchanged when nothing is finer."""
    return _cut(value)  # type: ignore[no-any-return]


def cut_after(before: Release, after: Release) -> Release:
    """Return a release to the millisecond, given the one before it, whose tasks need no look."""
    known = set(map(id, before.tasks))
    fresh = any(cut(task) is not task for task in after.tasks if id(task) not in known)
    rest = any(cut(value) is not value for value in (after.updated_at, after.cycles, after.scheduled, after.reviews))
    return cut(after) if fresh or rest else after


def _cut(value: Any) -> Any:
    if isinstance(value, datetime):
        return from_ms(to_ms(value)) if value.microsecond % 1000 else value
    if isinstance(value, tuple):
        parts = [_cut(part) for part in value]
        return value if all(map(is_, parts, value)) else tuple(parts)
    changed = {}
    for name in _INSTANTS.get(type(value), ()):
        old = getattr(value, name)
        if old is not None and (kept := _cut(old)) is not old:
            changed[name] = kept
    return replace(value, **changed) if changed else value
