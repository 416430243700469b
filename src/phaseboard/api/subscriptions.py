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
from phaseboard.api.scalars import Cursor, format_cursor
from phaseboard.domain import events as domain
from phaseboard.domain.enums import Action, Phase
from phaseboard.feed.feed import Gap, Stretch
from phaseboard.store.port import Status

EventStreamItem = Annotated[
    ReleaseCreated | ActionPerformed | TaskChanged | CycleChanged | StoreReviewed | PhaseChanged | EventLogGap,
    strawberry.union("EventStreamItem", description="What a stream of events holds."),
]

ReleaseId = Annotated[strawberry.ID, strawberry.argument(description="The release.")]
OneOrAll = Annotated[strawberry.ID | None, strawberry.argument(description="One release; all when left out.")]
Stretches = AsyncGenerator[Stretch, None]
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
        info.context.span.release_id = release_id
        known = 0 if info.context.span.everything else known_revision or 0
        return _statuses(info.context, info.context.services.feed.statuses(release_id, known))

    @strawberry.subscription(description="Each phase change once, in order.")
    async def phase_changed(
        self, info: Info, release_id: OneOrAll = None, after: After = None
    ) -> AsyncGenerator[PhaseChange, None]:
        """Follow the phases of a release, or of all."""
        begin = await _beginning(info.context, release_id, after)
        if gap := await info.context.services.feed.gap(begin, release_id):
            raise _gap_error(gap)
        return _phase_changes(info.context, _stretches(info.context, begin, release_id))

    @strawberry.subscription(description="Every event, in order, without a gap.")
    async def release_events(
        self, info: Info, release_id: OneOrAll = None, after: After = None
    ) -> AsyncGenerator[EventStreamItem, None]:
        """Follow everything that happens to a release, or to all."""
        begin = await _beginning(info.context, release_id, after)
        return _events(info.context, _stretches(info.context, begin, release_id))


def _stretches(context: Context, begin: int, release_id: str | None) -> Stretches:
    return context.services.feed.events(begin, release_id, until=context.span.until)


async def _statuses(
    context: Context, statuses: AsyncGenerator[Status, None]
) -> AsyncGenerator[ReleaseStatusResponse, None]:
    async with aclosing(statuses):
        async for status in statuses:
            context.span.emitted = status.snapshot.revision
            yield ReleaseStatusResponse.of(status)


async def _phase_changes(context: Context, stretches: Stretches) -> AsyncGenerator[PhaseChange, None]:
    async with aclosing(stretches):
        async for stretch in stretches:
            if isinstance(stretch, Gap):
                raise _gap_error(stretch)
            changes = [(found, found.event) for found in stretch if isinstance(found.event, domain.PhaseChanged)]
            context.ahead.expect(recorded.release_id for recorded, _ in changes)
            for recorded, change in changes:
                context.span.emitted = recorded.position
                yield PhaseChange.of(recorded, change)


async def _events(context: Context, stretches: Stretches) -> AsyncGenerator[EventStreamItem, None]:
    async with aclosing(stretches):
        async for stretch in stretches:
            if isinstance(stretch, Gap):
                context.span.emitted = stretch.position
                yield EventLogGap(cursor=Cursor(stretch.position))
                continue
            for recorded in stretch:
                context.span.emitted = recorded.position
                yield event_of(recorded)  # type: ignore[misc]


async def _beginning(context: Context, release_id: str | None, after: int | None) -> int:
    """Return the position to begin after. Raises GraphQLError for a release or a position that is not there."""
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
    return feed.head if after is None else after


def _gap_error(gap: Gap) -> GraphQLError:
    return GraphQLError(
        "This cursor is older than the log that is kept: read the statuses again, and follow from where they are.",
        extensions={"code": "EVENT_LOG_GAP", "cursor": format_cursor(gap.position)},
    )


async def _check_exists(context: Context, release_id: str) -> None:
    if await context.statuses.load(release_id) is None:
        raise GraphQLError(f"There is no release {release_id}.", extensions={"code": "NOT_FOUND"})
