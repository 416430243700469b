"""Regression cycles: those opened and those still scheduled (rules, Words)."""

from dataclasses import dataclass
from datetime import datetime

from phaseboard.domain.enums import RegressionCycleStatus

FINISHED = frozenset({RegressionCycleStatus.DONE, RegressionCycleStatus.ABANDONED})


def tag_of(number: int) -> str:
    """Return the tag of the cycle with this number."""
    return f"RC{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """A regression cycle that was opened."""

    number: int
    status: RegressionCycleStatus
    scheduled_at: datetime
    opened_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def tag(self) -> str:
        """The cycle's tag, `RC{n}`."""
        return tag_of(self.number)

    @property
    def finished(self) -> bool:
        """Whether the cycle is DONE or ABANDONED."""
        return self.status in FINISHED


@dataclass(frozen=True, slots=True)
class ScheduledCycle:
    """A regression cycle that waits for its time; `scheduled_at` is an instant in UTC."""

    number: int
    scheduled_at: datetime

    @property
    def tag(self) -> str:
        """The tag the cycle will have, `RC{n}`."""
        return tag_of(self.number)
