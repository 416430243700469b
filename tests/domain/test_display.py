"""Display texts: the guide's quick reference and rules 2."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from phaseboard.domain.cycle import ScheduledCycle
from phaseboard.domain.display import clock_time, display_text
from phaseboard.domain.enums import Action, Phase
from phaseboard.domain.plan import CycleSpec
from tests.domain import guide
from tests.factory import Walk, at, make_plan, make_release


@pytest.mark.parametrize("phase", Phase)
def test_the_text_is_that_of_the_quick_reference(phase: Phase) -> None:
    text = guide.TEXTS[phase].replace("{n}", "1").replace("{x}/{y}", "1/3")
    walk = Walk().to(phase)
    if phase is Phase.REGRESSION_AWAITING_NEXT_CYCLE:  # the guide's examples add the progress, and win
        walk.to(Phase.REGRESSION_CYCLE_RUNNING).run_all()
        text = text.replace("{n+1}", "2").replace("{time}", "2:00 PM") + " (1/3)"
    assert display_text(walk.release.snapshot) == text


def test_a_running_cycle_is_counted_by_its_number_not_by_what_is_done() -> None:
    walk = Walk().to(Phase.REGRESSION_CYCLE_RUNNING).do(Action.ABANDON_CYCLE).tick().tick()
    assert display_text(walk.release.snapshot) == "Stage 2 - RC2 Running (2/3)"


def test_after_an_abandoned_cycle() -> None:
    walk = Walk().to(Phase.REGRESSION_CYCLE_RUNNING).do(Action.ABANDON_CYCLE)
    assert display_text(walk.release.snapshot) == "RC1 Abandoned - RC2 scheduled at 2:00 PM (0/3)"


def test_before_the_first_cycle_opens() -> None:
    release = make_release(Phase.REGRESSION_AWAITING_NEXT_CYCLE, make_plan(cycles=(CycleSpec(at(14)),) * 3))
    assert display_text(release.snapshot) == "Stage 2 - RC1 scheduled at 2:00 PM (0/3)"


@pytest.mark.parametrize(
    ("hour", "minute", "text"),
    [
        (0, 0, "12:00 AM"),
        (0, 5, "12:05 AM"),
        (1, 0, "1:00 AM"),
        (11, 59, "11:59 AM"),
        (12, 0, "12:00 PM"),
        (12, 30, "12:30 PM"),
        (14, 0, "2:00 PM"),
        (23, 59, "11:59 PM"),
    ],
)
def test_clock_times_are_written_as_in_the_guide(hour: int, minute: int, text: str) -> None:
    assert clock_time(at(hour, minute), UTC) == text


@pytest.mark.parametrize(
    ("zone", "winter", "summer"),
    [
        ("UTC", "2:00 PM", "2:00 PM"),
        ("Europe/Berlin", "3:00 PM", "4:00 PM"),
        ("America/New_York", "9:00 AM", "10:00 AM"),
        ("Asia/Kolkata", "7:30 PM", "7:30 PM"),
        ("Pacific/Auckland", "3:00 AM", "2:00 AM"),
    ],
)
def test_clock_times_follow_the_zone_and_its_daylight_saving(zone: str, winter: str, summer: str) -> None:
    times = [datetime(2024, month, 15, 14, tzinfo=UTC) for month in (1, 7)]
    assert [clock_time(time, ZoneInfo(zone)) for time in times] == [winter, summer]


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2024, 3, 31, 0, 59, tzinfo=UTC), "1:59 AM"),
        (datetime(2024, 3, 31, 1, 0, tzinfo=UTC), "3:00 AM"),
        (datetime(2024, 10, 27, 0, 30, tzinfo=UTC), "2:30 AM"),
        (datetime(2024, 10, 27, 1, 30, tzinfo=UTC), "2:30 AM"),
    ],
)
def test_the_hour_that_daylight_saving_leaves_out_or_repeats(instant: datetime, text: str) -> None:
    assert clock_time(instant, ZoneInfo("Europe/Berlin")) == text


def test_the_text_names_the_time_in_the_zone_asked_for() -> None:
    snapshot = make_release(Phase.REGRESSION_AWAITING_NEXT_CYCLE).snapshot
    snapshot = replace(snapshot, next_cycle=ScheduledCycle(1, datetime(2024, 7, 15, 22, 30, tzinfo=UTC)))
    text = display_text(snapshot, ZoneInfo("Europe/Berlin"))
    assert text == "Stage 2 - RC1 scheduled at 12:30 AM (0/3)"
