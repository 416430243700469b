"""The times of the cycles: all of one kind, each later than the one before (rules 4.4)."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from phaseboard.plans.outline import CycleOutline
from phaseboard.plans.problems import Problem
from phaseboard.plans.times import format_duration, format_instant


def wrong_times(cycles: Sequence[CycleOutline]) -> Iterator[Problem]:
    """Yield a problem where a cycle's time is of another kind than the first one's or not later than the one before."""
    for cycle in cycles:
        if type(cycle.time) is not type(cycles[0].time):
            yield Problem(
                cycle.path,
                "a plan gives all its cycles `scheduledAt` or all of them `after`, else their order cannot be known; "
                f"the first one has `{cycles[0].path[-1]}`",
            )
            return
    for before, cycle in pairwise(cycles):
        if not _seconds(before.time) < _seconds(cycle.time):
            yield Problem(
                cycle.path,
                f"`{cycle.path[-1]}` must be later than that of the cycle before, "
                f"but {_shown(cycle.time)} is not after {_shown(before.time)}",
            )


def _seconds(time: datetime | timedelta) -> float:
    return time.timestamp() if isinstance(time, datetime) else time.total_seconds()


def _shown(time: datetime | timedelta) -> str:
    return f"`{format_instant(time) if isinstance(time, datetime) else format_duration(time)}`"
