"""Commands: everything that may change a release, whoever asks for it."""

from dataclasses import dataclass

from phaseboard.domain.enums import Action, Store, StoreDecision, TaskOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Perform:
    """A person performs an action of the guide; `task_id` for RETRY_TASK and SKIP_TASK (rules 3.3)."""

    action: Action
    task_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The engine takes a task to hand it to its executor; the next lease token is given out (rules 5.4)."""

    task_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitCallback:
    """The executor handed the task to an outside system, which will call back (rules 5.2)."""

    task_id: str
    token: int
    external_url: str | None = None
    output: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """The executor is done with the task, under the lease that it names."""

    task_id: str
    token: int
    outcome: TaskOutcome
    external_url: str | None = None
    message: str | None = None
    output: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandBack:
    """The engine stops and gives a task back unfinished: having handed it out does not count (see MAX_CLAIMS)."""

    task_id: str
    token: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """An outside system or a person reports how an attempt ended (rules 5.5)."""

    task_id: str
    attempt: int
    outcome: TaskOutcome
    external_url: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A store's verdict on the submission is reported (rules 4.5)."""

    store: Store
    decision: StoreDecision
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete:
    """A submitted release without stores is declared released (rules 4.5)."""

    reason: str | None = None


Command = Perform | Claim | AwaitCallback | Finish | HandBack | Report | Review | Complete
