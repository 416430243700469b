"""Releases to rows. Derived columns are written here and nowhere else."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from phaseboard.domain.actor import Actor
from phaseboard.domain.cycle import Cycle, ScheduledCycle
from phaseboard.domain.enums import TaskStatus
from phaseboard.domain.events import Event
from phaseboard.domain.release import Release
from phaseboard.domain.task import Task
from phaseboard.domain.transitions import next_due
from phaseboard.store.derived import counted, search_text, turns
from phaseboard.store.instants import to_ms
from phaseboard.store.parts import encoded, encoded_actor
from phaseboard.store.port import Remembered

Values = dict[str, Any]

_ABSENT = object()


def state_row(release: Release) -> Values:
    """Return what changes in a release besides its revision."""
    stage1, stage2, stage3 = release.stages
    return {
        "status": release.status,
        "stage1": stage1,
        "stage2": stage2,
        "stage3": stage3,
        "phase": release.phase,
        "phase_since": to_ms(release.phase_since),
        "next_cycle_at": _ms(release.next_cycle_at),
        "reviews": encoded(release.reviews),
    }


def release_row(release: Release) -> Values:
    """Return the whole row of a new release."""
    plan = release.plan
    return {
        **state_row(release),
        "id": release.id,
        "revision": release.revision,
        "created_at": to_ms(release.created_at),
        "updated_at": to_ms(release.updated_at),
        "name": plan.name,
        "version": plan.version,
        "time_zone": plan.time_zone,
        "search_text": search_text(release),
        "created_by": encoded_actor(release.created_by),
        "secret": release.secret,
        "plan": encoded(plan),
    }


def cron_row(release: Release) -> Values:
    """Return the state of the cron job, and when it has something to do."""
    return {
        "release_id": release.id,
        "status": release.cron.status,
        "pauseType": release.cron.pause_type,
        "due_at": _ms(next_due(release)),
    }


def cycle_rows(release: Release) -> list[Values]:
    """Return the opened cycles and the scheduled ones."""
    cycles: tuple[Cycle | ScheduledCycle, ...] = (*release.cycles, *release.scheduled)
    return [_cycle_row(release.id, cycle) for cycle in cycles]


def new_task_rows(before: Release | None, after: Release, now: datetime) -> list[Values]:
    """Return the tasks that only the release after a change has."""
    known = {task.id for task in before.tasks} if before else set()
    if len(known) == len(after.tasks):
        return []
    turn, counts = turns(after), counted(after)
    return [
        {
            **_task_row(task, turn.get(task.id, _ABSENT), now, counts),
            "id": task.id,
            "release_id": after.id,
            "number": number,
            "stage": task.stage,
            "cycle": task.cycle,
            "name": task.spec.name,
        }
        for number, task in enumerate(after.tasks, start=1)
        if task.id not in known
    ]


def changed_task_rows(before: Release, after: Release, now: datetime) -> list[Values]:
    """Return the tasks that changed, or whose turn did, because their release was paused, say, or that count no more.

    With `keep_lease` the end of the lease stays as it is kept, with `due_with_lease` the task is due when that comes.
    """
    rows = []
    turn, counts = turns(after), counted(after)
    for old, task in _changed(before, after, turn, counts):
        at = turn.get(task.id, _ABSENT)
        keep = _leased(old) and _leased(task) and old.lease_token == task.lease_token
        rows.append(
            {
                **_task_row(task, at, now, counts),
                "task_id": task.id,
                "keep_lease": keep,
                "due_with_lease": keep and at is None,
            }
        )
    return rows


def event_rows(release: Release, events: Sequence[Event], now: datetime, actor: Actor | None) -> list[Values]:
    """Return the events of one commit; each carries the status after it."""
    common = {
        "release_id": release.id,
        "revision": release.revision,
        "occurred_at": to_ms(now),
        "actor": encoded_actor(actor),
        "snapshot": encoded(release.snapshot),
    }
    return [{**common, "type": event.type, "data": encoded(event)} for event in events]


def remembered_row(remembered: Remembered) -> Values:
    """Return the row of an idempotency key."""
    return {
        "key": remembered.key,
        "fingerprint": remembered.fingerprint,
        "release_id": remembered.release_id,
        "task_id": remembered.task_id,
        "snapshot": encoded(remembered.snapshot),
        "position": remembered.place.known or 0,
        "created_at": to_ms(remembered.created_at),
    }


def _cycle_row(release_id: str, cycle: Cycle | ScheduledCycle) -> Values:
    opened = cycle if isinstance(cycle, Cycle) else None
    return {
        "release_id": release_id,
        "number": cycle.number,
        "status": opened.status if opened else None,
        "scheduled_at": to_ms(cycle.scheduled_at),
        "opened_at": _ms(opened.opened_at if opened else None),
        "started_at": _ms(opened.started_at if opened else None),
        "finished_at": _ms(opened.finished_at if opened else None),
    }


def _task_row(task: Task, turn: object, now: datetime, counts: frozenset[str]) -> Values:
    """Return what changes in a task; a lease just given out runs out at once, until `lease` says otherwise."""
    lease_until = to_ms(now) if _leased(task) else None
    return {
        "status": task.status,
        "attempt": task.attempt,
        "try_number": task.try_number,
        "retries_left": task.retries_left,
        "claims": task.claims,
        "lease_token": task.lease_token,
        "lease_until": lease_until,
        "due_at": _due_at(turn, lease_until),
        "not_before": _ms(task.not_before),
        "deadline": _ms(task.deadline),
        "finished_at": _ms(task.finished_at),
        "attempts": encoded(task.attempts),
        "executor": task.spec.executor if task.id in counts else None,
    }


def _due_at(turn: object, lease_until: int | None) -> int | None:
    """Return when a task is due: at its turn, with its lease when its turn is None, never when it has none."""
    if turn is _ABSENT:
        return None
    return to_ms(turn) if isinstance(turn, datetime) else lease_until


def _changed(
    before: Release, after: Release, turn: dict[str, datetime | None], counts: frozenset[str]
) -> Iterator[tuple[Task, Task]]:
    known = {task.id: task for task in before.tasks}
    old_turn, recounted = turns(before), counted(before) ^ counts
    for task in after.tasks:
        old = known.get(task.id)
        if old is None:
            continue
        moved = old_turn.get(task.id, _ABSENT) != turn.get(task.id, _ABSENT)
        if moved or task.id in recounted or (old is not task and old != task):
            yield old, task


def _leased(task: Task) -> bool:
    return task.status is TaskStatus.IN_PROGRESS


def _ms(instant: datetime | None) -> int | None:
    return None if instant is None else to_ms(instant)
