"""Pages of lists: how they are asked for, what cursors carry, what a page says of itself."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime

import strawberry
from graphql import GraphQLError

from phaseboard.api.weight import limit_error
from phaseboard.domain.ids import is_release_id
from phaseboard.store.port import OrderField

DEFAULT_PAGE = 20


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """Relay's page information."""

    has_next_page: bool = strawberry.field(description="Whether more follow.")
    has_previous_page: bool = strawberry.field(description="Whether some come before.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first item; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last item; null on an empty page.")


@dataclass(frozen=True, slots=True)
class Window:
    """How many items, and from which end."""

    size: int
    backwards: bool


def window(first: int | None, after: object, last: int | None, before: object, most: int) -> Window:
    """Return what Relay's arguments ask for. Raises GraphQLError when they make no sense together or are too large."""
    if first is not None and last is not None:
        raise GraphQLError("Give first or last, not both.")
    if (before is not None and last is None) or (after is not None and last is not None):
        raise GraphQLError("Page forwards with first and after, or backwards with last and before.")
    asked = first if first is not None else last
    size = min(DEFAULT_PAGE, most) if asked is None else asked
    refusal = f"{'first' if last is None else 'last'} has to be between 0 and {most}: fetch page by page."
    if size > most:
        raise limit_error("page_size", most, refusal)
    if size < 0:
        raise GraphQLError(refusal)
    return Window(size, last is not None)


_NO_CURSOR = "This is no cursor of this list: pass one that the API gave you, unchanged."

Key = tuple[datetime | None, str]


def format_key(order: OrderField, key: Key) -> str:
    """Return the cursor of an item in a list of releases: its value of the order and its id."""
    at, release_id = key
    milliseconds = None if at is None else round(at.timestamp() * 1000)
    plain = json.dumps([order, milliseconds, release_id], separators=(",", ":"))
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def parse_key(order: OrderField, cursor: str) -> Key:
    """Return the key that a cursor carries. Raises GraphQLError unless it was made for the same order."""
    try:
        made_for, milliseconds, release_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        at = None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (TypeError, ValueError, OverflowError, OSError, RecursionError, binascii.Error):
        raise GraphQLError(_NO_CURSOR) from None
    if not isinstance(release_id, str) or not is_release_id(release_id):
        raise GraphQLError(_NO_CURSOR)
    if made_for != order:
        raise GraphQLError(f"This cursor belongs to a list ordered by {made_for}: keep the order while paging.")
    return at, release_id
