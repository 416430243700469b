"""The system's clock; whatever depends on the time is given one, and tests give another."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the instant: UTC, to the millisecond (rules 6)."""


def system_clock() -> datetime:
    """Return the instant by the system's clock."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
