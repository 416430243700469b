"""What happens on all streams together, in numbers."""

from dataclasses import dataclass


@dataclass(slots=True)
class Counts:
    """Counted since the server started."""

    executions: int = 0
    """How many executions were begun, for groups and for those who caught up."""
    deliveries: int = 0
    """How many answers were given to followers."""
    conflated: int = 0
    """How many of them were replaced by newer ones before they were sent."""
    evicted: int = 0
    """How many readers were sent away because they read too slowly, or not at all."""
