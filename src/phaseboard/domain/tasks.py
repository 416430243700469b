"""How tasks run and end (rules 5): which may start, and what an outcome makes of a task."""

from dataclasses import replace
from datetime import UTC, datetime

from phaseboard.domain.enums import (
    RegressionCycleStatus,
    ReleaseStatus,
    Stage,
    TaskOutcome,
    TaskStatus,
)
from phaseboard.domain.state import ReleaseState
from phaseboard.domain.task import Attempt, Task

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""A due time that has always come, whatever the clock says."""

MAX_CLAIMS = 5
"""How often one attempt is handed out before it counts as failed: a task that kills its process ends all the same."""


def startable(state: ReleaseState) -> tuple[Task, ...]:
    """Return the PENDING tasks whose needs are settled, `not_before` aside (rules 5.1); none while paused."""
    if state.status is not ReleaseStatus.IN_PROGRESS:
        return ()
    if state.running_stage is Stage.STAGE_2 and not _cycle_runs(state):
        return ()
    tasks = state.tasks_under_way()
    settled = {task.spec.name for task in tasks if task.settled}
    return tuple(task for task in tasks if task.status is TaskStatus.PENDING and settled.issuperset(task.spec.needs))


def ready_times(state: ReleaseState) -> dict[str, datetime]:
    """Return when each startable task may be claimed, by its id; AT_ONCE unless a retry waits."""
    return {task.id: task.not_before or AT_ONCE for task in startable(state)}


def started(task: Task, now: datetime) -> Task:
    """Return the task handed to its executor, for the first time in this attempt or once more."""
    attempts = task.attempts
    if task.attempt_numbered(task.attempt) is None:
        attempts = (*attempts, Attempt(number=task.attempt, started_at=now))
    return replace(
        task,
        status=TaskStatus.IN_PROGRESS,
        claims=task.claims + 1,
        lease_token=task.lease_token + 1,
        not_before=None,
        attempts=attempts,
    )


def awaiting_callback(task: Task, external_url: str | None, output: str | None, now: datetime) -> Task:
    """Return the task waiting for a callback, with the deadline that ends the wait."""
    return replace(
        task,
        status=TaskStatus.AWAITING_CALLBACK,
        deadline=now + task.spec.callback_timeout,
        attempts=task.with_last(external_url=external_url, output=output),
    )


def concluded(
    task: Task,
    outcome: TaskOutcome,
    reason: str | None,
    *,
    now: datetime,
    url: str | None = None,
    output: str | None = None,
) -> Task:
    """Return the task after its attempt ended: COMPLETED, PENDING for a retry that is left, or FAILED."""
    last = task.attempts[-1]
    failed = outcome is TaskOutcome.FAILED
    attempts = task.with_last(
        finished_at=now,
        outcome=outcome,
        failure_reason=reason if failed else None,
        external_url=url or last.external_url,
        output=output or last.output,
    )
    ended = replace(task, attempts=attempts, deadline=None, finished_at=now)
    if not failed:
        return replace(ended, status=TaskStatus.COMPLETED)
    if task.retries_left == 0:
        return replace(ended, status=TaskStatus.FAILED)
    retry = task.spec.retries.count - task.retries_left + 1
    return replace(
        ended,
        status=TaskStatus.PENDING,
        attempt=task.attempt + 1,
        retries_left=task.retries_left - 1,
        claims=0,
        finished_at=None,
        not_before=now + task.spec.retries.wait_before(retry),
    )


def retried(task: Task) -> Task:
    """Return a FAILED task as a person retries it: a new try, with all its retries."""
    return replace(
        task,
        status=TaskStatus.PENDING,
        attempt=task.attempt + 1,
        try_number=task.try_number + 1,
        retries_left=task.spec.retries.count,
        claims=0,
        finished_at=None,
    )


def skipped(task: Task, now: datetime) -> Task:
    """Return the task SKIPPED; what it may still report changes nothing."""
    return replace(task, status=TaskStatus.SKIPPED, deadline=None, not_before=None, finished_at=now)


def rejected(task: Task, reason: str, now: datetime) -> Task:
    """Return the submission task FAILED because a store rejected what it submitted (rules 4.5).

    The attempt keeps its outcome: its callback may be delivered twice, and the second is no contradiction (rules 5.5).
    """
    return replace(task, status=TaskStatus.FAILED, finished_at=now, attempts=task.with_last(failure_reason=reason))


def put(state: ReleaseState, task: Task) -> ReleaseState:
    """Return the state with one task replaced."""
    return replace(state, tasks=tuple(task if old.id == task.id else old for old in state.tasks))


def _cycle_runs(state: ReleaseState) -> bool:
    return bool(state.cycles) and state.cycles[-1].status is RegressionCycleStatus.IN_PROGRESS
