from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from phaseboard.cli.words import clean, command_word, countdown, in_words, length, moment, named, stamp

NOW = datetime(2026, 1, 15, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=-3), "0 s"),
        (timedelta(), "0 s"),
        (timedelta(seconds=59.9), "59 s"),
        (timedelta(minutes=4, seconds=5), "4 min 05 s"),
        (timedelta(minutes=59, seconds=59), "59 min 59 s"),
        (timedelta(hours=1, minutes=2, seconds=59), "1 h 02 min"),
        (timedelta(days=3, hours=4), "3 d 04 h"),
    ],
)
def test_a_length_shows_its_two_largest_units(span: timedelta, words: str) -> None:
    assert length(span) == words


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        (NOW + timedelta(hours=1), "3:00 PM"),
        (NOW + timedelta(hours=10), "Jan 16, 12:00 AM"),
        (NOW.replace(year=2027), "Jan 15 2027, 2:00 PM"),
    ],
)
def test_a_moment_has_its_date_unless_it_is_today_in_the_zone(instant: datetime, words: str) -> None:
    assert moment(instant, NOW, ZoneInfo("Europe/Berlin")) == words


def test_a_countdown_ends_at_now() -> None:
    assert countdown(NOW + timedelta(seconds=61), NOW) == "in 1 min 01 s"
    assert countdown(NOW, NOW) == countdown(NOW - timedelta(hours=1), NOW) == "now"


def test_a_stamp_is_in_utc_whatever_the_offset() -> None:
    assert stamp(NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))) == "2026-01-15T13:00:00Z"


def test_a_version_is_not_told_twice() -> None:
    assert named("Mobile app", "4.2.0") == "Mobile app 4.2.0"
    assert named("Mobile 4.2.0", "4.2.0") == "Mobile 4.2.0"


def test_names_become_words_and_commands() -> None:
    assert in_words("PAUSED_BY_USER") == "paused by user"
    assert command_word("TRIGGER_STAGE_2") == "trigger-stage-2"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("two\nlines\tand tab", "two lines and tab"),
        ("\x1b[31mred\x1b[0m", "\ufffd[31mred\ufffd[0m"),
        ("title\x1b]0;owned\x07", "title\ufffd]0;owned\ufffd"),
        ("right\u202eleft", "right\ufffdleft"),
        ("\U0001f469\u200d\U0001f680", "\U0001f469\u200d\U0001f680"),
        ("[red]no markup[/red]", "[red]no markup[/red]"),
    ],
)
def test_a_clean_text_cannot_steer_the_terminal(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_a_long_text_is_cut() -> None:
    assert clean("x" * 10_000_000, 5) == "xxxx…"
