"""What mutations answer: the outcome, or user errors as data (rules 3.2)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import strawberry

from phaseboard.api.context import Context
from phaseboard.api.enums import UserErrorCode
from phaseboard.api.exchange import OK, mutated
from phaseboard.api.release import Release, ReleaseStatusResponse, Task
from phaseboard.api.text_limits import InvalidTexts
from phaseboard.domain import errors as domain
from phaseboard.domain.enums import Action, Phase
from phaseboard.domain.errors import ReportAnswer
from phaseboard.engine.errors import KeyConflict, NotFound
from phaseboard.engine.outcome import Outcome
from phaseboard.plans.problems import PlanInvalid, Problem
from phaseboard.store.port import Status


@strawberry.interface(description="Why a mutation changed nothing.")
class UserError:
    """What every user error tells."""

    code: UserErrorCode = strawberry.field(description="The kind of refusal.")
    message: str = strawberry.field(description="In words, and what would have to happen first.")
    path: list[str] | None = strawberry.field(default=None, description="The part of the input at fault.")


@strawberry.type(description="The current phase does not offer the action.")
class ActionNotAllowedError(UserError):
    """ACTION_NOT_ALLOWED."""

    action: Action | None = strawberry.field(
        default=None, description="The action; null for reports on stores and completeRelease."
    )
    current_phase: Phase = strawberry.field(description="The phase the release is in.")
    allowed_actions: list[Action] = strawberry.field(description="What it offers instead.")


@strawberry.type(description="The release is not at the expected revision.")
class StaleRevisionError(UserError):
    """STALE_REVISION."""

    expected_revision: int = strawberry.field(description="The revision the caller decided on.")
    actual_revision: int = strawberry.field(description="The revision the release is at.")


@strawberry.type(description="Nothing has this id.")
class NotFoundError(UserError):
    """NOT_FOUND."""

    id: strawberry.ID = strawberry.field(description="The id asked for.")


@strawberry.type(description="The input cannot be carried out.")
class InvalidInputError(UserError):
    """INVALID_INPUT."""


@strawberry.type(description="A report that changes nothing.")
class ResultRefusedError(UserError):
    """RESULT_REFUSED."""

    answer: ReportAnswer = strawberry.field(description="Why it changes nothing.")


@strawberry.type(description="The idempotency key was used before, with other input.")
class IdempotencyKeyConflictError(UserError):
    """IDEMPOTENCY_KEY_CONFLICT."""


ERROR_TYPES = (
    ActionNotAllowedError,
    StaleRevisionError,
    NotFoundError,
    InvalidInputError,
    ResultRefusedError,
    IdempotencyKeyConflictError,
)


@strawberry.type(description="The outcome of a mutation; `userErrors` is empty exactly when it succeeded.")
class ActionPayload:
    """The answer of every mutation."""

    release: Release | None = strawberry.field(default=None, description="The release after the change.")
    status: ReleaseStatusResponse | None = strawberry.field(default=None, description="Its status after the change.")
    task_id: strawberry.Private[str | None] = None
    replayed: bool = strawberry.field(
        default=False, description="Whether this is the first result again, of a repeated request or report."
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list, description="Why nothing was changed.")

    @strawberry.field(description="The task acted on, as it is now.")
    async def task(self, info: strawberry.Info[Context, None]) -> Task | None:
        """Return the task of actions and reports on tasks."""
        if self.task_id is None or self.release is None:
            return None
        release = await info.context.releases.load(self.release.id)
        task = release.task(self.task_id) if release else None
        return Task.of(release, task) if release and task else None


EXPECTED = (domain.Refusal, NotFound, KeyConflict, PlanInvalid, InvalidTexts)
"""What a mutation answers as user errors; everything else is a fault."""


async def payload(outcome: Awaitable[Outcome]) -> ActionPayload:
    """Return the payload of a use case, refusals as data."""
    try:
        done = await outcome
    except EXPECTED as refusal:
        errors = user_errors(refusal)
        mutated(errors[0].code.name)
        return ActionPayload(user_errors=errors)
    mutated(OK)
    status = Status(snapshot=done.snapshot, position=done.position)
    return ActionPayload(
        release=Release.of(status),
        status=ReleaseStatusResponse.of(status),
        task_id=done.task_id,
        replayed=done.replayed,
    )


def user_errors(refusal: Exception) -> list[UserError]:
    """Return a refusal as clients see it."""
    told = next((_TOLD[cls] for cls in type(refusal).__mro__ if cls in _TOLD), None)
    return told(refusal) if told else [invalid(str(refusal))]


def invalid(message: str, *path: str) -> InvalidInputError:
    """Return an INVALID_INPUT at a place of the input."""
    return InvalidInputError(code=UserErrorCode.INVALID_INPUT, message=message, path=["input", *path])


def _problem(problem: Problem) -> InvalidInputError:
    return invalid(problem.message, *(str(part) for part in problem.path))


def _not_allowed(refusal: domain.ActionNotAllowed) -> list[UserError]:
    return [
        ActionNotAllowedError(
            code=UserErrorCode.ACTION_NOT_ALLOWED,
            message=str(refusal),
            action=refusal.action,
            current_phase=refusal.phase,
            allowed_actions=list(refusal.allowed),
        )
    ]


def _stale(refusal: domain.StaleRevision) -> list[UserError]:
    return [
        StaleRevisionError(
            code=UserErrorCode.STALE_REVISION,
            message=str(refusal),
            path=["input", "expectedRevision"],
            expected_revision=refusal.expected,
            actual_revision=refusal.actual,
        )
    ]


def _not_found(refusal: NotFound) -> list[UserError]:
    return [
        NotFoundError(
            code=UserErrorCode.NOT_FOUND,
            message=str(refusal),
            path=["input", refusal.field],
            id=strawberry.ID(refusal.missing),
        )
    ]


def _key_conflict(refusal: KeyConflict) -> list[UserError]:
    return [
        IdempotencyKeyConflictError(
            code=UserErrorCode.IDEMPOTENCY_KEY_CONFLICT, message=str(refusal), path=["input", "idempotencyKey"]
        )
    ]


def _result_refused(refusal: domain.ResultRefused) -> list[UserError]:
    return [ResultRefusedError(code=UserErrorCode.RESULT_REFUSED, message=str(refusal), answer=refusal.answer)]


_TOLD: Mapping[type, Callable[[Any], list[UserError]]] = {
    PlanInvalid: lambda refusal: [_problem(problem) for problem in refusal.problems],
    InvalidTexts: lambda refusal: [invalid(fault, field) for field, fault in refusal.faults.items()],
    domain.ActionNotAllowed: _not_allowed,
    domain.StaleRevision: _stale,
    domain.ResultRefused: _result_refused,
    domain.InvalidTarget: lambda refusal: [invalid(str(refusal), refusal.field)],
    NotFound: _not_found,
    KeyConflict: _key_conflict,
}
