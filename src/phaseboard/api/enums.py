"""The domain's enums as GraphQL enums, every value described."""

from collections.abc import Mapping
from enum import Enum

import strawberry

from phaseboard.domain.actor import ActorKind
from phaseboard.domain.enums import (
    Action,
    CronStatus,
    PauseType,
    Phase,
    RegressionCycleStatus,
    ReleaseStatus,
    Stage,
    StageStatus,
    Store,
    StoreDecision,
    TaskOutcome,
    TaskStatus,
)
from phaseboard.domain.errors import ReportAnswer
from phaseboard.store.port import OrderField


def _expose(cls: type[Enum], description: str, values: Mapping[str, str], name: str | None = None) -> None:
    """Make an enum known to Strawberry; raises KeyError when a value is not described."""
    strawberry.enum(cls, name=name, description=description)
    for value in cls.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values[value.name]


_expose(
    ReleaseStatus,
    "Overall lifecycle state of a release.",
    {
        "PENDING": "Created, not started.",
        "IN_PROGRESS": "Active: the cron loop processes it.",
        "PAUSED": "Paused by a person or by the failure of a critical task.",
        "SUBMITTED": "The build is submitted to the stores.",
        "COMPLETED": "Released.",
        "ARCHIVED": "Cancelled, for good.",
    },
)
_expose(
    StageStatus,
    "Progress of one stage.",
    {"PENDING": "Not started.", "IN_PROGRESS": "Under way.", "COMPLETED": "All its tasks are settled."},
)
_expose(
    CronStatus,
    "Execution state of the release's cron job.",
    {
        "PENDING": "The release is not started.",
        "RUNNING": "The loop drives the release.",
        "PAUSED": "Nothing new starts until somebody acts.",
        "COMPLETED": "Nothing is left to drive.",
    },
)
_expose(
    PauseType,
    "Why the cron job is stopped.",
    {
        "NONE": "It is not stopped.",
        "AWAITING_STAGE_TRIGGER": "A stage is complete; the next one waits for a person to trigger it.",
        "USER_REQUESTED": "A person paused the release.",
        "TASK_FAILURE": "A critical task failed.",
    },
)
_expose(
    TaskStatus,
    "Execution state of a task.",
    {
        "PENDING": "Waits for what it needs, or for its next attempt.",
        "IN_PROGRESS": "Handed to its executor.",
        "AWAITING_CALLBACK": "Handed to an outside system or a person, whose report is awaited.",
        "COMPLETED": "Succeeded.",
        "FAILED": "Failed, all automatic retries used up.",
        "SKIPPED": "Intentionally skipped.",
    },
)
_expose(
    RegressionCycleStatus,
    "State of an opened regression cycle.",
    {
        "NOT_STARTED": "Opened, about to run.",
        "IN_PROGRESS": "Its tasks run.",
        "DONE": "All its tasks are settled.",
        "ABANDONED": "Given up by a person; its unfinished tasks are skipped.",
    },
)
_expose(
    Phase,
    "The one phase of a release, derived from its state: what user interfaces switch on.",
    {
        "NOT_STARTED": "Created; waits for START.",
        "KICKOFF": "Stage 1 runs.",
        "AWAITING_REGRESSION": "Stage 1 is complete; waits for TRIGGER_STAGE_2.",
        "REGRESSION_CYCLE_STARTING": "A regression cycle has opened and is about to run.",
        "REGRESSION_CYCLE_RUNNING": "A regression cycle runs.",
        "REGRESSION_AWAITING_NEXT_CYCLE": "No cycle runs; the next one waits for its time.",
        "AWAITING_POST_REGRESSION": "Stage 2 is complete; waits for TRIGGER_STAGE_3.",
        "POST_REGRESSION": "Stage 3 runs.",
        "SUBMITTED": "Waits for the stores' verdicts.",
        "COMPLETED": "Released.",
        "PAUSED_BY_USER": "Waits for RESUME.",
        "PAUSED_BY_FAILURE": "Waits until failed critical tasks are retried or skipped.",
        "ARCHIVED": "Cancelled, for good.",
    },
)
_expose(
    Action,
    "What a person may do to a release. A mutation succeeds exactly when its action is listed in `actions`.",
    {
        "START": "Start stage 1.",
        "PAUSE": "Start nothing new; what is running finishes.",
        "RESUME": "Run on after a pause by a person.",
        "TRIGGER_STAGE_2": "Start regression.",
        "TRIGGER_STAGE_3": "Start pre-release.",
        "RETRY_TASK": "Run a failed task again.",
        "SKIP_TASK": "Go on as if a failed task had been settled.",
        "ABANDON_CYCLE": "Give up the running regression cycle.",
        "SKIP_REMAINING_CYCLES": "Drop the cycles still scheduled; stage 2 completes.",
        "ARCHIVE": "Cancel the release, for good.",
    },
)
_expose(
    Stage,
    "The three stages of a release.",
    {"STAGE_1": "Kickoff.", "STAGE_2": "Regression.", "STAGE_3": "Pre-release."},
)
_expose(TaskOutcome, "How a task ended.", {"SUCCEEDED": "It did its work.", "FAILED": "It did not."})
_expose(
    Store,
    "A store that reviews a submitted release.",
    {"APP_STORE": "Apple's App Store.", "PLAY_STORE": "Google Play."},
)
_expose(
    StoreDecision,
    "A store's verdict.",
    {"APPROVED": "The store publishes the release.", "REJECTED": "The release has to be submitted again."},
)
_expose(
    ActorKind,
    "What sort of caller an actor is.",
    {
        "ANONYMOUS": "A caller of a server without access control.",
        "PERSON": "A signed-in person.",
        "TOKEN": "A program with an access token.",
        "CALLBACK": "An outside system with the secret of a task's attempt.",
        "SYSTEM": "Phaseboard itself: its loop and its executors.",
    },
)
_expose(
    ReportAnswer,
    "How a report on a task or a store is answered; user errors tell all but ACCEPTED and DUPLICATE.",
    {
        "ACCEPTED": "It was recorded.",
        "DUPLICATE": "The same was reported before.",
        "CONTRADICTION": "Something else was reported before; the first report stands.",
        "OLD_ATTEMPT": "A later attempt is the current one.",
        "NOT_RUNNING": "The attempt has not started.",
        "SETTLED": "The task is settled already.",
        "ARCHIVED": "The release is archived.",
    },
)
_expose(
    OrderField,
    "What a list of releases is ordered by.",
    {
        "CREATED_AT": "When the release was created.",
        "UPDATED_AT": "When it changed last.",
        "NEXT_CYCLE_AT": "When its next regression cycle is due; releases without one come last.",
    },
    name="ReleaseOrderField",
)


@strawberry.enum(description="The direction of an order.")
class OrderDirection(Enum):
    """ASC or DESC."""

    ASC = strawberry.enum_value("ASC", description="Earliest first.")
    DESC = strawberry.enum_value("DESC", description="Latest first.")


@strawberry.enum(description="What kind of refusal a user error is.")
class UserErrorCode(Enum):
    """The code of every user error."""

    ACTION_NOT_ALLOWED = strawberry.enum_value("ACTION_NOT_ALLOWED", description="The phase does not offer it.")
    STALE_REVISION = strawberry.enum_value("STALE_REVISION", description="The release changed since it was read.")
    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="Nothing has this id.")
    INVALID_INPUT = strawberry.enum_value("INVALID_INPUT", description="The input cannot be carried out.")
    RESULT_REFUSED = strawberry.enum_value("RESULT_REFUSED", description="The report came too late or too early.")
    IDEMPOTENCY_KEY_CONFLICT = strawberry.enum_value(
        "IDEMPOTENCY_KEY_CONFLICT", description="The key was used before, with other input."
    )
