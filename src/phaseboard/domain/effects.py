"""What each action does, in one transaction (rules 3.3): one row of `EFFECTS` an action."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from phaseboard.domain.actions import why_not
from phaseboard.domain.commands import Perform
from phaseboard.domain.enums import Action, PauseType, RegressionCycleStatus, ReleaseStatus, Stage, TaskStatus
from phaseboard.domain.errors import ActionNotAllowed, InvalidTarget
from phaseboard.domain.events import ActionPerformed, Event
from phaseboard.domain.release import Release
from phaseboard.domain.stages import begin, end, end_cycle, pause, resume
from phaseboard.domain.state import ReleaseState, StoreReview, is_submission
from phaseboard.domain.task import Task
from phaseboard.domain.tasks import put, retried, skipped

Effect = Callable[[ReleaseState, Perform, datetime], ReleaseState]


def perform(release: Release, command: Perform, now: datetime) -> tuple[ReleaseState, tuple[Event, ...]]:
    """Carry out an action that the phase offers; raises ActionNotAllowed otherwise (rules 3.1, 3.2)."""
    offered = release.snapshot.actions
    if command.action not in offered:
        raise ActionNotAllowed(why_not(command.action, release.phase), command.action, release.phase, offered)
    performed = ActionPerformed(action=command.action, reason=command.reason, task_id=command.task_id)
    return EFFECTS[command.action](release.opened(), command, now), (performed,)


def _start(state: ReleaseState, _: Perform, now: datetime) -> ReleaseState:
    return begin(state, Stage.STAGE_1, now)


def _pause(state: ReleaseState, _: Perform, __: datetime) -> ReleaseState:
    return pause(state, PauseType.USER_REQUESTED)


def _resume(state: ReleaseState, _: Perform, now: datetime) -> ReleaseState:
    return resume(state, now)


def _trigger_stage_2(state: ReleaseState, _: Perform, now: datetime) -> ReleaseState:
    return begin(state, Stage.STAGE_2, now)


def _trigger_stage_3(state: ReleaseState, _: Perform, now: datetime) -> ReleaseState:
    return begin(state, Stage.STAGE_3, now)


def _retry_task(state: ReleaseState, command: Perform, now: datetime) -> ReleaseState:
    task = _failed_task(state, command)
    return _resume_unless_blocked(put(_submitting_again(state, task), retried(task)), now)


def _skip_task(state: ReleaseState, command: Perform, now: datetime) -> ReleaseState:
    task = _failed_task(state, command)
    return _resume_unless_blocked(put(_submitting_again(state, task), skipped(task, now)), now)


def _abandon_cycle(state: ReleaseState, _: Perform, now: datetime) -> ReleaseState:
    for task in state.tasks_under_way():
        if not task.ended:
            state = put(state, skipped(task, now))
    return end_cycle(state, RegressionCycleStatus.ABANDONED, now)


def _skip_remaining_cycles(state: ReleaseState, _: Perform, now: datetime) -> ReleaseState:
    return end(replace(state, scheduled=()), Stage.STAGE_2, now)


def _archive(state: ReleaseState, _: Perform, __: datetime) -> ReleaseState:
    return replace(state, status=ReleaseStatus.ARCHIVED, cron=replace(state.cron, pause_type=PauseType.NONE))


EFFECTS: Mapping[Action, Effect] = MappingProxyType(
    {
        Action.START: _start,
        Action.PAUSE: _pause,
        Action.RESUME: _resume,
        Action.TRIGGER_STAGE_2: _trigger_stage_2,
        Action.TRIGGER_STAGE_3: _trigger_stage_3,
        Action.RETRY_TASK: _retry_task,
        Action.SKIP_TASK: _skip_task,
        Action.ABANDON_CYCLE: _abandon_cycle,
        Action.SKIP_REMAINING_CYCLES: _skip_remaining_cycles,
        Action.ARCHIVE: _archive,
    }
)
"""What each action does (rules 3.3)."""


def _failed_task(state: ReleaseState, command: Perform) -> Task:
    task = next((task for task in state.tasks if task.id == command.task_id), None)
    if task is None:
        raise InvalidTarget(f"{state.id} has no task {command.task_id}.", "taskId")
    if task.status is not TaskStatus.FAILED:
        raise InvalidTarget(
            f'Task "{task.spec.name}" is {task.status}; only a FAILED task can be retried or skipped.',
            "taskId",
        )
    if task not in state.tasks_under_way():
        raise InvalidTarget(f'Task "{task.spec.name}" belongs to a stage or cycle that is over.', "taskId")
    return task


def _submitting_again(state: ReleaseState, task: Task) -> ReleaseState:
    """Forget the stores' verdicts when the submission they rejected is taken up again (rules 4.5)."""
    if not (state.rejected and is_submission(state.plan, task)):
        return state
    return replace(state, reviews=tuple(StoreReview(review.store) for review in state.reviews))


def _resume_unless_blocked(state: ReleaseState, now: datetime) -> ReleaseState:
    return state if any(state.blocks(task) for task in state.tasks) else resume(state, now)
