"""From SUBMITTED to COMPLETED: what the stores say, or a person where no store is named (rules 4.5)."""

from dataclasses import replace
from datetime import datetime

from phaseboard.domain.actions import available_actions
from phaseboard.domain.commands import Complete, Review
from phaseboard.domain.enums import (
    PauseType,
    Phase,
    ReleaseStatus,
    StageStatus,
    StoreDecision,
)
from phaseboard.domain.errors import ActionNotAllowed, InvalidTarget, ReportAnswer, ResultRefused
from phaseboard.domain.events import Event, StoreReviewed
from phaseboard.domain.release import Release
from phaseboard.domain.stages import pause
from phaseboard.domain.state import ReleaseState, StoreReview, is_submission
from phaseboard.domain.tasks import put, rejected


def review(release: Release, command: Review, now: datetime) -> tuple[ReleaseState, tuple[Event, ...]]:
    """Record a store's verdict: the last approval completes the release, a rejection fails the submission."""
    known = next((review for review in release.reviews if review.store is command.store), None)
    if known is None:
        raise InvalidTarget(f"The plan of {release.id} does not name {command.store}.", "store")
    if known.decision is command.decision:
        raise ResultRefused(ReportAnswer.DUPLICATE, f"{command.store} was already reported as {command.decision}.")
    if release.phase is not Phase.SUBMITTED:
        raise _not_submitted(release, "A store's verdict is taken")
    if known.decision is not None:
        raise ResultRefused(
            ReportAnswer.CONTRADICTION,
            f"{command.store} was already reported as {known.decision}; the first report stands.",
        )
    verdict = StoreReview(command.store, command.decision, command.message, now)
    reviews = tuple(verdict if review is known else review for review in release.reviews)
    state = replace(release.opened(), reviews=reviews)
    event = StoreReviewed(store=command.store, decision=command.decision, message=command.message)
    return _judged(state, verdict, now), (event,)


def complete(release: Release, _: Complete, __: datetime) -> tuple[ReleaseState, tuple[Event, ...]]:
    """Declare a submitted release without stores released."""
    if release.phase is not Phase.SUBMITTED:
        raise _not_submitted(release, "A release is completed")
    if release.reviews:
        stores = ", ".join(review.store for review in release.reviews)
        raise ActionNotAllowed(
            f"{release.id} is completed by the verdicts of its stores ({stores}): report those instead.",
            None,
            release.phase,
            available_actions(release.phase),
        )
    return replace(release.opened(), status=ReleaseStatus.COMPLETED), ()


def _judged(state: ReleaseState, verdict: StoreReview, now: datetime) -> ReleaseState:
    if verdict.decision is StoreDecision.REJECTED:
        return _sent_back(state, verdict, now)
    if all(review.decision is StoreDecision.APPROVED for review in state.reviews):
        return replace(state, status=ReleaseStatus.COMPLETED)
    return state


def _sent_back(state: ReleaseState, verdict: StoreReview, now: datetime) -> ReleaseState:
    task = next(task for task in state.tasks if is_submission(state.plan, task))
    reason = f"{verdict.store} rejected the submission: {verdict.message or 'no reason given'}"
    again = replace(state, stages=state.stages._replace(stage3=StageStatus.IN_PROGRESS))
    return pause(put(again, rejected(task, reason, now)), PauseType.TASK_FAILURE)


def _not_submitted(release: Release, what: str) -> ActionNotAllowed:
    return ActionNotAllowed(
        f"{what} only while the release is SUBMITTED; {release.id} is in phase {release.phase}.",
        None,
        release.phase,
        available_actions(release.phase),
    )
