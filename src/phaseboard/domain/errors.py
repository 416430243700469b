"""Why a command was not carried out, and what cannot be.

DomainError
├── IllegalState        a release that the rules do not allow; carries the broken invariant
└── Refusal             a command that changes nothing (rules 3.2)
    ├── ActionNotAllowed    the phase does not offer it
    ├── StaleRevision       the caller decided on an older revision
    ├── InvalidTarget       the action is allowed, but not on this task or store
    ├── NotClaimable        the task is not to be run now
    ├── LeaseLost           a write under a lease that somebody else took over (rules 5.4)
    └── ResultRefused       a report on a task that cannot take it any more (rules 5.5)
"""

from enum import StrEnum

from phaseboard.domain.enums import Action, Phase


class DomainError(Exception):
    """Root of everything the domain raises."""


class IllegalState(DomainError):
    """A combination that no release may have; `invariant` names the one that is broken (rules 1.1)."""

    def __init__(self, invariant: str, found: str) -> None:
        super().__init__(f"{invariant} (found {found})")
        self.invariant = invariant


class Refusal(DomainError):
    """A command that was understood and changes nothing; the message says what would have to happen first."""


class ActionNotAllowed(Refusal):
    """The action is not among those of the current phase (rules 3.1, 3.2).

    `action` is None for `completeRelease` and store reports, which are no actions of the guide.
    """

    def __init__(self, message: str, action: Action | None, phase: Phase, allowed: tuple[Action, ...]) -> None:
        super().__init__(message)
        self.action = action
        self.phase = phase
        self.allowed = allowed


class StaleRevision(Refusal):
    """`expectedRevision` is not the release's revision (rules 3.3)."""

    def __init__(self, expected: int, actual: int) -> None:
        super().__init__(
            f"You decided on revision {expected}, the release is at revision {actual}: "
            "read it again, then repeat if it still applies."
        )
        self.expected = expected
        self.actual = actual


class InvalidTarget(Refusal):
    """The action is allowed, but not on what the input names; `field` is the input field at fault."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


class NotClaimable(Refusal):
    """The task is not waiting to be run: it runs, it ended, or its turn has not come."""


class LeaseLost(Refusal):
    """A write names a lease token that is not the task's any more (rules 5.4)."""


class ReportAnswer(StrEnum):
    """How a report on a task is answered (rules 5.5)."""

    ACCEPTED = "ACCEPTED"
    DUPLICATE = "DUPLICATE"
    CONTRADICTION = "CONTRADICTION"
    OLD_ATTEMPT = "OLD_ATTEMPT"
    NOT_RUNNING = "NOT_RUNNING"
    SETTLED = "SETTLED"
    ARCHIVED = "ARCHIVED"


class ResultRefused(Refusal):
    """A report that changes nothing: `answer` says which of the cases of rules 5.5 it is."""

    def __init__(self, answer: ReportAnswer, message: str) -> None:
        super().__init__(message)
        self.answer = answer
