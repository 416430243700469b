"""When a token expires, as people say it: after some time, or on a day."""

import re
from datetime import UTC, date, datetime, time

from phaseboard.plans.times import parse_duration, parse_instant

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-.*", re.ASCII | re.DOTALL)


def parse_expiry(text: str, now: datetime) -> datetime:
    """Return the instant that `90d`, `12h`, `2027-01-31` (its beginning, UTC) or `2027-01-31T18:00:00Z` names.

    Raises ValueError, with a message for people, for another text and for what is over.
    """
    expiry = _parsed(text.strip(), now)
    if expiry <= now:
        raise ValueError(f"lies in the past: {text!r}")
    return expiry


def _parsed(text: str, now: datetime) -> datetime:
    if _DAY.fullmatch(text):
        try:
            return parse_instant(datetime.combine(date.fromisoformat(text), time(), UTC))
        except ValueError as error:
            raise ValueError(f"is no day of the calendar: {text!r} ({error})") from None
    if _INSTANT.fullmatch(text):
        return parse_instant(text)
    return now + parse_duration(text)
