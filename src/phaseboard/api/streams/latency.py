"""How long a change takes from its commit to the connections of those who follow it.

Many who follow the same cost no more than one: an answer of a group is measured once, when it was handed to the last
connection that took it at once. Each copy of it that had to wait for its reader is measured by itself.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Protocol

from phaseboard.domain.events import RecordedEvent
from phaseboard.store.port import Change

KEPT = 10_000
"""Changes whose instant is known; those who follow are never that far behind."""

Place = int | tuple[str, int]
"""A position of the log, or a release and its revision."""


class Taken(Protocol):
    """What counts the answers that a connection took at once."""

    @property
    def taken(self) -> int:
        """How many there were."""
        ...


class Latency:
    """When what was committed, and `observe`, which is called with the seconds that each measured delivery took."""

    def __init__(self, kept: int = KEPT) -> None:
        self.observe: Callable[[float], None] = lambda _: None
        self.since: float | None = None
        """The commit of the change that is told right now, None if nothing is or it is not measured."""
        self._kept = kept
        self._instants: OrderedDict[Place, float] = OrderedDict()

    def committed(self, changes: Sequence[Change]) -> None:
        """Learn what a commit changed, now."""
        now = perf_counter()
        for change in changes:
            self._put((change.release_id, change.revision), now)

    def publish(self, events: Sequence[RecordedEvent]) -> None:
        """Learn where in the log a change stands."""
        for event in events:
            instant = self._instants.get((event.release_id, event.revision))
            if instant is not None:
                self._put(event.position, instant)

    @contextmanager
    def telling(self, place: Place | None, began: float, counts: Taken) -> Iterator[None]:
        """Measure the answer that is told meanwhile, unless its change is older than the group that tells it."""
        instant = self._instants.get(place) if place is not None else None
        if instant is None or instant < began:
            yield
            return
        before, self.since = counts.taken, instant
        try:
            yield
        finally:
            self.since = None
        if counts.taken > before:
            self.observe(perf_counter() - instant)

    def sent_late(self, since: float | None) -> None:
        """Measure a copy that had waited and is on its way now."""
        if since is not None:
            self.observe(perf_counter() - since)

    def _put(self, place: Place, instant: float) -> None:
        self._instants[place] = instant
        if len(self._instants) > self._kept:
            self._instants.popitem(last=False)
