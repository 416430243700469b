"""The words of the guide (sections 1 and 3), to the letter, and the few that are ours."""

from enum import StrEnum


class Word(StrEnum):
    """An enum whose members are texts in all things; the tables of this package are looked up by them all the time."""

    __hash__ = str.__hash__  # that of an enum is computed anew at each look-up


class ReleaseStatus(Word):
    """Overall lifecycle state of a release (guide, section 1)."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    PAUSED = "PAUSED"
    SUBMITTED = "SUBMITTED"
    COMPLETED = "COMPLETED"
    ARCHIVED = "ARCHIVED"


class StageStatus(Word):
    """Progress of one stage (guide, section 1)."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"


class CronStatus(Word):
    """Execution state of a release's cron job (guide, section 1)."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"


class PauseType(Word):
    """Why the cron job of a release is stopped (guide, section 1)."""

    NONE = "NONE"
    AWAITING_STAGE_TRIGGER = "AWAITING_STAGE_TRIGGER"
    USER_REQUESTED = "USER_REQUESTED"
    TASK_FAILURE = "TASK_FAILURE"


class TaskStatus(Word):
    """Execution state of one task (guide, section 1)."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    AWAITING_CALLBACK = "AWAITING_CALLBACK"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


class RegressionCycleStatus(Word):
    """State of an opened regression cycle (guide, section 1)."""

    NOT_STARTED = "NOT_STARTED"
    IN_PROGRESS = "IN_PROGRESS"
    DONE = "DONE"
    ABANDONED = "ABANDONED"


class Phase(Word):
    """The one derived phase of a release (guide, section 3)."""

    NOT_STARTED = "NOT_STARTED"
    KICKOFF = "KICKOFF"
    AWAITING_REGRESSION = "AWAITING_REGRESSION"
    REGRESSION_CYCLE_STARTING = "REGRESSION_CYCLE_STARTING"
    REGRESSION_CYCLE_RUNNING = "REGRESSION_CYCLE_RUNNING"
    REGRESSION_AWAITING_NEXT_CYCLE = "REGRESSION_AWAITING_NEXT_CYCLE"
    AWAITING_POST_REGRESSION = "AWAITING_POST_REGRESSION"
    POST_REGRESSION = "POST_REGRESSION"
    SUBMITTED = "SUBMITTED"
    COMPLETED = "COMPLETED"
    PAUSED_BY_USER = "PAUSED_BY_USER"
    PAUSED_BY_FAILURE = "PAUSED_BY_FAILURE"
    ARCHIVED = "ARCHIVED"


class Action(Word):
    """What a person may do to a release (guide, section 3)."""

    START = "START"
    PAUSE = "PAUSE"
    RESUME = "RESUME"
    TRIGGER_STAGE_2 = "TRIGGER_STAGE_2"
    TRIGGER_STAGE_3 = "TRIGGER_STAGE_3"
    RETRY_TASK = "RETRY_TASK"
    SKIP_TASK = "SKIP_TASK"
    ABANDON_CYCLE = "ABANDON_CYCLE"
    SKIP_REMAINING_CYCLES = "SKIP_REMAINING_CYCLES"
    ARCHIVE = "ARCHIVE"


class Stage(Word):
    """The three stages: kickoff, regression, pre-release (rules, Words)."""

    STAGE_1 = "STAGE_1"
    STAGE_2 = "STAGE_2"
    STAGE_3 = "STAGE_3"


class TaskOutcome(Word):
    """How a task ended, as its executor, a callback or a person reports it (rules 5)."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class Store(Word):
    """A store that reviews a submitted release (rules 4.5)."""

    APP_STORE = "APP_STORE"
    PLAY_STORE = "PLAY_STORE"


class StoreDecision(Word):
    """A store's verdict (rules 4.5)."""

    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
