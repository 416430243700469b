"""The small types that a status, a release and a task are made of."""

from datetime import datetime
from typing import Self

import strawberry

from phaseboard.domain import cycle as domain_cycle
from phaseboard.domain import snapshot as domain_snapshot
from phaseboard.domain.actor import Actor as DomainActor
from phaseboard.domain.actor import ActorKind
from phaseboard.domain.enums import CronStatus, PauseType, StageStatus, Store, StoreDecision, TaskOutcome
from phaseboard.domain.state import StoreReview as DomainReview
from phaseboard.domain.task import Attempt


@strawberry.interface(description="Anything that has an id of its own.")
class Node:
    """The interface of `node(id:)`."""

    id: strawberry.ID = strawberry.field(description="Opaque and unique over all kinds of nodes.")


@strawberry.type(description="The one who caused a change.")
class Actor:
    """An actor as clients see it."""

    kind: ActorKind = strawberry.field(description="What sort of caller it is.")
    name: str = strawberry.field(description="The name to show.")

    @classmethod
    def of(cls, actor: DomainActor | None) -> Self | None:
        """Return the actor for clients, None for none."""
        return cls(kind=actor.kind, name=actor.name) if actor else None


@strawberry.type(description="Progress of the three stages.")
class Stages:
    """The stage triple."""

    stage1: StageStatus = strawberry.field(description="Kickoff.")
    stage2: StageStatus = strawberry.field(description="Regression.")
    stage3: StageStatus = strawberry.field(description="Pre-release.")


@strawberry.type(description="State of the release's cron job.")
class Cron:
    """The cron job."""

    status: CronStatus = strawberry.field(description="Whether the loop drives the release.")
    pause_type: PauseType = strawberry.field(description="Why it does not, if so.")

    @classmethod
    def of(cls, cron: domain_snapshot.Cron) -> Self:
        """Return the cron job for clients."""
        return cls(status=cron.status, pause_type=cron.pause_type)


@strawberry.type(description="How far regression is.")
class RegressionProgress:
    """Counts of cycles."""

    completed: int = strawberry.field(description="Cycles that are DONE.")
    total: int = strawberry.field(description="Cycles opened plus cycles still scheduled.")


@strawberry.type(description="A regression cycle that waits for its time.")
class ScheduledCycle:
    """A cycle not yet opened."""

    number: int = strawberry.field(description="Its number, from 1.")
    tag: str = strawberry.field(description="The tag it will have, `RC{n}`.")
    scheduled_at: datetime = strawberry.field(description="When it opens, unless another cycle still runs.")

    @classmethod
    def of(cls, cycle: domain_cycle.ScheduledCycle | None) -> Self | None:
        """Return the cycle for clients, None for none."""
        return cls(number=cycle.number, tag=cycle.tag, scheduled_at=cycle.scheduled_at) if cycle else None


@strawberry.type(description="What a store said of the submission.")
class StoreReview:
    """A store's verdict, or its absence."""

    store: Store = strawberry.field(description="Which store.")
    decision: StoreDecision | None = strawberry.field(description="Its verdict; null while it has not spoken.")
    message: str | None = strawberry.field(description="The reason it gave.")
    decided_at: datetime | None = strawberry.field(description="When the verdict was reported.")

    @classmethod
    def of(cls, review: DomainReview) -> Self:
        """Return the verdict for clients."""
        return cls(store=review.store, decision=review.decision, message=review.message, decided_at=review.decided_at)


@strawberry.type(description="One attempt at a task.")
class TaskAttempt:
    """An attempt."""

    number: int = strawberry.field(description="Counts from 1 over the whole life of the task.")
    started_at: datetime = strawberry.field(description="When it was handed to its executor.")
    finished_at: datetime | None = strawberry.field(description="When its result was recorded.")
    outcome: TaskOutcome | None = strawberry.field(description="How it ended; null while it runs or was cut short.")
    external_url: str | None = strawberry.field(description="Where the outside system shows its work.")
    failure_reason: str | None = strawberry.field(description="Why it failed.")
    output: str | None = strawberry.field(description="The last lines it printed, bounded.")

    @classmethod
    def of(cls, attempt: Attempt) -> Self:
        """Return the attempt for clients."""
        return cls(
            number=attempt.number,
            started_at=attempt.started_at,
            finished_at=attempt.finished_at,
            outcome=attempt.outcome,
            external_url=attempt.external_url,
            failure_reason=attempt.failure_reason,
            output=attempt.output,
        )
