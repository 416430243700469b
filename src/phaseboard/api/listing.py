"""The list of releases: a page by index, with a stable cursor for each release."""

import strawberry
from graphql import GraphQLError

from phaseboard.api.context import Context
from phaseboard.api.enums import OrderDirection
from phaseboard.api.inputs import ReleaseFilter, ReleaseOrder
from phaseboard.api.paging import PageInfo, format_key, parse_key, window
from phaseboard.api.release import Release
from phaseboard.domain.actions import ACTIONS
from phaseboard.domain.enums import Phase
from phaseboard.store import port
from phaseboard.store.port import Listed, OrderField, ReleasePage, Status

SEARCH_LIMIT = 200
"""Characters of a text to search for."""


@strawberry.type(description="A release in a page of a list.")
class ReleaseEdge:
    cursor: str = strawberry.field(description="Its place in the list.")
    node: Release = strawberry.field(description="The release.")


@strawberry.type(description="A page of a list of releases.")
class ReleaseConnection:
    """A connection."""

    edges: list[ReleaseEdge] = strawberry.field(description="The releases with their cursors.")
    nodes: list[Release] = strawberry.field(description="The releases.")
    page_info: PageInfo = strawberry.field(description="Where the page lies.")


async def release_page(  # noqa: PLR0917 - Relay's four arguments
    context: Context,
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
    asked_filter: ReleaseFilter | None,
    asked_order: ReleaseOrder | None,
) -> ReleaseConnection:
    """Return a page of releases. Raises GraphQLError for arguments that make no sense."""
    asked = window(first, after, last, before, context.services.limits.page_size)
    order = asked_order.field if asked_order else OrderField.CREATED_AT
    start = before if asked.backwards else after
    wanted = _filter(asked_filter)
    page = ReleasePage(
        limit=asked.size + 1,
        order=order,
        descending=asked_order is None or asked_order.direction is OrderDirection.DESC,
        after=parse_key(order, start) if start is not None else None,
        backwards=asked.backwards,
        filter=wanted or port.ReleaseFilter(),
    )
    context.reads.list()
    found = await context.view.read(lambda reader: reader.page(page)) if wanted else []
    more = len(found) > asked.size
    kept = found[1:] if more and asked.backwards else found[: asked.size]
    for listed, _ in kept:
        context.reads.release(listed.snapshot.release_id, listed.snapshot.revision)
    edges = [_edge(order, listed, position) for listed, position in kept]
    return ReleaseConnection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=PageInfo(
            has_next_page=start is not None if asked.backwards else more,
            has_previous_page=more if asked.backwards else start is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
    )


def _edge(order: OrderField, listed: Listed, position: int) -> ReleaseEdge:
    snapshot = listed.snapshot
    value = {
        OrderField.CREATED_AT: snapshot.created_at,
        OrderField.UPDATED_AT: snapshot.updated_at,
        OrderField.NEXT_CYCLE_AT: listed.next_cycle_at,
    }[order]
    release = Release.of(Status(snapshot=snapshot, position=position))
    return ReleaseEdge(cursor=format_key(order, (value, snapshot.release_id)), node=release)


def _filter(asked: ReleaseFilter | None) -> port.ReleaseFilter | None:
    """Return the store's filter, None when no release can match."""
    if asked is None:
        return port.ReleaseFilter()
    if asked.text and len(asked.text) > SEARCH_LIMIT:
        raise GraphQLError(f"filter.text has {len(asked.text)} characters; at most {SEARCH_LIMIT} are searched for.")
    phases = [phase for phase in Phase if _lets_through(asked, phase)]
    if not phases or not _is_unicode(asked.text or ""):
        return None
    return port.ReleaseFilter(
        statuses=tuple(asked.statuses or ()),
        phases=() if len(phases) == len(Phase) else tuple(phases),
        text=asked.text or None,
        updated_since=asked.updated_since,
    )


def _is_unicode(text: str) -> bool:
    """Whether a text can be written: JSON may bring half of a surrogate pair, which no database takes."""
    return all(not "\ud800" <= char <= "\udfff" for char in text)


def _lets_through(asked: ReleaseFilter, phase: Phase) -> bool:
    named = not asked.phases or phase in asked.phases
    return named and (not asked.actions or any(action in asked.actions for action in ACTIONS[phase]))
