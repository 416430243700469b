"""Instants as they are kept: UTC, to the millisecond (rules 6). What is finer is cut off before anything is kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from phaseboard.domain.cycle import Cycle, ScheduledCycle
from phaseboard.domain.plan import CycleSpec, Plan
from phaseboard.domain.release import Release
from phaseboard.domain.snapshot import Snapshot
from phaseboard.domain.state import StoreReview
from phaseboard.domain.task import Attempt, Task
from phaseboard.store.port import Remembered

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
    Release: ("created_at", "updated_at", "cycles", "scheduled", "tasks", "reviews", "plan"),
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


def _cut(value: Any) -> Any:
    if isinstance(value, datetime):
        exact = value.tzinfo is UTC and value.microsecond % 1000 == 0
        return value if exact else from_ms(to_ms(value))
    if isinstance(value, tuple):
        parts = tuple(_cut(part) for part in value)
        return value if all(map(_same, parts, value)) else parts
    found = {name: getattr(value, name) for name in _INSTANTS.get(type(value), ())}
    changed = {name: kept for name, old in found.items() if (kept := _cut(old)) is not old}
    return replace(value, **changed) if changed else value


def _same(one: object, other: object) -> bool:
    return one is other
