"""Who is connected, who follows what, and how deliveries go.

Shared subscriptions are told apart by their root field alone: what clients write has no end.
"""

from collections import Counter
from collections.abc import Iterable

from prometheus_client import Metric

from phaseboard.api.operation import BEGINNINGS
from phaseboard.api.streams.hub import Hub
from phaseboard.web.metrics.families import Reading, Readings, gauge

TRANSPORTS = ("websocket", "sse")
NO_FIELD = "other"
"""What is followed but is no subscription: a query or a mutation over a stream."""


class StreamMetrics:
    """A collector of what the hub knows."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        counts = hub.counts
        self._counted = Readings(
            counters=(
                Reading(
                    "phaseboard_executions",
                    "Executions of streamed operations, each for all who share it.",
                    lambda: counts.executions,
                ),
                Reading("phaseboard_deliveries", "Answers given to watchers.", lambda: counts.deliveries),
                Reading("phaseboard_deliveries_waited", "Messages not sent at once.", lambda: counts.waited),
                Reading(
                    "phaseboard_conflations",
                    "Answers replaced by newer ones before they were sent.",
                    lambda: counts.conflated,
                ),
                Reading("phaseboard_evictions", "Readers sent away for being too slow.", lambda: counts.evicted),
            )
        )

    def collect(self) -> Iterable[Metric]:
        """Look at every connection and every group once."""
        yield from self._connections()
        yield from self._groups()
        yield from self._counted.collect()

    def _connections(self) -> Iterable[Metric]:
        connections, depth = Counter(dict.fromkeys(TRANSPORTS, 0)), Counter(dict.fromkeys(TRANSPORTS, 0))
        for reader in self._hub.readers:
            connections[reader.transport] += 1
            depth[reader.transport] += reader.depth
        yield gauge("phaseboard_connections", "Live connections of streams.", "transport", connections)
        yield gauge("phaseboard_outbox_messages", "Messages that wait for their readers.", "transport", depth)

    def _groups(self) -> Iterable[Metric]:
        fields = (*BEGINNINGS, NO_FIELD)
        groups, watchers, largest = (Counter(dict.fromkeys(fields, 0)) for _ in range(3))
        for group in self._hub.groups:
            field = group.field or NO_FIELD
            groups[field] += 1
            watchers[field] += group.watchers
            largest[field] = max(largest[field], group.watchers)
        yield gauge("phaseboard_watchers", "Operations that follow something.", "field", watchers)
        yield gauge("phaseboard_shared_subscriptions", "Executions that watchers share.", "field", groups)
        yield gauge("phaseboard_largest_audience", "Watchers of the most followed execution.", "field", largest)
