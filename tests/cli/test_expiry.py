from datetime import UTC, datetime, timedelta

import pytest

from phaseboard.cli.expiry import parse_expiry

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expiry"),
    [
        ("90d", NOW + timedelta(days=90)),
        ("12h", NOW + timedelta(hours=12)),
        (" 1h30m ", NOW + timedelta(hours=1.5)),
        ("2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026-03-01T13:00:00Z", NOW + timedelta(hours=1)),
        ("2026-03-01T15:00:00+02:00", NOW + timedelta(hours=1)),
        ("2040-01-01", datetime(2040, 1, 1, tzinfo=UTC)),
    ],
)
def test_expiries_are_told_in_several_ways(text: str, expiry: datetime) -> None:
    assert parse_expiry(text, NOW) == expiry


@pytest.mark.parametrize(
    ("text", "words"),
    [
        *((text, "must be a duration") for text in ("", "soon", "90", "d", "-1d", "90 days", "1y", "01.02.2027", "٣d")),
        *((text, "at most 366 days") for text in ("367d", "999999999d")),
        *((text, "in the past") for text in ("0s", "2026-03-01", "2020-01-01", "2026-03-01T11:59:59Z")),
        *((text, "calendar") for text in ("2027-02-30", "2027-13-01", "9999-01-01", "0000-00-00")),
        *((text, "no time zone") for text in ("2027-01-01T10:00", "2027-01-01 10:00:00")),
        *((text, "must be a date") for text in ("2027-1-1", "2027-01-01T25:00:00Z", "2027-", "2027-01-01\n00:00Z")),
    ],
)
def test_other_texts_are_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_expiry(text, NOW)
