"""The history of a release: one type a kind of event, all with the same interface.

No two types give one name to fields of different types, so that a client may select everything without aliases.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import strawberry

from phaseboard.api.context import Context, Stretch
from phaseboard.api.paging import PageInfo, Window, window
from phaseboard.api.parts import Actor
from phaseboard.api.scalars import Cursor, format_cursor
from phaseboard.domain import events as domain
from phaseboard.domain.enums import (
    Action,
    Phase,
    RegressionCycleStatus,
    Stage,
    Store,
    StoreDecision,
    TaskStatus,
)

END_OF_LOG = 2**63 - 1


@strawberry.interface(description="One committed change of a release.")
class ReleaseEvent:
    """What every event tells."""

    id: strawberry.ID = strawberry.field(description="The event's own id.")
    cursor: Cursor = strawberry.field(description="Its position in the log: follow from here.")
    occurred_at: datetime = strawberry.field(description="When it was committed.")
    release_id: strawberry.ID = strawberry.field(description="The release that changed.")
    revision: int = strawberry.field(description="The revision that the commit made; several events may share one.")
    actor: Actor | None = strawberry.field(description="Who caused it.")


@strawberry.type(description="A release was created from its plan.")
class ReleaseCreated(ReleaseEvent):
    name: str = strawberry.field(description="The release's name.")
    version: str = strawberry.field(description="The version it releases.")


@strawberry.type(description="Somebody performed an action.")
class ActionPerformed(ReleaseEvent):
    action: Action | None = strawberry.field(description="Which action; never null here.")
    reason: str | None = strawberry.field(description="The reason given.")
    on_task: strawberry.ID | None = strawberry.field(description="The task of RETRY_TASK and SKIP_TASK.")


@strawberry.type(description="A task changed its status or began a new attempt.")
class TaskChanged(ReleaseEvent):
    task_id: strawberry.ID = strawberry.field(description="Which task.")
    name: str = strawberry.field(description="The task's name in the plan.")
    stage: Stage = strawberry.field(description="The stage it belongs to.")
    cycle: int | None = strawberry.field(description="The number of its regression cycle.")
    task_from: TaskStatus = strawberry.field(description="Its status before.")
    task_to: TaskStatus = strawberry.field(description="Its status after.")
    attempt: int = strawberry.field(description="The current attempt, from 1.")
    reason: str | None = strawberry.field(description="Why the attempt made last failed.")
    external_url: str | None = strawberry.field(description="Where the outside system shows its work.")


@strawberry.type(description="A regression cycle opened or changed its status.")
class CycleChanged(ReleaseEvent):
    number: int = strawberry.field(description="The cycle's number, from 1.")
    tag: str = strawberry.field(description="Its tag, `RC{n}`.")
    cycle_from: RegressionCycleStatus | None = strawberry.field(description="Its status before; null when it opened.")
    cycle_to: RegressionCycleStatus = strawberry.field(description="Its status after.")


@strawberry.type(description="A store gave its verdict.")
class StoreReviewed(ReleaseEvent):
    store: Store = strawberry.field(description="Which store.")
    decision: StoreDecision = strawberry.field(description="Its verdict.")
    message: str | None = strawberry.field(description="The reason it gave.")


@strawberry.type(description="The derived phase changed.")
class PhaseChanged(ReleaseEvent):
    from_: Phase | None = strawberry.field(name="from", description="The phase before; null for a new release.")
    to: Phase = strawberry.field(description="The phase after.")
    action: Action | None = strawberry.field(description="The action that caused it, if one did.")
    reason: str | None = strawberry.field(description="The reason given with the action.")


@strawberry.type(
    description="The cursor is older than the log that is kept: read the snapshots again, follow from here."
)
class EventLogGap:
    """Told once, in place of the events that are gone."""

    cursor: Cursor = strawberry.field(description="Where the stream goes on.")


EVENT_TYPES = (ReleaseCreated, ActionPerformed, TaskChanged, CycleChanged, StoreReviewed, PhaseChanged)

_BUILDERS: Mapping[type, tuple[type[ReleaseEvent], Callable[[Any], dict[str, Any]]]] = {
    domain.ReleaseCreated: (ReleaseCreated, lambda e: {"name": e.name, "version": e.version}),
    domain.ActionPerformed: (
        ActionPerformed,
        lambda e: {"action": e.action, "reason": e.reason, "on_task": e.task_id},
    ),
    domain.TaskChanged: (
        TaskChanged,
        lambda e: {
            "task_id": e.task_id,
            "name": e.name,
            "stage": e.stage,
            "cycle": e.cycle,
            "task_from": e.before,
            "task_to": e.after,
            "attempt": e.attempt,
            "reason": e.reason,
            "external_url": e.external_url,
        },
    ),
    domain.CycleChanged: (
        CycleChanged,
        lambda e: {"number": e.number, "tag": e.tag, "cycle_from": e.before, "cycle_to": e.after},
    ),
    domain.StoreReviewed: (
        StoreReviewed,
        lambda e: {"store": e.store, "decision": e.decision, "message": e.message},
    ),
    domain.PhaseChanged: (
        PhaseChanged,
        lambda e: {"from_": e.before, "to": e.after, "action": e.action, "reason": e.reason},
    ),
}


def event_of(recorded: domain.RecordedEvent) -> ReleaseEvent:
    """Return an event of the log as clients see it."""
    cls, own_fields = _BUILDERS[type(recorded.event)]
    return cls(
        id=strawberry.ID(f"evt-{recorded.position}"),
        cursor=Cursor(recorded.position),
        occurred_at=recorded.occurred_at,
        release_id=strawberry.ID(recorded.release_id),
        revision=recorded.revision,
        actor=Actor.of(recorded.actor),
        **own_fields(recorded.event),
    )


@strawberry.type(description="An event in a page of the history.")
class ReleaseEventEdge:
    cursor: Cursor = strawberry.field(description="The event's position in the log.")
    node: ReleaseEvent = strawberry.field(description="The event.")


@strawberry.type(description="A page of a release's history, oldest first.")
class ReleaseEventConnection:
    """A connection."""

    edges: list[ReleaseEventEdge] = strawberry.field(description="The events with their cursors.")
    nodes: list[ReleaseEvent] = strawberry.field(description="The events.")
    page_info: PageInfo = strawberry.field(description="Where the page lies.")


def _note(
    context: Context, release_id: str, asked: Window, found: Sequence[domain.RecordedEvent], *, at_end: bool
) -> None:
    """Note how far a history was read: at its end stands the revision of the release."""
    if not found:
        return
    revision = found[0 if asked.backwards else -1].revision
    if at_end if asked.backwards else len(found) <= asked.size:
        context.reads.release(release_id, revision)
    else:
        context.reads.event(release_id, revision)


async def event_page(  # noqa: PLR0917 - Relay's four arguments
    context: Context, release_id: str, first: int | None, after: Cursor | None, last: int | None, before: Cursor | None
) -> ReleaseEventConnection:
    """Return a page of a release's history. Raises GraphQLError for arguments that make no sense."""
    asked = window(first, after, last, before, context.services.limits.page_size)
    start = (END_OF_LOG if before is None else before) if asked.backwards else (after or 0)
    found = await context.histories.load((release_id, Stretch(start, asked.size + 1, asked.backwards)))
    _note(context, release_id, asked, found, at_end=before is None)
    more, page = len(found) > asked.size, found[: asked.size]
    if asked.backwards:
        page = page[::-1]
    nodes = [event_of(recorded) for recorded in page]
    return ReleaseEventConnection(
        edges=[ReleaseEventEdge(cursor=node.cursor, node=node) for node in nodes],
        nodes=nodes,
        page_info=PageInfo(
            has_next_page=before is not None if asked.backwards else more,
            has_previous_page=more if asked.backwards else after is not None and after > 0,
            start_cursor=format_cursor(nodes[0].cursor) if nodes else None,
            end_cursor=format_cursor(nodes[-1].cursor) if nodes else None,
        ),
    )
