"""What can be done next: the guide's quick reference, and in words what would have to happen first."""

from collections.abc import Mapping
from types import MappingProxyType

from phaseboard.domain.enums import Action, Phase

ACTIONS: Mapping[Phase, tuple[Action, ...]] = MappingProxyType(
    {
        Phase.NOT_STARTED: (Action.START,),
        Phase.KICKOFF: (Action.PAUSE,),
        Phase.AWAITING_REGRESSION: (Action.TRIGGER_STAGE_2, Action.ARCHIVE),
        Phase.REGRESSION_CYCLE_STARTING: (Action.PAUSE,),
        Phase.REGRESSION_CYCLE_RUNNING: (Action.PAUSE, Action.ABANDON_CYCLE),
        Phase.REGRESSION_AWAITING_NEXT_CYCLE: (Action.PAUSE, Action.SKIP_REMAINING_CYCLES),
        Phase.AWAITING_POST_REGRESSION: (Action.TRIGGER_STAGE_3, Action.ARCHIVE),
        Phase.POST_REGRESSION: (Action.PAUSE,),
        Phase.SUBMITTED: (),
        Phase.COMPLETED: (),
        Phase.PAUSED_BY_USER: (Action.RESUME, Action.ARCHIVE),
        Phase.PAUSED_BY_FAILURE: (Action.RETRY_TASK, Action.SKIP_TASK, Action.ARCHIVE),
        Phase.ARCHIVED: (),
    }
)

_POSSIBLE_WHEN: Mapping[Action, str] = MappingProxyType(
    {
        Action.START: "A release is started once, while it is not started.",
        Action.PAUSE: "Only a release whose stage is running or waiting for its next cycle can be paused.",
        Action.RESUME: "Only a release that a person paused can be resumed.",
        Action.TRIGGER_STAGE_2: "Stage 1 (kickoff) has to be complete, and regression not yet started.",
        Action.TRIGGER_STAGE_3: "Stage 2 (regression) has to be complete, and pre-release not yet started.",
        Action.RETRY_TASK: "A task has to have failed and paused the release.",
        Action.SKIP_TASK: "A task has to have failed and paused the release.",
        Action.ABANDON_CYCLE: "A regression cycle has to be running.",
        Action.SKIP_REMAINING_CYCLES: "No cycle may be running, and at least one has to be scheduled.",
        Action.ARCHIVE: "A release is archived while it waits for a stage trigger or is paused.",
    }
)

_SINCE: Mapping[Phase, str] = MappingProxyType(
    {
        Phase.NOT_STARTED: "Start it first.",
        Phase.PAUSED_BY_USER: "It is paused: resume it first.",
        Phase.PAUSED_BY_FAILURE: "It is paused by a failed task: retry or skip that task first.",
        Phase.SUBMITTED: "It is with the stores: wait for their verdict.",
        Phase.COMPLETED: "It is released: nothing more can be done to it.",
        Phase.ARCHIVED: "It is archived for good.",
    }
)


def available_actions(phase: Phase) -> tuple[Action, ...]:
    """Return the actions of a phase in the guide's order, the same for every reader (rules 3.1)."""
    return ACTIONS[phase]


def why_not(action: Action, phase: Phase) -> str:
    """Return in words why a phase does not offer an action and what would have to happen first (rules 3.2)."""
    parts = [f"{action} is not possible in phase {phase}.", _POSSIBLE_WHEN[action], _SINCE.get(phase, "")]
    return " ".join(part for part in parts if part)
