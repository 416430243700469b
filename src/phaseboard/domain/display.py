"""The human-readable status: the guide's texts, one row a phase (guide, quick reference; rules 2)."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType

from phaseboard.domain.cycle import Cycle, ScheduledCycle
from phaseboard.domain.enums import Phase, RegressionCycleStatus
from phaseboard.domain.snapshot import Snapshot

TEXTS: Mapping[Phase, str] = MappingProxyType(
    {
        Phase.NOT_STARTED: "Not Started",
        Phase.KICKOFF: "Stage 1 - Kickoff Running",
        Phase.AWAITING_REGRESSION: "Stage 1 Complete - Awaiting Regression Start",
        Phase.REGRESSION_CYCLE_STARTING: "Stage 2 - {current} Starting...",
        Phase.REGRESSION_CYCLE_RUNNING: "Stage 2 - {current} Running ({number}/{total})",
        Phase.REGRESSION_AWAITING_NEXT_CYCLE: "{before} - {next} scheduled at {time} ({completed}/{total})",
        Phase.AWAITING_POST_REGRESSION: "Stage 2 Complete - Awaiting Pre-Release Start",
        Phase.POST_REGRESSION: "Stage 3 - Pre-Release Running",
        Phase.SUBMITTED: "Submitted - Awaiting Store Approval",
        Phase.COMPLETED: "Released",
        Phase.PAUSED_BY_USER: "Paused by User",
        Phase.PAUSED_BY_FAILURE: "Paused - Task Failed",
        Phase.ARCHIVED: "Archived",
    }
)

_ENDED_AS = {RegressionCycleStatus.DONE: "Done", RegressionCycleStatus.ABANDONED: "Abandoned"}


def display_text(snapshot: Snapshot, zone: tzinfo = UTC) -> str:
    """Return the status in words, clock times written in `zone`; a function of these two alone (rules 2.2)."""
    return TEXTS[snapshot.phase].format_map(_Words(snapshot, zone))


def clock_time(instant: datetime, zone: tzinfo) -> str:
    """Return the time of day as the guide writes it: `2:00 PM`."""
    local = instant.astimezone(zone)
    hour, minute = local.hour, local.minute
    return f"{hour % 12 or 12}:{minute:02} {'AM' if hour < 12 else 'PM'}"  # noqa: PLR2004 - noon


class _Words:
    """What texts have places for, made where a text asks for it."""

    __slots__ = ("_snapshot", "_zone")

    def __init__(self, snapshot: Snapshot, zone: tzinfo) -> None:
        self._snapshot = snapshot
        self._zone = zone

    def __getitem__(self, place: str) -> str | int:
        return _WORDS[place](self._snapshot, self._zone)


def _tag(cycle: Cycle | ScheduledCycle | None) -> str:
    return cycle.tag if cycle else ""


def _before(cycle: Cycle | None) -> str:
    return f"{cycle.tag} {_ENDED_AS.get(cycle.status, '')}" if cycle else "Stage 2"


_WORDS: Mapping[str, Callable[[Snapshot, tzinfo], str | int]] = MappingProxyType(
    {
        "current": lambda snapshot, _: _tag(snapshot.current_cycle),
        "number": lambda snapshot, _: snapshot.current_cycle.number if snapshot.current_cycle else 0,
        "before": lambda snapshot, _: _before(snapshot.current_cycle),
        "next": lambda snapshot, _: _tag(snapshot.next_cycle),
        "time": lambda snapshot, zone: (
            clock_time(snapshot.next_cycle.scheduled_at, zone) if snapshot.next_cycle else ""
        ),
        "completed": lambda snapshot, _: snapshot.progress.completed,
        "total": lambda snapshot, _: snapshot.progress.total,
    }
)
