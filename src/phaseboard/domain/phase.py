"""The phase table: the guide's section 4 row by row, the two rows of rules 1.2, and what follows from a phase."""

from collections.abc import Iterator, Mapping
from itertools import product
from types import MappingProxyType
from typing import NamedTuple

from phaseboard.domain.enums import (
    CronStatus,
    PauseType,
    Phase,
    RegressionCycleStatus,
    ReleaseStatus,
    Stage,
    StageStatus,
)
from phaseboard.domain.errors import IllegalState

_PLACE = {stage: place for place, stage in enumerate(Stage)}


class Stages(NamedTuple):
    """Progress of the three stages."""

    stage1: StageStatus
    stage2: StageStatus
    stage3: StageStatus

    def of(self, stage: Stage) -> StageStatus:
        """Return the status of a stage."""
        return self[_PLACE[stage]]

    def with_status(self, stage: Stage, status: StageStatus) -> "Stages":
        """Return the stages with one in another status."""
        changed = list(self)
        changed[_PLACE[stage]] = status
        return Stages(*changed)


class PhaseInput(NamedTuple):
    """Everything that the phase is derived from; `cycle` is the status of the cycle opened last, if any."""

    status: ReleaseStatus
    pause_type: PauseType
    stages: Stages
    cycle: RegressionCycleStatus | None
    has_next_cycle: bool


class Row(NamedTuple):
    """One row of the table; None in a column stands for the guide's "-" and "any"."""

    status: ReleaseStatus
    pause_type: PauseType | None
    stages: tuple[StageStatus | None, StageStatus | None, StageStatus | None]
    cycle: tuple[RegressionCycleStatus | None, ...] | None
    has_next_cycle: bool | None
    phase: Phase


_P, _I, _C = StageStatus.PENDING, StageStatus.IN_PROGRESS, StageStatus.COMPLETED
_NONE, _AWAITING = PauseType.NONE, PauseType.AWAITING_STAGE_TRIGGER
_USER, _FAILURE = PauseType.USER_REQUESTED, PauseType.TASK_FAILURE
_ACTIVE = ReleaseStatus.IN_PROGRESS
_ANY = (None, None, None)
_STARTING, _RUNNING = (RegressionCycleStatus.NOT_STARTED,), (RegressionCycleStatus.IN_PROGRESS,)
_DONE, _ABANDONED = (RegressionCycleStatus.DONE,), (RegressionCycleStatus.ABANDONED,)
_NOT_OPENED = (None,)

# fmt: off
PHASE_TABLE: tuple[Row, ...] = (
    # status                  pauseType  stages        cycle        next   phase
    Row(ReleaseStatus.PENDING,   None,      (_P, _P, _P), None,        None,  Phase.NOT_STARTED),
    Row(_ACTIVE,                 _NONE,     (_I, _P, _P), None,        None,  Phase.KICKOFF),
    Row(_ACTIVE,                 _AWAITING, (_C, _P, _P), None,        None,  Phase.AWAITING_REGRESSION),
    Row(_ACTIVE,                 _NONE,     (_C, _I, _P), _STARTING,   None,  Phase.REGRESSION_CYCLE_STARTING),
    Row(_ACTIVE,                 _NONE,     (_C, _I, _P), _RUNNING,    None,  Phase.REGRESSION_CYCLE_RUNNING),
    Row(_ACTIVE,                 _NONE,     (_C, _I, _P), _DONE,       True,  Phase.REGRESSION_AWAITING_NEXT_CYCLE),
    Row(_ACTIVE,                 _AWAITING, (_C, _C, _P), None,        None,  Phase.AWAITING_POST_REGRESSION),
    Row(_ACTIVE,                 _NONE,     (_C, _C, _I), None,        None,  Phase.POST_REGRESSION),
    Row(ReleaseStatus.SUBMITTED, None,      (_C, _C, _C), None,        None,  Phase.SUBMITTED),
    Row(ReleaseStatus.COMPLETED, None,      (_C, _C, _C), None,        None,  Phase.COMPLETED),
    Row(ReleaseStatus.PAUSED,    _USER,     _ANY,         None,        None,  Phase.PAUSED_BY_USER),
    Row(ReleaseStatus.PAUSED,    _FAILURE,  _ANY,         None,        None,  Phase.PAUSED_BY_FAILURE),
    Row(ReleaseStatus.ARCHIVED,  None,      _ANY,         None,        None,  Phase.ARCHIVED),
    # rules 1.2
    Row(_ACTIVE,                 _NONE,     (_C, _I, _P), _ABANDONED,  True,  Phase.REGRESSION_AWAITING_NEXT_CYCLE),
    Row(_ACTIVE,                 _NONE,     (_C, _I, _P), _NOT_OPENED, True,  Phase.REGRESSION_AWAITING_NEXT_CYCLE),
)
# fmt: on

CRON_STATUS: Mapping[Phase, CronStatus] = MappingProxyType(
    {
        Phase.NOT_STARTED: CronStatus.PENDING,
        Phase.KICKOFF: CronStatus.RUNNING,
        Phase.AWAITING_REGRESSION: CronStatus.PAUSED,
        Phase.REGRESSION_CYCLE_STARTING: CronStatus.RUNNING,
        Phase.REGRESSION_CYCLE_RUNNING: CronStatus.RUNNING,
        Phase.REGRESSION_AWAITING_NEXT_CYCLE: CronStatus.RUNNING,
        Phase.AWAITING_POST_REGRESSION: CronStatus.PAUSED,
        Phase.POST_REGRESSION: CronStatus.RUNNING,
        Phase.SUBMITTED: CronStatus.COMPLETED,
        Phase.COMPLETED: CronStatus.COMPLETED,
        Phase.PAUSED_BY_USER: CronStatus.PAUSED,
        Phase.PAUSED_BY_FAILURE: CronStatus.PAUSED,
        Phase.ARCHIVED: CronStatus.PAUSED,
    }
)
"""The cron status of each phase (rules 1.4)."""

FINAL_PHASES = frozenset({Phase.COMPLETED, Phase.ARCHIVED})
"""Phases that nothing leaves."""


def derive_phase(given: PhaseInput) -> Phase:
    """Return the phase of a combination, in constant time.

    Raises IllegalState for a combination that no row of the table covers (rules 1.1, 1.3).
    """
    phase = _PHASES.get(given)
    if phase is None:
        raise IllegalState("every release has a phase of the guide's table", _described(given))
    return phase


def _covered(row: Row) -> Iterator[PhaseInput]:
    """Yield every input that a row covers."""
    for pause_type, *stages, cycle, has_next in product(
        PauseType if row.pause_type is None else (row.pause_type,),
        *(StageStatus if stage is None else (stage,) for stage in row.stages),
        (None, *RegressionCycleStatus) if row.cycle is None else row.cycle,
        (True, False) if row.has_next_cycle is None else (row.has_next_cycle,),
    ):
        yield PhaseInput(row.status, pause_type, Stages(*stages), cycle, has_next)


def _described(given: PhaseInput) -> str:
    cycle = "no cycle" if given.cycle is None else f"cycle {given.cycle}"
    following = "a next cycle" if given.has_next_cycle else "no next cycle"
    return f"{given.status}, {given.pause_type}, stages {'/'.join(given.stages)}, {cycle}, {following}"


_PHASES: Mapping[PhaseInput, Phase] = {given: row.phase for row in PHASE_TABLE for given in _covered(row)}
