"""What happens on all streams together, in numbers."""

from dataclasses import dataclass, field

from phaseboard.api.streams.latency import Latency


@dataclass(slots=True)
class Counts:
    """Counted since the server started."""

    executions: int = 0
    """How many executions were begun, for groups and for those who caught up."""
    deliveries: int = 0
    """How many answers were given to followers."""
    waited: int = 0
    """How many messages could not be sent at once; on event streams that is each of them."""
    conflated: int = 0
    """How many of them were replaced by newer ones before they were sent."""
    evicted: int = 0
    """How many readers were sent away because they read too slowly, or not at all."""
    latency: Latency = field(default_factory=Latency, compare=False, repr=False)

    @property
    def taken(self) -> int:
        """How many answers were taken by a connection at once."""
        return self.deliveries - self.waited
