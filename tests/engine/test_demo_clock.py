"""The clock of a demo: fast when told to, monotone whatever happens."""

import asyncio
from datetime import UTC, datetime, timedelta

from phaseboard.engine.demo_clock import DemoClock

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
LONG = 3600.0


class Hand:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def made() -> tuple[DemoClock, Hand]:
    hand = Hand()
    return DemoClock(lambda: NOON, hand), hand


def test_it_runs_as_others_do_until_it_is_told_otherwise() -> None:
    clock, hand = made()
    hand.seconds = 2.5
    assert clock() == NOON + timedelta(seconds=2.5)
    clock.run_at(60)
    hand.seconds = 3.5
    assert clock() == NOON + timedelta(seconds=62.5)
    clock.run_at(1)
    hand.seconds = 4.5
    assert clock() == NOON + timedelta(seconds=63.5)


def test_its_instants_are_whole_milliseconds_and_nothing_is_lost_by_that() -> None:
    clock, hand = made()
    for step in range(1, 11):
        hand.seconds = step / 10_000
        clock.run_at(10)
        assert clock().microsecond % 1000 == 0
    hand.seconds += 1
    assert clock() == NOON + timedelta(seconds=10, milliseconds=9)


def test_it_goes_on_where_an_earlier_demo_ended_and_never_back() -> None:
    clock, hand = made()
    clock.catch_up(NOON - timedelta(days=1))
    assert clock() == NOON
    clock.catch_up(NOON + timedelta(days=1))
    hand.seconds = 1
    assert clock() == NOON + timedelta(days=1, seconds=1)


async def test_who_sleeps_wakes_when_the_time_has_passed_by_it() -> None:
    clock, hand = made()
    sleeping = asyncio.create_task(clock.sleep(LONG))
    await asyncio.sleep(0)
    clock.run_at(60)
    await asyncio.sleep(0)
    assert not sleeping.done()
    hand.seconds = LONG / 60
    clock.run_at(1)
    async with asyncio.timeout(5):
        await sleeping


async def test_the_loop_is_nudged_when_the_speed_changes_and_while_it_is_high() -> None:
    clock, _ = made()
    nudges: asyncio.Queue[None] = asyncio.Queue()
    driving = asyncio.create_task(clock.drive(lambda: nudges.put_nowait(None)))
    await asyncio.sleep(0)
    clock.run_at(10)
    async with asyncio.timeout(5):
        for _ in range(3):
            await nudges.get()
    clock.run_at(1)
    await nudges.get()
    assert nudges.empty()
    driving.cancel()
    await asyncio.wait([driving])
