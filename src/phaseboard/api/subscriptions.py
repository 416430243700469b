"""Subscriptions: what changes, as it changes.

Each resolver checks what it was asked before it returns its stream, so that a refusal is an error of the request.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated, Self

import strawberry
from graphql import GraphQLError

from phaseboard.api.context import Context, Info
from phaseboard.api.events import (
    ActionPerformed,
    CycleChanged,
    EventLogGap,
    PhaseChanged,
    ReleaseCreated,
    StoreReviewed,
    TaskChanged,
    event_of,
)
from phaseboard.api.parts import Actor
from phaseboard.api.release import Release, ReleaseStatusResponse
from phaseboard.api.scalars import Cursor
from phaseboard.domain import events as domain
from phaseboard.domain.enums import Action, Phase
from phaseboard.store.port import Status

EventStreamItem = Annotated[
    ReleaseCreated | ActionPerformed | TaskChanged | CycleChanged | StoreReviewed | PhaseChanged | EventLogGap,
    strawberry.union("EventStreamItem", description="What a stream of events holds."),
]

ReleaseId = Annotated[strawberry.ID, strawberry.argument(description="The release.")]
OneOrAll = Annotated[strawberry.ID | None, strawberry.argument(description="One release; all when left out.")]
Batches = AsyncGenerator[list[domain.RecordedEvent], None]
After = Annotated[
    Cursor | None, strawberry.argument(description="Begin right after this position; live when left out.")
]


@strawberry.type(description="A change of a release's phase.")
class PhaseChange:
    """One phase change, with the status as it was right after it."""

    cursor: Cursor = strawberry.field(description="Its position in the log: resume after it.")
    from_: Phase | None = strawberry.field(name="from", description="The phase before; null for a new release.")
    to: Phase = strawberry.field(description="The phase after.")
    occurred_at: datetime = strawberry.field(description="When it was committed.")
    actor: Actor | None = strawberry.field(description="Who caused it.")
    action: Action | None = strawberry.field(description="The action that caused it, if one did.")
    reason: str | None = strawberry.field(description="The reason given with the action.")
    revision: int = strawberry.field(description="The revision that the change made.")
    release: Release = strawberry.field(description="The release at that revision.")
    status: ReleaseStatusResponse = strawberry.field(description="The status at that revision.")

    @classmethod
    def of(cls, recorded: domain.RecordedEvent, change: domain.PhaseChanged) -> Self:
        """Return a phase change of the log for clients."""
        status = Status(snapshot=recorded.snapshot, position=recorded.position)
        return cls(
            cursor=Cursor(recorded.position),
            from_=change.before,
            to=change.after,
            occurred_at=recorded.occurred_at,
            actor=Actor.of(recorded.actor),
            action=change.action,
            reason=change.reason,
            revision=recorded.revision,
            release=Release.of(status),
            status=ReleaseStatusResponse.of(status),
        )


@strawberry.type(description="Everything that can be followed live.")
class Subscription:
    """The root of subscriptions."""

    @strawberry.subscription(
        description="The status at once, then the newest after each change; ends after COMPLETED or ARCHIVED."
    )
    async def release_status(
        self,
        info: Info,
        release_id: ReleaseId,
        known_revision: Annotated[
            int | None, strawberry.argument(description="Leave out the status at once if it is at this revision.")
        ] = None,
    ) -> AsyncGenerator[ReleaseStatusResponse, None]:
        """Follow the status of a release."""
        await _check_exists(info.context, release_id)
        known = 0 if info.context.span.everything else known_revision or 0
        return _statuses(info.context, info.context.services.feed.statuses(release_id, known))

    @strawberry.subscription(description="Each phase change once, in order.")
    async def phase_changed(
        self, info: Info, release_id: OneOrAll = None, after: After = None
    ) -> AsyncGenerator[PhaseChange, None]:
        """Follow the phases of a release, or of all."""
        return _phase_changes(info.context, await _batches(info.context, release_id, after))

    @strawberry.subscription(description="Every event, in order, without a gap.")
    async def release_events(
        self, info: Info, release_id: OneOrAll = None, after: After = None
    ) -> AsyncGenerator[EventStreamItem, None]:
        """Follow everything that happens to a release, or to all."""
        return _events(info.context, await _batches(info.context, release_id, after))


async def _statuses(
    context: Context, statuses: AsyncGenerator[Status, None]
) -> AsyncGenerator[ReleaseStatusResponse, None]:
    async with aclosing(statuses):
        async for status in statuses:
            context.span.emitted = status.snapshot.revision
            yield ReleaseStatusResponse.of(status)


async def _phase_changes(context: Context, batches: Batches) -> AsyncGenerator[PhaseChange, None]:
    async with aclosing(batches):
        async for batch in batches:
            for recorded in batch:
                if isinstance(recorded.event, domain.PhaseChanged):
                    context.span.emitted = recorded.position
                    yield PhaseChange.of(recorded, recorded.event)


async def _events(context: Context, batches: Batches) -> AsyncGenerator[EventStreamItem, None]:
    async with aclosing(batches):
        async for batch in batches:
            for recorded in batch:
                context.span.emitted = recorded.position
                yield event_of(recorded)  # type: ignore[misc]


async def _batches(context: Context, release_id: str | None, after: int | None) -> Batches:
    feed, span = context.services.feed, context.span
    after = after if span.after is None else span.after
    if release_id is not None:
        await _check_exists(context, release_id)
    if after is not None and after > feed.head:
        end = await context.services.store.read(lambda reader: reader.last_position())
        if after > end:
            raise GraphQLError(
                "This cursor lies beyond the end of the log: it is of another database. Subscribe without `after`.",
                extensions={"code": "UNKNOWN_CURSOR"},
            )
    return feed.events(feed.head if after is None else after, release_id, until=span.until)


async def _check_exists(context: Context, release_id: str) -> None:
    if await context.statuses.load(release_id) is None:
        raise GraphQLError(f"There is no release {release_id}.", extensions={"code": "NOT_FOUND"})
