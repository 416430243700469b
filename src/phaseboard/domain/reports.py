"""What happens to a task that runs: it is claimed, waits for a callback, finishes, or is reported on (rules 5)."""

from dataclasses import replace
from datetime import datetime

from phaseboard.domain.commands import AwaitCallback, Claim, Finish, HandBack, Report
from phaseboard.domain.enums import ReleaseStatus, TaskOutcome, TaskStatus
from phaseboard.domain.errors import InvalidTarget, LeaseLost, NotClaimable, ReportAnswer, ResultRefused
from phaseboard.domain.events import Event
from phaseboard.domain.release import Release
from phaseboard.domain.stages import settle
from phaseboard.domain.state import ReleaseState
from phaseboard.domain.task import Task
from phaseboard.domain.tasks import MAX_CLAIMS, awaiting_callback, concluded, put, startable, started

NO_EVENTS: tuple[Event, ...] = ()


def claim(release: Release, command: Claim, now: datetime) -> tuple[ReleaseState, tuple[Event, ...]]:
    """Hand a task out under a new lease token; the caller made sure that an older lease has run out.

    Raises NotClaimable. An attempt that was handed out MAX_CLAIMS times and never ended is failed instead.
    """
    task = _task(release, command.task_id)
    if not is_claimable(release, task, now):
        raise NotClaimable(f'Task "{task.spec.name}" of {release.id} is {task.status} and not to be run now.')
    state = release.opened()
    if task.claims < MAX_CLAIMS:
        return put(state, started(task, now)), NO_EVENTS
    reason = f"Handed out {task.claims} times without a result: the process running it ended each time."
    return settle(put(state, concluded(task, TaskOutcome.FAILED, reason, now=now)), now), NO_EVENTS


def is_claimable(release: Release, task: Task, now: datetime) -> bool:
    """Whether a task may be handed out: its turn has come, or it was handed out and its lease may have run out."""
    if release.status is not ReleaseStatus.IN_PROGRESS:
        return False
    if task.status is TaskStatus.IN_PROGRESS:
        return True
    return task in startable(release) and (task.not_before is None or task.not_before <= now)


def await_callback(release: Release, command: AwaitCallback, now: datetime) -> tuple[ReleaseState, tuple[Event, ...]]:
    """Park a task that its executor handed to an outside system. Raises LeaseLost."""
    task = _leased(release, command)
    return put(release.opened(), awaiting_callback(task, command.external_url, command.output, now)), NO_EVENTS


def finish(release: Release, command: Finish, now: datetime) -> tuple[ReleaseState, tuple[Event, ...]]:
    """Record what an executor made of a task. Raises LeaseLost."""
    task = _leased(release, command)
    ended = concluded(task, command.outcome, command.message, now=now, url=command.external_url, output=command.output)
    return settle(put(release.opened(), ended), now), NO_EVENTS


def hand_back(release: Release, command: HandBack, _: datetime) -> tuple[ReleaseState, tuple[Event, ...]]:
    """Take a task back that was not finished, as if it had not been handed out. Raises LeaseLost."""
    task = _leased(release, command)
    return put(release.opened(), replace(task, claims=task.claims - 1)), NO_EVENTS


def report(release: Release, command: Report, now: datetime) -> tuple[ReleaseState, tuple[Event, ...]]:
    """Record what an outside system or a person reports. Raises ResultRefused, one answer a case (rules 5.5)."""
    task = _task(release, command.task_id)
    if answer := _refused(release, task, command):
        raise ResultRefused(answer, _ANSWERS[answer].format(task=task, release=release, report=command))
    ended = concluded(task, command.outcome, command.message, now=now, url=command.external_url)
    return settle(put(release.opened(), ended), now), NO_EVENTS


_ANSWERS = {
    ReportAnswer.ARCHIVED: "Release {release.id} is archived; the report changes nothing.",
    ReportAnswer.DUPLICATE: "Attempt {report.attempt} has already {report.outcome}.",
    ReportAnswer.CONTRADICTION: "Attempt {report.attempt} has already ended otherwise; the first result stands.",
    ReportAnswer.OLD_ATTEMPT: "Attempt {report.attempt} is over; attempt {task.attempt} is the current one.",
    ReportAnswer.NOT_RUNNING: "Attempt {report.attempt} has not started; the task is {task.status}.",
    ReportAnswer.SETTLED: "The task is {task.status} already; the report changes nothing.",
}


def _refused(release: Release, task: Task, command: Report) -> ReportAnswer | None:
    made = task.attempt_numbered(command.attempt)
    if release.status is ReleaseStatus.ARCHIVED:
        return ReportAnswer.ARCHIVED
    if made is not None and made.outcome is command.outcome:
        return ReportAnswer.DUPLICATE
    if command.attempt < task.attempt:
        return ReportAnswer.OLD_ATTEMPT
    if made is not None and made.outcome is not None:
        return ReportAnswer.CONTRADICTION
    if task.ended:
        return ReportAnswer.SETTLED
    return None if task.running and command.attempt == task.attempt else ReportAnswer.NOT_RUNNING


def _task(release: Release, task_id: str) -> Task:
    task = release.task(task_id)
    if task is None:
        raise InvalidTarget(f"{release.id} has no task {task_id}.", "taskId")
    return task


def _leased(release: Release, command: AwaitCallback | Finish | HandBack) -> Task:
    task = _task(release, command.task_id)
    if release.status is ReleaseStatus.ARCHIVED:
        raise LeaseLost(f"{release.id} is archived; the result changes nothing.")
    if task.status is not TaskStatus.IN_PROGRESS or task.lease_token != command.token:
        raise LeaseLost(f'Lease {command.token} on task "{task.spec.name}" of {release.id} is not held any more.')
    return task
