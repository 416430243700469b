"""Events: the record of one change each, found by comparing a release before and after (rules 4.2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from phaseboard.domain.actor import Actor
from phaseboard.domain.enums import (
    Action,
    Phase,
    RegressionCycleStatus,
    Stage,
    Store,
    StoreDecision,
    TaskStatus,
)
from phaseboard.domain.release import Release
from phaseboard.domain.snapshot import Snapshot
from phaseboard.domain.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseCreated:
    """A release was created from its plan."""

    name: str
    version: str
    type: Literal["RELEASE_CREATED"] = "RELEASE_CREATED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionPerformed:
    """A person performed an action; `task_id` for those on a task."""

    action: Action
    reason: str | None = None
    task_id: str | None = None
    type: Literal["ACTION_PERFORMED"] = "ACTION_PERFORMED"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskChanged:
    """A task changed its status or its attempt; `reason` says why it failed."""

    task_id: str
    name: str
    stage: Stage
    cycle: int | None
    before: TaskStatus
    after: TaskStatus
    attempt: int
    reason: str | None = None
    external_url: str | None = None
    type: Literal["TASK_CHANGED"] = "TASK_CHANGED"


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleChanged:
    """A regression cycle opened or changed its status; `before` is None when it opened."""

    number: int
    tag: str
    before: RegressionCycleStatus | None
    after: RegressionCycleStatus
    type: Literal["CYCLE_CHANGED"] = "CYCLE_CHANGED"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreReviewed:
    """A store approved or rejected the submission."""

    store: Store
    decision: StoreDecision
    message: str | None = None
    type: Literal["STORE_REVIEWED"] = "STORE_REVIEWED"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseChanged:
    """The derived phase changed; `before` is None for a new release, `action` the one that caused it, if any.

    `since` is when the phase before began, None where nobody noted that. `reason` is the one given for the action, or
    for `completeRelease`.
    """

    before: Phase | None
    after: Phase
    since: datetime | None = None
    action: Action | None = None
    reason: str | None = None
    type: Literal["PHASE_CHANGED"] = "PHASE_CHANGED"


Event = ReleaseCreated | ActionPerformed | TaskChanged | CycleChanged | StoreReviewed | PhaseChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEvent:
    """An event as it stands in the log.

    `position` grows over the whole log, `revision` is that of the release after the commit, `snapshot` its status then.
    """

    position: int
    release_id: str
    revision: int
    occurred_at: datetime
    actor: Actor | None
    event: Event
    snapshot: Snapshot


def changes(
    before: Release | None, after: Release, causes: tuple[Event, ...], reason: str | None = None
) -> tuple[Event, ...]:
    """Return everything one commit records, in order: its cause, tasks, cycles, and the phase last, with its reason."""
    action = next((cause for cause in causes if isinstance(cause, ActionPerformed)), None)
    return (*causes, *_tasks(before, after), *_cycles(before, after), *_phase(before, after, action, reason))


def _tasks(before: Release | None, after: Release) -> Iterator[TaskChanged]:
    known = {task.id: task for task in before.tasks} if before else {}
    for task in after.tasks:
        old = known.get(task.id)
        if old is None or _progress(old) == _progress(task):
            continue
        record = task.last
        yield TaskChanged(
            task_id=task.id,
            name=task.spec.name,
            stage=task.stage,
            cycle=task.cycle,
            before=old.status,
            after=task.status,
            attempt=task.attempt,
            reason=record.failure_reason if record else None,
            external_url=record.external_url if record else None,
        )


def _progress(task: Task) -> tuple[TaskStatus, int, int]:
    return task.status, task.attempt, task.claims


def _cycles(before: Release | None, after: Release) -> Iterator[CycleChanged]:
    known = {cycle.number: cycle.status for cycle in before.cycles} if before else {}
    for cycle in after.cycles:
        old = known.get(cycle.number)
        if old is not cycle.status:
            yield CycleChanged(number=cycle.number, tag=cycle.tag, before=old, after=cycle.status)


def _phase(
    before: Release | None, after: Release, action: ActionPerformed | None, reason: str | None
) -> Iterator[PhaseChanged]:
    old, new = before.phase if before else None, after.phase
    if old is not new:
        yield PhaseChanged(
            before=old,
            after=new,
            since=before.phase_since if before else None,
            action=action.action if action else None,
            reason=action.reason if action else reason,
        )
