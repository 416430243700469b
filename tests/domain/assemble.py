"""Releases put together by hand from one input of the phase table, legal or not, with all else to match."""

from datetime import datetime
from typing import Any

from phaseboard.domain.cycle import Cycle, ScheduledCycle
from phaseboard.domain.enums import (
    CronStatus,
    PauseType,
    Phase,
    RegressionCycleStatus,
    ReleaseStatus,
    Stage,
    StageStatus,
    TaskStatus,
)
from phaseboard.domain.phase import PhaseInput, Stages
from phaseboard.domain.plan import Plan
from phaseboard.domain.snapshot import Cron
from phaseboard.domain.task import Task
from tests.domain import guide
from tests.factory import KEY, NOW, SECRET, at, make_plan

CRON = {
    "RUNNING": (
        "KICKOFF",
        "REGRESSION_CYCLE_STARTING",
        "REGRESSION_CYCLE_RUNNING",
        "REGRESSION_AWAITING_NEXT_CYCLE",
        "POST_REGRESSION",
    ),
    "PENDING": ("NOT_STARTED",),
    "COMPLETED": ("SUBMITTED", "COMPLETED"),
    "PAUSED": ("AWAITING_REGRESSION", "AWAITING_POST_REGRESSION", "PAUSED_BY_USER", "PAUSED_BY_FAILURE", "ARCHIVED"),
}
"""Rules 1.4."""

CRON_OF = {Phase(phase): CronStatus(cron) for cron, phases in CRON.items() for phase in phases}

_OF_STAGE = {
    StageStatus.PENDING: TaskStatus.PENDING,
    StageStatus.IN_PROGRESS: TaskStatus.PENDING,
    StageStatus.COMPLETED: TaskStatus.COMPLETED,
}
_OF_CYCLE = {
    RegressionCycleStatus.NOT_STARTED: TaskStatus.PENDING,
    RegressionCycleStatus.IN_PROGRESS: TaskStatus.PENDING,
    RegressionCycleStatus.DONE: TaskStatus.COMPLETED,
    RegressionCycleStatus.ABANDONED: TaskStatus.SKIPPED,
}


def phase_input(given: tuple[str, ...]) -> PhaseInput:
    """Return an input of the guide's table in the words of the domain."""
    status, pause_type, one, two, three, cycle, following = given
    return PhaseInput(
        ReleaseStatus(status),
        PauseType(pause_type),
        Stages(StageStatus(one), StageStatus(two), StageStatus(three)),
        None if cycle == guide.NO_CYCLE else RegressionCycleStatus(cycle),
        following == "exists",
    )


def fields_of(given: tuple[str, ...]) -> dict[str, Any]:
    """Return the fields of a release with this input; tasks, cron and cycles are as they would be."""
    status, pause_type, stages, cycle, has_next = phase_input(given)
    phase = next(map(Phase, guide.PHASES_OF[given]), None)
    plan = make_plan()
    number = 1 if cycle is None else 2
    return {
        "id": f"rel-{KEY}",
        "secret": SECRET,
        "plan": plan,
        "status": status,
        "stages": stages,
        "cron": Cron(CRON_OF[phase] if phase else CronStatus.RUNNING, pause_type),
        "cycles": () if cycle is None else (Cycle(number=1, status=cycle, scheduled_at=NOW, opened_at=NOW),),
        "scheduled": (ScheduledCycle(number, at(14)),) if has_next else (),
        "tasks": _tasks(plan, stages, cycle, failing=pause_type is PauseType.TASK_FAILURE),
        "created_at": NOW,
        "updated_at": NOW,
        "phase_since": NOW,
    }


def _tasks(
    plan: Plan, stages: Stages, cycle: RegressionCycleStatus | None, *, failing: bool, finished_at: datetime = NOW
) -> tuple[Task, ...]:
    statuses = [(Stage.STAGE_1, None, _OF_STAGE[stages.stage1]), (Stage.STAGE_3, None, _OF_STAGE[stages.stage3])]
    if cycle is not None:
        statuses.append((Stage.STAGE_2, 1, _OF_CYCLE[cycle]))
    going = [stage for stage, status in zip(Stage, stages, strict=True) if status is StageStatus.IN_PROGRESS]
    tasks = []
    for stage, number, status in statuses:
        for spec in plan.tasks_of(stage):
            fails = failing and going[:1] == [stage] and cycle is not RegressionCycleStatus.NOT_STARTED
            first = spec is plan.tasks_of(stage)[0] and status is TaskStatus.PENDING
            tasks.append(
                Task(
                    id=f"tsk-{KEY}-{len(tasks) + 1}",
                    spec=spec,
                    stage=stage,
                    cycle=number,
                    status=TaskStatus.FAILED if fails and first else status,
                    finished_at=finished_at,
                )
            )
    return tuple(tasks)
