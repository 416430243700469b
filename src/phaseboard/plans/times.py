"""Instants and durations as plans write them (rules 6)."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from phaseboard.plans.wording import quoted, shown

LONGEST = timedelta(days=366)
"""The longest `after` of a cycle."""

DURATION_PATTERN = r"^(?=.)([0-9]{1,9}d)?([0-9]{1,9}h)?([0-9]{1,9}m(?!s))?([0-9]{1,9}s)?([0-9]{1,9}ms)?$"
"""What `parse_duration` reads, for the JSON Schema."""

_DURATION = re.compile(DURATION_PATTERN, re.ASCII)
_UNITS = ("days", "hours", "minutes", "seconds", "milliseconds")
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?P<zone>[Zz]|[+-]\d{2}:\d{2})?", re.ASCII
)
_FIRST_YEAR, _LAST_YEAR = 1970, 2999


def parse_duration(value: Any) -> timedelta:
    """Return the duration that a text such as `2h`, `90m`, `1h30m`, `45s`, `1d` or `500ms` names.

    Raises ValueError, with a message for people, when it is none or longer than `LONGEST`.
    """
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"must be a duration such as `2h`, `90m`, `1h30m`, `45s` or `1d`, but is {shown(value)}")
    amounts = {unit: int(text.rstrip("dhms")) for unit, text in zip(_UNITS, found.groups(), strict=True) if text}
    try:
        duration = timedelta(**amounts)
    except OverflowError:
        duration = timedelta.max
    if duration > LONGEST:
        raise ValueError(f"must be at most {LONGEST.days} days, but is {quoted(value)}")
    return duration


def format_duration(duration: timedelta) -> str:
    """Return a duration as plans write it, such as `1h30m`; the inverse of `parse_duration`."""
    milliseconds = duration // timedelta(milliseconds=1)
    text = ""
    for letters, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        amount, milliseconds = divmod(milliseconds, size)
        text += f"{amount}{letters}" if amount else ""
    return text or "0s"


def parse_instant(value: Any) -> datetime:
    """Return the instant that a text with an offset or `Z` names, or a datetime with a zone, in UTC to the millisecond.

    Raises ValueError, with a message for people, when it is none or names no zone.
    """
    instant = value if isinstance(value, datetime) else _read_instant(value)
    if instant.utcoffset() is None:
        text = value if isinstance(value, str) else instant.isoformat()
        raise ValueError(
            f"is {quoted(text)}, which names no time zone; end it with `Z` for UTC or with an offset such as `+02:00`"
        )
    if not _FIRST_YEAR < instant.year < _LAST_YEAR:
        raise ValueError(f"must be in the years {_FIRST_YEAR + 1} to {_LAST_YEAR - 1}, but is in {instant.year}")
    instant = instant.astimezone(UTC)
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def format_instant(instant: datetime) -> str:
    """Return an instant in UTC as the API writes it: `2024-01-15T14:00:00Z`, a fraction only when there is one."""
    utc = instant.astimezone(UTC)
    fraction = f".{utc.microsecond // 1000:03}" if utc.microsecond >= 1000 else ""  # noqa: PLR2004 - a millisecond
    return f"{utc:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def _read_instant(value: Any) -> datetime:
    found = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    try:
        if found is not None:
            return datetime.fromisoformat(found.group().upper())
    except ValueError:
        pass
    raise ValueError(f"must be a date, time and zone such as `2024-01-15T14:00:00Z`, but is {shown(value)}")
