"""How stages and cycles begin and end (rules 4.3, 4.4). Every function takes a state and returns the one after it.

A stage begins when it is triggered, ends when its tasks are settled, and hands over to the next one or to a person:

    begin(STAGE_1) ... settle ──► end(STAGE_1) ──► AWAITING_STAGE_TRIGGER, or begin(STAGE_2) when the plan triggers it
    begin(STAGE_2) ──► open_cycle ──► run_cycle ... settle ──► end_cycle ──► the next cycle's time, or end(STAGE_2)
    begin(STAGE_3) ... settle ──► end(STAGE_3) ──► SUBMITTED
"""

from dataclasses import replace
from datetime import datetime

from phaseboard.domain.cycle import Cycle, ScheduledCycle
from phaseboard.domain.enums import (
    PauseType,
    RegressionCycleStatus,
    ReleaseStatus,
    Stage,
    StageStatus,
)
from phaseboard.domain.ids import task_id
from phaseboard.domain.state import ReleaseState
from phaseboard.domain.task import new_task

_NEXT = {Stage.STAGE_1: Stage.STAGE_2, Stage.STAGE_2: Stage.STAGE_3}


def settle(state: ReleaseState, now: datetime) -> ReleaseState:
    """Return what follows from the tasks as they are: a pause by failure, the end of a cycle or stage, or nothing.

    A release that is paused decides nothing: it settles when it runs on.
    """
    if state.status is not ReleaseStatus.IN_PROGRESS:
        return state
    if any(state.blocks(task) for task in state.tasks):
        return pause(state, PauseType.TASK_FAILURE)
    tasks = state.tasks_under_way()
    if not tasks or not all(task.settled for task in tasks):
        return state
    if state.running_stage is Stage.STAGE_2:
        return end_cycle(state, RegressionCycleStatus.DONE, now)
    return end(state, tasks[0].stage, now)


def pause(state: ReleaseState, why: PauseType) -> ReleaseState:
    """Return the release paused."""
    return replace(state, status=ReleaseStatus.PAUSED, cron=replace(state.cron, pause_type=why))


def resume(state: ReleaseState, now: datetime) -> ReleaseState:
    """Return a paused release under way again, and what happened meanwhile taken into account."""
    running = replace(state, status=ReleaseStatus.IN_PROGRESS, cron=replace(state.cron, pause_type=PauseType.NONE))
    return settle(running, now)


def begin(state: ReleaseState, stage: Stage, now: datetime) -> ReleaseState:
    """Return the release with a stage IN_PROGRESS; a first cycle that is due opens at once."""
    begun = replace(
        state,
        status=ReleaseStatus.IN_PROGRESS,
        cron=replace(state.cron, pause_type=PauseType.NONE),
        stages=state.stages.with_status(stage, StageStatus.IN_PROGRESS),
    )
    if stage is not Stage.STAGE_2:
        return begun
    times = sorted(cycle.opens_at(now) for cycle in state.plan.cycles)
    scheduled = tuple(ScheduledCycle(number, at) for number, at in enumerate(times, start=1))
    waiting = replace(begun, scheduled=scheduled)
    return open_cycle(waiting, now) if cycle_is_due(waiting, now) else waiting


def end(state: ReleaseState, stage: Stage, now: datetime) -> ReleaseState:
    """Return the release with a stage COMPLETED and what the plan says follows."""
    ended = replace(state, stages=state.stages.with_status(stage, StageStatus.COMPLETED))
    if stage is Stage.STAGE_3:
        return replace(ended, status=ReleaseStatus.SUBMITTED)
    if _NEXT[stage] in state.plan.auto_trigger:
        return begin(ended, _NEXT[stage], now)
    return replace(ended, cron=replace(ended.cron, pause_type=PauseType.AWAITING_STAGE_TRIGGER))


def cycle_is_due(state: ReleaseState, now: datetime) -> bool:
    """Whether the next cycle's time has come and no other cycle is unfinished."""
    free = state.unfinished_cycle is None
    return free and bool(state.scheduled) and state.scheduled[0].scheduled_at <= now


def open_cycle(state: ReleaseState, now: datetime) -> ReleaseState:
    """Return the release with its next cycle NOT_STARTED and that cycle's tasks waiting."""
    due, *later = state.scheduled
    cycle = Cycle(
        number=due.number,
        status=RegressionCycleStatus.NOT_STARTED,
        scheduled_at=due.scheduled_at,
        opened_at=now,
    )
    first = len(state.tasks) + 1
    tasks = tuple(
        new_task(task_id(state.id, number), spec, Stage.STAGE_2, due.number)
        for number, spec in enumerate(state.plan.regression, start=first)
    )
    return replace(state, cycles=(*state.cycles, cycle), scheduled=tuple(later), tasks=(*state.tasks, *tasks))


def run_cycle(state: ReleaseState, now: datetime) -> ReleaseState:
    """Return the release with the cycle opened last IN_PROGRESS."""
    running = replace(state.cycles[-1], status=RegressionCycleStatus.IN_PROGRESS, started_at=now)
    return replace(state, cycles=(*state.cycles[:-1], running))


def end_cycle(state: ReleaseState, status: RegressionCycleStatus, now: datetime) -> ReleaseState:
    """Return the release with the running cycle DONE or ABANDONED; without a next one stage 2 ends."""
    over = replace(state.cycles[-1], status=status, finished_at=now)
    ended = replace(state, cycles=(*state.cycles[:-1], over))
    return ended if ended.scheduled else end(ended, Stage.STAGE_2, now)
