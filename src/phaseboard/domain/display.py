"""The human-readable status: the guide's texts, one row a phase (guide, quick reference; rules 2)."""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType

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
    current, following, progress = snapshot.current_cycle, snapshot.next_cycle, snapshot.progress
    return TEXTS[snapshot.phase].format(
        current=current.tag if current else "",
        number=current.number if current else 0,
        next=following.tag if following else "",
        time=clock_time(following.scheduled_at, zone) if following else "",
        before=f"{current.tag} {_ENDED_AS.get(current.status, '')}" if current else "Stage 2",
        completed=progress.completed,
        total=progress.total,
    )


def clock_time(instant: datetime, zone: tzinfo) -> str:
    """Return the time of day as the guide writes it: `2:00 PM`."""
    local = instant.astimezone(zone)
    return f"{local.hour % 12 or 12}:{local:%M} {'AM' if local.hour < 12 else 'PM'}"  # noqa: PLR2004 - noon
