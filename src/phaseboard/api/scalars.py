"""The scalars of the schema: how they are written and what is refused."""

import base64
import binascii
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NewType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

Cursor = NewType("Cursor", int)
TimeZone = NewType("TimeZone", str)
Duration = NewType("Duration", str)
Json = NewType("Json", object)

_MAX_POSITION = 2**63 - 1
_LONGEST = len(f"e{_MAX_POSITION}")


def format_instant(instant: datetime) -> str:
    """Return an instant as rules 6 write it: UTC, `Z`, no fraction when it is zero."""
    utc = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    precision = "milliseconds" if utc.microsecond else "seconds"
    return utc.isoformat(timespec=precision).removesuffix("+00:00") + "Z"


def parse_instant(text: Any) -> datetime:
    """Return the instant, to the millisecond. Raises GraphQLError for anything but RFC 3339 with an offset."""
    try:
        instant = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise GraphQLError("A DateTime is written as RFC 3339, for example 2024-01-15T14:00:00Z.") from None
    if instant.tzinfo is None or "T" not in text:
        raise GraphQLError("A DateTime needs its offset from UTC: write 2024-01-15T14:00:00Z, or +01:00 for Z.")
    try:
        utc = instant.astimezone(UTC)
    except OverflowError:
        raise GraphQLError("The DateTime is outside the years 1 to 9999.") from None
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def format_cursor(position: int) -> str:
    """Return the opaque form of a position in the event log."""
    return base64.urlsafe_b64encode(f"e{position}".encode()).decode().rstrip("=")


def parse_cursor(text: Any) -> Cursor:
    """Return the position that a cursor stands for. Raises GraphQLError for a text that is none."""
    try:
        plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        position = int(plain[1:]) if plain[:1] == "e" and plain[1:].isascii() and len(plain) <= _LONGEST else -1
    except (TypeError, ValueError, binascii.Error):
        position = -1
    if not 0 <= position <= _MAX_POSITION or format_cursor(position) != text:
        raise GraphQLError("This is no cursor of the event log: pass one that the API gave you, unchanged.")
    return Cursor(position)


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo:
    """Return the time zone of that name."""
    return ZoneInfo(name)


def parse_time_zone(text: Any) -> TimeZone:
    """Return the name of a time zone. Raises GraphQLError for a name that IANA does not know."""
    if not isinstance(text, str) or not is_time_zone(text):
        raise GraphQLError("A TimeZone is an IANA name, for example Europe/Berlin.")
    return TimeZone(text)


def is_time_zone(name: str) -> bool:
    """Whether a name is a time zone of IANA."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _text(value: Any) -> Duration:
    if not isinstance(value, str):
        raise GraphQLError("A Duration is a text such as 45s, 90m, 2h, 1h30m or 1d.")
    return Duration(value)


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant: RFC 3339 in UTC, ending in Z, no fraction when it is zero. Input needs its offset.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339",
        serialize=format_instant,
        parse_value=parse_instant,
    ),
    Cursor: strawberry.scalar(
        name="Cursor",
        description="A position in the event log, opaque: follow from here to miss nothing.",
        serialize=format_cursor,
        parse_value=parse_cursor,
    ),
    TimeZone: strawberry.scalar(
        name="TimeZone",
        description="The IANA name of a time zone, for example Europe/Berlin.",
        serialize=str,
        parse_value=parse_time_zone,
    ),
    Duration: strawberry.scalar(
        name="Duration",
        description="A length of time such as 45s, 90m, 2h, 1h30m or 1d.",
        serialize=str,
        parse_value=_text,
    ),
    Json: strawberry.scalar(
        name="JSON",
        description="Any JSON value; only for an executor's own settings.",
        serialize=lambda value: value,
        parse_value=lambda value: value,
    ),
}
