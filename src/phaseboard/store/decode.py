"""Rows to releases. Rows that do not make a legal release raise Undecodable, which names it and what is wrong."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from phaseboard.domain.cycle import Cycle, ScheduledCycle
from phaseboard.domain.enums import (
    CronStatus,
    PauseType,
    RegressionCycleStatus,
    ReleaseStatus,
    Stage,
    StageStatus,
    TaskStatus,
)
from phaseboard.domain.errors import IllegalState
from phaseboard.domain.events import RecordedEvent
from phaseboard.domain.phase import Stages
from phaseboard.domain.plan import Plan, TaskSpec
from phaseboard.domain.release import Release
from phaseboard.domain.snapshot import Cron, Progress, Snapshot
from phaseboard.domain.task import Task
from phaseboard.store.errors import Undecodable
from phaseboard.store.instants import from_ms
from phaseboard.store.parts import ATTEMPTS, EVENT, REVIEWS, SNAPSHOT, decoded_actor, decoded_plan
from phaseboard.store.port import Place, Remembered, Status

Row = Any
"""A row whose columns are read by name."""


def release_of(row: Row, cycles: Sequence[Row], tasks: Sequence[Row]) -> Release:
    """Return the release that rows make; cycles and tasks in the order of their numbers."""
    with _reading(row["id"]):
        plan = decoded_plan(row["plan"])
        opened, scheduled = _cycles_of(cycles)
        return Release(
            id=row["id"],
            secret=row["secret"],
            plan=plan,
            status=ReleaseStatus(row["status"]),
            stages=_stages_of(row),
            cron=_cron_of(row),
            cycles=opened,
            scheduled=scheduled,
            tasks=_tasks_of(plan, tasks),
            reviews=REVIEWS.validate_json(row["reviews"]),
            revision=row["revision"],
            created_at=from_ms(row["created_at"]),
            updated_at=from_ms(row["updated_at"]),
            phase_since=from_ms(row["phase_since"]),
            created_by=decoded_actor(row["created_by"]),
        )


def status_of(row: Row, cycles: Sequence[Row]) -> Status:
    """Return the status that rows make."""
    with _reading(row["id"]):
        opened, scheduled = _cycles_of(cycles)
        snapshot = Snapshot(
            release_id=row["id"],
            name=row["name"],
            version=row["version"],
            time_zone=row["time_zone"],
            status=ReleaseStatus(row["status"]),
            stages=_stages_of(row),
            cron=_cron_of(row),
            current_cycle=opened[-1] if opened else None,
            next_cycle=scheduled[0] if scheduled else None,
            progress=Progress(
                completed=sum(cycle.status is RegressionCycleStatus.DONE for cycle in opened),
                total=len(cycles),
            ),
            revision=row["revision"],
            created_at=from_ms(row["created_at"]),
            updated_at=from_ms(row["updated_at"]),
            created_by=decoded_actor(row["created_by"]),
        )
        _ = snapshot.phase  # raises IllegalState here rather than in a reader's hands
        return Status(snapshot=snapshot, position=row["position"])


def event_of(row: Row) -> RecordedEvent:
    """Return an event of the log."""
    with _reading(f"{row['release_id']}, event {row['position']}"):
        return RecordedEvent(
            position=row["position"],
            release_id=row["release_id"],
            revision=row["revision"],
            occurred_at=from_ms(row["occurred_at"]),
            actor=decoded_actor(row["actor"]),
            event=EVENT.validate_json(row["data"]),
            snapshot=SNAPSHOT.validate_json(row["snapshot"]),
        )


def remembered_of(row: Row) -> Remembered:
    """Return what is remembered under a key."""
    with _reading(f"{row['release_id']}, idempotency key {row['key']}"):
        return Remembered(
            key=row["key"],
            fingerprint=row["fingerprint"],
            release_id=row["release_id"],
            task_id=row["task_id"],
            snapshot=SNAPSHOT.validate_json(row["snapshot"]),
            place=Place(row["position"]),
            created_at=from_ms(row["created_at"]),
        )


def instant_of(milliseconds: int | None) -> datetime | None:
    """Return an instant that may be missing."""
    return None if milliseconds is None else from_ms(milliseconds)


@contextmanager
def _reading(what: str) -> Iterator[None]:
    try:
        yield
    except IllegalState as error:
        raise Undecodable(f"The rows of {what} break a rule: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Undecodable(f"The rows of {what} cannot be read: {error}") from error


def _stages_of(row: Row) -> Stages:
    return Stages(StageStatus(row["stage1"]), StageStatus(row["stage2"]), StageStatus(row["stage3"]))


def _cron_of(row: Row) -> Cron:
    return Cron(CronStatus(row["cron_status"]), PauseType(row["pauseType"]))


def _cycles_of(rows: Sequence[Row]) -> tuple[tuple[Cycle, ...], tuple[ScheduledCycle, ...]]:
    opened = tuple(_opened_of(row) for row in rows if row["status"] is not None)
    waiting = tuple(
        ScheduledCycle(row["number"], from_ms(row["scheduled_at"])) for row in rows if row["status"] is None
    )
    return opened, waiting


def _opened_of(row: Row) -> Cycle:
    return Cycle(
        number=row["number"],
        status=RegressionCycleStatus(row["status"]),
        scheduled_at=from_ms(row["scheduled_at"]),
        opened_at=from_ms(row["opened_at"]),
        started_at=instant_of(row["started_at"]),
        finished_at=instant_of(row["finished_at"]),
    )


def _tasks_of(plan: Plan, rows: Sequence[Row]) -> tuple[Task, ...]:
    specs = {(stage.value, spec.name): (stage, spec) for stage in Stage for spec in plan.tasks_of(stage)}
    return tuple(_task_of(row, *specs[row["stage"], row["name"]]) for row in rows)


def _task_of(row: Row, stage: Stage, spec: TaskSpec) -> Task:
    return Task(
        id=row["id"],
        spec=spec,
        stage=stage,
        cycle=row["cycle"],
        status=TaskStatus(row["status"]),
        attempt=row["attempt"],
        try_number=row["try_number"],
        retries_left=row["retries_left"],
        claims=row["claims"],
        lease_token=row["lease_token"],
        not_before=instant_of(row["not_before"]),
        deadline=instant_of(row["deadline"]),
        finished_at=instant_of(row["finished_at"]),
        attempts=ATTEMPTS.validate_json(row["attempts"]) if row["attempts"] != "[]" else (),
    )
