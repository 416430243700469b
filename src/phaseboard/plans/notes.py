"""What is allowed in a plan but may not be meant."""

from datetime import datetime

from phaseboard.domain.plan import Plan
from phaseboard.plans.times import format_instant


def notes(plan: Plan, now: datetime) -> tuple[str, ...]:
    """Return hints on what is allowed but may not be meant: cycles whose time has passed (rules 4.4)."""
    return tuple(
        f"RC{number} is scheduled at {format_instant(cycle.scheduled_at)}, which has passed: "
        "it opens as soon as stage 2 runs and no other cycle does."
        for number, cycle in enumerate(plan.cycles, start=1)
        if cycle.scheduled_at is not None and cycle.scheduled_at <= now
    )
