"""The status of a release at one revision: what the guide's response is made of (guide, section 2; rules 1.5)."""

from dataclasses import dataclass
from datetime import datetime

from phaseboard.domain.actions import available_actions
from phaseboard.domain.actor import Actor
from phaseboard.domain.cycle import Cycle, ScheduledCycle
from phaseboard.domain.enums import Action, CronStatus, PauseType, Phase, ReleaseStatus, StageStatus
from phaseboard.domain.phase import PhaseInput, Stages, derive_phase

_REGRESSION_OVER = frozenset({ReleaseStatus.SUBMITTED, ReleaseStatus.COMPLETED, ReleaseStatus.ARCHIVED})


@dataclass(frozen=True, slots=True)
class Cron:
    """State of the cron job of a release."""

    status: CronStatus
    pause_type: PauseType


@dataclass(frozen=True, slots=True)
class Progress:
    """How many cycles are DONE, of those opened or still scheduled."""

    completed: int
    total: int


@dataclass(frozen=True, slots=True)
class Regression:
    """Stage 2 as the guide shows it; both cycles are None once the stage is COMPLETED."""

    current_cycle: Cycle | None
    next_cycle: ScheduledCycle | None
    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One release at one revision, small enough to travel with every event.

    `current_cycle` is the cycle opened last, `next_cycle` the earliest one still scheduled.
    """

    release_id: str
    name: str
    version: str
    time_zone: str
    status: ReleaseStatus
    stages: Stages
    cron: Cron
    current_cycle: Cycle | None
    next_cycle: ScheduledCycle | None
    progress: Progress
    revision: int
    created_at: datetime
    updated_at: datetime
    created_by: Actor | None

    @property
    def phase(self) -> Phase:
        """The derived phase (guide, section 4)."""
        return derive_phase(
            PhaseInput(
                self.status,
                self.cron.pause_type,
                self.stages,
                self.current_cycle.status if self.current_cycle else None,
                self.next_cycle is not None,
            )
        )

    @property
    def actions(self) -> tuple[Action, ...]:
        """What the state allows, in the guide's order."""
        return available_actions(self.phase)

    @property
    def regression(self) -> Regression | None:
        """Stage 2, None where the guide shows null (rules 1.5)."""
        if self.status in _REGRESSION_OVER or self.stages.stage3 is not StageStatus.PENDING:
            return None
        if self.stages.stage2 is StageStatus.PENDING:
            return None
        if self.stages.stage2 is StageStatus.COMPLETED:
            return Regression(None, None, self.progress)
        return Regression(self.current_cycle, self.next_cycle, self.progress)
