"""The fields of a release and what can be read off them (rules 1.1); `Release` is the checked one."""

from dataclasses import dataclass
from datetime import datetime

from phaseboard.domain.actor import Actor
from phaseboard.domain.cycle import Cycle, ScheduledCycle
from phaseboard.domain.enums import (
    Phase,
    RegressionCycleStatus,
    ReleaseStatus,
    Stage,
    StageStatus,
    Store,
    StoreDecision,
    TaskStatus,
)
from phaseboard.domain.phase import PhaseInput, Stages, derive_phase
from phaseboard.domain.plan import Plan
from phaseboard.domain.snapshot import Cron, Progress, Snapshot
from phaseboard.domain.task import Task


@dataclass(frozen=True, slots=True)
class StoreReview:
    """What a store said of the submission; `decision` is None while it has not spoken (rules 4.5)."""

    store: Store
    decision: StoreDecision | None = None
    message: str | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseState:
    """The state of one release at one revision.

    `cycles` are those opened, in order; `scheduled` those still to open, filled when stage 2 is triggered. `secret` is
    what callback secrets are derived from, `phase_since` when the release came into its phase.
    """

    id: str
    secret: str
    plan: Plan
    status: ReleaseStatus
    stages: Stages
    cron: Cron
    cycles: tuple[Cycle, ...] = ()
    scheduled: tuple[ScheduledCycle, ...] = ()
    tasks: tuple[Task, ...]
    reviews: tuple[StoreReview, ...] = ()
    revision: int = 1
    created_at: datetime
    updated_at: datetime
    phase_since: datetime
    created_by: Actor | None = None

    @property
    def phase(self) -> Phase:
        """The derived phase (guide, section 4)."""
        current = self.current_cycle
        cycle = current.status if current else None
        return derive_phase(
            PhaseInput(self.status, self.cron.pause_type, self.stages, cycle, has_next_cycle=bool(self.scheduled))
        )

    @property
    def snapshot(self) -> Snapshot:
        """The status of the release, without plan and tasks."""
        return Snapshot(
            release_id=self.id,
            name=self.plan.name,
            version=self.plan.version,
            time_zone=self.plan.time_zone,
            status=self.status,
            stages=self.stages,
            cron=self.cron,
            current_cycle=self.current_cycle,
            next_cycle=self.scheduled[0] if self.scheduled else None,
            progress=Progress(
                completed=sum(cycle.status is RegressionCycleStatus.DONE for cycle in self.cycles),
                total=len(self.cycles) + len(self.scheduled),
            ),
            revision=self.revision,
            created_at=self.created_at,
            updated_at=self.updated_at,
            created_by=self.created_by,
        )

    @property
    def current_cycle(self) -> Cycle | None:
        """The cycle opened last, None before the first."""
        return self.cycles[-1] if self.cycles else None

    @property
    def unfinished_cycle(self) -> Cycle | None:
        """The current cycle unless it is over."""
        current = self.current_cycle
        return None if current is None or current.finished else current

    @property
    def running_stage(self) -> Stage | None:
        """The stage that is IN_PROGRESS, if any."""
        return next((stage for stage in Stage if self.stages.of(stage) is StageStatus.IN_PROGRESS), None)

    @property
    def next_cycle_at(self) -> datetime | None:
        """When the next cycle is due: as scheduled, before stage 2 as planned, None when none is or it is not known."""
        if self.status is ReleaseStatus.ARCHIVED:
            return None
        if self.stages.stage2 is StageStatus.PENDING:
            return min((cycle.scheduled_at for cycle in self.plan.cycles if cycle.scheduled_at), default=None)
        return self.scheduled[0].scheduled_at if self.scheduled else None

    @property
    def rejected(self) -> bool:
        """Whether a store rejected the submission and nobody submitted again since (rules 4.5)."""
        return any(review.decision is StoreDecision.REJECTED for review in self.reviews)

    def task(self, task_id: str) -> Task | None:
        """Return the task with this id, None when it is not one of this release."""
        return next((task for task in self.tasks if task.id == task_id), None)

    def tasks_under_way(self) -> tuple[Task, ...]:
        """Return the tasks of the running stage; in stage 2 those of its unfinished cycle."""
        stage, cycle = self.running_stage, self.unfinished_cycle
        if stage is not Stage.STAGE_2:
            return tuple(task for task in self.tasks if task.stage is stage)
        return tuple(task for task in self.tasks if cycle and task.cycle == cycle.number)

    def blocks(self, task: Task) -> bool:
        """Whether a task keeps the release from running on: FAILED and critical, or rejected by a store (rules 3.4)."""
        if task.status is not TaskStatus.FAILED:
            return False
        return task.spec.critical or (self.rejected and is_submission(self.plan, task))


def is_submission(plan: Plan, task: Task) -> bool:
    """Whether this is the task that a store's rejection fails."""
    return task.stage is Stage.STAGE_3 and task.spec.name == plan.submission.name
