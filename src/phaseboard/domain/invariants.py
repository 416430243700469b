"""What holds for every release that exists: one row an invariant, checked whenever a release is built (rules 1.1)."""

from collections.abc import Callable

from phaseboard.domain.enums import (
    PauseType,
    RegressionCycleStatus,
    ReleaseStatus,
    Stage,
    StageStatus,
    StoreDecision,
    TaskStatus,
)
from phaseboard.domain.errors import IllegalState
from phaseboard.domain.phase import CRON_STATUS
from phaseboard.domain.state import ReleaseState, is_submission
from phaseboard.domain.task import Task

_PENDING, _GOING, _COMPLETED = StageStatus.PENDING, StageStatus.IN_PROGRESS, StageStatus.COMPLETED
_UNPAUSED = frozenset({ReleaseStatus.PENDING, ReleaseStatus.SUBMITTED, ReleaseStatus.COMPLETED, ReleaseStatus.ARCHIVED})


def check(release: ReleaseState) -> None:
    """Raise IllegalState naming the first invariant that the release breaks."""
    for invariant, holds in INVARIANTS:
        if not holds(release):
            raise IllegalState(invariant, _described(release))


def _stages_in_order(release: ReleaseState) -> bool:
    one, two, three = release.stages
    return (two is _PENDING or one is _COMPLETED) and (three is _PENDING or two is _COMPLETED)


def _has_a_phase(release: ReleaseState) -> bool:
    return release.phase is not None  # derive_phase raises IllegalState itself


def _cron_follows_phase(release: ReleaseState) -> bool:
    return release.cron.status is CRON_STATUS[release.phase]


def _unpaused_has_no_reason(release: ReleaseState) -> bool:
    return release.status not in _UNPAUSED or release.cron.pause_type is PauseType.NONE


def _paused_in_a_stage(release: ReleaseState) -> bool:
    return release.status is not ReleaseStatus.PAUSED or _GOING in release.stages


def _cycles_in_stage_2(release: ReleaseState) -> bool:
    return release.stages.stage2 is not _PENDING or not (release.cycles or release.scheduled)


def _cycles_numbered(release: ReleaseState) -> bool:
    numbers = [*(cycle.number for cycle in release.cycles), *(cycle.number for cycle in release.scheduled)]
    return numbers == list(range(1, len(numbers) + 1))


def _scheduled_in_order(release: ReleaseState) -> bool:
    times = [cycle.scheduled_at for cycle in release.scheduled]
    return times == sorted(times)


def _one_cycle_at_a_time(release: ReleaseState) -> bool:
    return all(cycle.finished for cycle in release.cycles[:-1])


def _stage_2_goes_on(release: ReleaseState) -> bool:
    running = release.unfinished_cycle is not None
    if release.stages.stage2 is _GOING:
        return running or bool(release.scheduled)
    return not running and not release.scheduled


def _tasks_unique(release: ReleaseState) -> bool:
    return len({task.id for task in release.tasks}) == len(release.tasks)


def _finished_stages_settled(release: ReleaseState) -> bool:
    under_way = {task.id for task in release.tasks_under_way()}
    for task in release.tasks:
        over = release.stages.of(task.stage) is _COMPLETED or task.cycle is not None
        if over and task.id not in under_way and not task.settled:
            return False
    return True


def _runs_only_under_way(release: ReleaseState) -> bool:
    under_way = {task.id for task in release.tasks_under_way()}
    return all(task.id in under_way for task in release.tasks if task.running)


def _in_their_cycle(release: ReleaseState) -> bool:
    opened = len(release.cycles)
    return all(
        task.cycle is None if task.stage is not Stage.STAGE_2 else 1 <= (task.cycle or 0) <= opened
        for task in release.tasks
    )


def _wait_for_their_turn(release: ReleaseState) -> bool:
    return all(task.status is TaskStatus.PENDING for task in release.tasks if not _begun(release, task))


def _something_left(release: ReleaseState) -> bool:
    stage = release.running_stage
    between = stage is None or (stage is Stage.STAGE_2 and release.unfinished_cycle is None)
    if between or release.status is not ReleaseStatus.IN_PROGRESS:
        return True
    return not all(task.settled for task in release.tasks_under_way())


def _failure_pauses(release: ReleaseState) -> bool:
    if release.status not in (ReleaseStatus.IN_PROGRESS, ReleaseStatus.PAUSED):
        return True
    blocked = any(release.blocks(task) for task in release.tasks)
    match release.cron.pause_type:
        case PauseType.TASK_FAILURE:
            return blocked
        case PauseType.USER_REQUESTED:
            return True
        case _:
            return not blocked


def _completed_by_stores(release: ReleaseState) -> bool:
    approved = {review.decision for review in release.reviews} == {StoreDecision.APPROVED}
    return not release.reviews or approved is (release.status is ReleaseStatus.COMPLETED)


def _verdicts_follow_submission(release: ReleaseState) -> bool:
    if release.status in (ReleaseStatus.SUBMITTED, ReleaseStatus.COMPLETED):
        return not release.rejected
    return release.rejected or all(review.decision is None for review in release.reviews)


def _rejection_fails_submission(release: ReleaseState) -> bool:
    if not release.rejected:
        return True
    held = release.status is ReleaseStatus.ARCHIVED or release.cron.pause_type is PauseType.TASK_FAILURE
    failed = (task.status is TaskStatus.FAILED for task in release.tasks if is_submission(release.plan, task))
    return held and release.running_stage is Stage.STAGE_3 and any(failed)


def _stores_of_the_plan(release: ReleaseState) -> bool:
    return tuple(review.store for review in release.reviews) == release.plan.stores


def _revision_counts(release: ReleaseState) -> bool:
    return release.revision >= 1


INVARIANTS: tuple[tuple[str, Callable[[ReleaseState], bool]], ...] = (
    ("stages run in order, each after the one before it is COMPLETED", _stages_in_order),
    ("every release has a phase of the guide's table", _has_a_phase),
    ("cron.status follows the phase", _cron_follows_phase),
    ("a release that is not under way has pauseType NONE", _unpaused_has_no_reason),
    ("a release is PAUSED only while a stage is IN_PROGRESS", _paused_in_a_stage),
    ("cycles exist only once stage 2 has started", _cycles_in_stage_2),
    ("cycles are numbered from 1 without a gap, opened ones first", _cycles_numbered),
    ("scheduled cycles are in the order of their times", _scheduled_in_order),
    ("only the cycle opened last may be unfinished", _one_cycle_at_a_time),
    ("stage 2 is IN_PROGRESS exactly while a cycle runs or is scheduled", _stage_2_goes_on),
    ("task ids are unique", _tasks_unique),
    ("the tasks of a finished stage or cycle are settled", _finished_stages_settled),
    ("tasks run only in the stage and cycle under way", _runs_only_under_way),
    ("the tasks of stage 2 belong to an opened cycle, all others to none", _in_their_cycle),
    ("tasks are PENDING until their stage or cycle begins", _wait_for_their_turn),
    ("a stage or cycle under way has a task that is not settled, unless the release is PAUSED", _something_left),
    ("a failed critical task pauses the release, and only that does so by TASK_FAILURE", _failure_pauses),
    ("there is one review for each store of the plan", _stores_of_the_plan),
    ("a release with stores is COMPLETED exactly when all of them approved", _completed_by_stores),
    ("verdicts stand only while the release is with the stores, or sent back by one", _verdicts_follow_submission),
    ("a rejected release is held in stage 3 by its FAILED submission", _rejection_fails_submission),
    ("revisions count from 1", _revision_counts),
)


def _begun(release: ReleaseState, task: Task) -> bool:
    if task.cycle is not None:
        return release.cycles[task.cycle - 1].status is not RegressionCycleStatus.NOT_STARTED
    return release.stages.of(task.stage) is not _PENDING


def _described(release: ReleaseState) -> str:
    cycles = ", ".join(f"{cycle.tag} {cycle.status}" for cycle in release.cycles) or "none"
    return (
        f"{release.id} {release.status}, cron {release.cron.status}/{release.cron.pause_type}, "
        f"stages {'/'.join(release.stages)}, cycles {cycles}, {len(release.scheduled)} scheduled"
    )
