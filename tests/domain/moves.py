"""Every command that moves a release on from where it is, and what names a state whatever way led to it."""

from collections.abc import Iterator
from datetime import datetime

from phaseboard.domain.actions import available_actions
from phaseboard.domain.commands import AwaitCallback, Claim, Command, Complete, Finish, Perform, Report, Review
from phaseboard.domain.enums import Action, Phase, Stage, Store, StoreDecision, TaskOutcome, TaskStatus
from phaseboard.domain.release import Release
from phaseboard.domain.task import Task
from phaseboard.domain.tasks import startable

ON_TASKS = frozenset({Action.RETRY_TASK, Action.SKIP_TASK})


def moves(release: Release) -> Iterator[Command]:
    """Yield the commands that a release takes, one for each thing that can happen to it."""
    for action in available_actions(release.phase):
        if action in ON_TASKS:
            failed = (task for task in release.tasks_under_way() if task.status is TaskStatus.FAILED)
            yield from (Perform(action=action, task_id=task.id) for task in failed)
        else:
            yield Perform(action=action)
    if release.phase is not Phase.ARCHIVED:
        yield from (Claim(task_id=task.id) for task in startable(release))
        for task in release.tasks_under_way():
            yield from _results(task)
    if release.phase is Phase.SUBMITTED:
        waiting = (review.store for review in release.reviews if review.decision is None)
        yield from (Review(store=store, decision=decision) for store in waiting for decision in StoreDecision)
        if not release.reviews:
            yield Complete()


def _results(task: Task) -> Iterator[Command]:
    if task.status is TaskStatus.IN_PROGRESS:
        yield AwaitCallback(task_id=task.id, token=task.lease_token)
        yield from (Finish(task_id=task.id, token=task.lease_token, outcome=outcome) for outcome in TaskOutcome)
    elif task.status is TaskStatus.AWAITING_CALLBACK:
        yield from (Report(task_id=task.id, attempt=task.attempt, outcome=outcome) for outcome in TaskOutcome)


def state_of(release: Release, now: datetime) -> tuple[object, ...]:
    """Return what two releases have in common that can only go the same ways.

    Left out is what no decision depends on, or only in number: times but for those that have come, revisions, attempts,
    leases, the record of tasks and cycles that are over. So there are finitely many states.
    """
    verdicts: tuple[tuple[Store, StoreDecision | None], ...] = tuple((r.store, r.decision) for r in release.reviews)
    under_way = tuple((task.spec.name, task.status, task.retries_left) for task in release.tasks_under_way())
    current = release.current_cycle if release.running_stage is Stage.STAGE_2 else None
    due = tuple(cycle.scheduled_at <= now for cycle in release.scheduled)
    return release.status, release.cron, release.stages, current and current.status, due, under_way, verdicts
