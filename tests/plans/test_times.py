import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phaseboard.plans.times import LONGEST, format_duration, format_instant, parse_duration, parse_instant


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("0s", timedelta()),
        ("2h", timedelta(hours=2)),
        ("90m", timedelta(minutes=90)),
        ("1h30m", timedelta(minutes=90)),
        ("45s", timedelta(seconds=45)),
        ("1d", timedelta(days=1)),
        ("500ms", timedelta(milliseconds=500)),
        ("5m500ms", timedelta(minutes=5, milliseconds=500)),
        ("1d2h3m4s5ms", timedelta(days=1, hours=2, minutes=3, seconds=4, milliseconds=5)),
    ],
)
def test_durations(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text", ["", "2", "h", "2 h", "1m1h", "1h1h", "-1h", "1.5h", "2H", "1w", "٣h", "1h\n", "9" * 10 + "h", None, 2, []]
)
def test_what_is_no_duration(text: Any) -> None:
    with pytest.raises(ValueError, match=r"^must be a duration such as `2h`, `90m`, `1h30m`, `45s` or `1d`, but is "):
        parse_duration(text)


@pytest.mark.parametrize("text", ["367d", "366d1ms", "999999999d"])
def test_a_duration_is_at_most_about_a_year(text: str) -> None:
    with pytest.raises(ValueError, match=f"^must be at most 366 days, but is `{text}`$"):
        parse_duration(text)


@settings(max_examples=50)
@given(st.integers(0, LONGEST // timedelta(milliseconds=1)))
def test_durations_survive_being_written(milliseconds: int) -> None:
    duration = timedelta(milliseconds=milliseconds)
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2024-01-15T14:00:00Z", "2024-01-15T14:00:00Z"),
        ("2024-01-15t14:00z", "2024-01-15T14:00:00Z"),
        ("2024-01-15 14:00:00+02:00", "2024-01-15T12:00:00Z"),
        ("2024-01-15T14:00:00.123999-05:30", "2024-01-15T19:30:00.123Z"),
        ("2024-02-29T00:00:00.000999Z", "2024-02-29T00:00:00Z"),
        (datetime(2024, 1, 15, 14, tzinfo=timezone(timedelta(hours=1))), "2024-01-15T13:00:00Z"),
    ],
)
def test_instants(text: str | datetime, written: str) -> None:
    assert format_instant(parse_instant(text)) == written


SHAPE = "must be a date, time and zone such as `2024-01-15T14:00:00Z`, but is"
NAIVE = "which names no time zone; end it with `Z` for UTC or with an offset such as `+02:00`"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2024-01-15T14:00:00", f"is `2024-01-15T14:00:00`, {NAIVE}"),
        (datetime(2024, 1, 15, 14), f"is `2024-01-15T14:00:00`, {NAIVE}"),  # noqa: DTZ001
        ("2024-01-15", f"{SHAPE} the text `2024-01-15`"),
        ("2024-02-30T14:00:00Z", f"{SHAPE} the text `2024-02-30T14:00:00Z`"),
        ("2024-01-15T24:01:00Z", f"{SHAPE} the text `2024-01-15T24:01:00Z`"),
        ("2024-01-15T14:00:00+99:00", f"{SHAPE} the text `2024-01-15T14:00:00+99:00`"),
        ("tomorrow", f"{SHAPE} the text `tomorrow`"),
        ("2024-01-15T14:00:00Z" * 999, f"{SHAPE} the text `{('2024-01-15T14:00:00Z' * 3)}…`"),
        (1705327200, f"{SHAPE} the number 1705327200"),
        ("0001-01-01T00:00:00+14:00", "must be in the years 1971 to 2998, but is in 1"),
        ("9999-12-31T23:59:59-14:00", "must be in the years 1971 to 2998, but is in 9999"),
    ],
)
def test_what_is_no_instant(text: Any, told: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        parse_instant(text)


@settings(max_examples=50)
@given(st.datetimes(datetime(1971, 1, 1), datetime(2998, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
def test_instants_survive_being_written(instant: datetime) -> None:
    parsed = parse_instant(format_instant(instant))
    assert timedelta() <= instant - parsed < timedelta(milliseconds=1)
