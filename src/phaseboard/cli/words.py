"""Names, instants and lengths of time as people read them."""

from datetime import UTC, datetime, timedelta, tzinfo

from phaseboard.domain.display import clock_time

_JOINER = "\u200d"


def clean(text: str, limit: int = 1000) -> str:
    """Return a text on one line without what could steer a terminal, cut to `limit` characters."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(sign if sign.isprintable() or sign == _JOINER else "\ufffd" for sign in " ".join(cut.split()))


def named(name: str, version: str) -> str:
    """Return what a release is called, with its version unless the name has it already."""
    name, version = clean(name, 80), clean(version, 40)
    return name if version in name else f"{name} {version}"


def in_words(name: str) -> str:
    """Return an enum's value in words: `PAUSED_BY_USER` is `paused by user`."""
    return clean(name).replace("_", " ").lower()


def command_word(action: str) -> str:
    """Return the sub-command of `act` for an action: `TRIGGER_STAGE_2` is `trigger-stage-2`."""
    return in_words(action).replace(" ", "-")


def length(span: timedelta) -> str:
    """Return a length of time in its two largest units: `12 s`, `4 min 05 s`, `1 h 02 min`, `3 d 04 h`."""
    seconds = max(0, int(span.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        return f"{days} d {hours % 24:02} h"
    if hours:
        return f"{hours} h {minutes % 60:02} min"
    if minutes:
        return f"{minutes} min {seconds % 60:02} s"
    return f"{seconds} s"


def moment(instant: datetime, now: datetime, zone: tzinfo) -> str:
    """Return an instant in a zone, with its date unless it is today there: `Jan 16, 2:00 PM`."""
    local, today = instant.astimezone(zone), now.astimezone(zone)
    clock = clock_time(instant, zone)
    if local.date() == today.date():
        return clock
    year = f" {local.year}" if local.year != today.year else ""
    return f"{local:%b} {local.day}{year}, {clock}"


def countdown(instant: datetime, now: datetime) -> str:
    """Return how long it is until an instant: `in 4 min 05 s`, or `now` once it has come."""
    return f"in {length(instant - now)}" if instant > now else "now"


def stamp(instant: datetime) -> str:
    """Return an instant for a log, in UTC to the second: `2026-01-15T14:00:00Z`."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
