"""The newest events in memory, found by release, and the wake-up of whoever follows them.

A follower is a cursor and nothing else: it holds no queue, so a slow one costs nothing and loses nothing. What it has
not read yet it reads from here or, once that has been dropped, from the log.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from phaseboard.domain.events import RecordedEvent

KEPT_EVENTS = 10_000


class Tail:
    """The last `kept` events of the log, above position `floor` and up to position `head`."""

    def __init__(self, start: int = 0, kept: int = KEPT_EVENTS) -> None:
        self.floor = start
        self.head = start
        self.closed = False
        self._kept = kept
        self._events: deque[RecordedEvent] = deque()
        self._by_release: dict[str, deque[RecordedEvent]] = defaultdict(deque)
        self._waiting: dict[str | None, set[asyncio.Event]] = defaultdict(set)

    def start_at(self, position: int) -> None:
        """Begin above a position of the log; nothing must have been appended yet."""
        self.floor = self.head = position

    def append(self, events: Sequence[RecordedEvent]) -> None:
        """Add the next events of the log and wake those who follow their releases, and those who follow all."""
        for event in events:
            self._events.append(event)
            self._by_release[event.release_id].append(event)
            self.head = event.position
        while len(self._events) > self._kept:
            self._drop_oldest()
        for topic in {None, *(event.release_id for event in events)}:
            for wake in self._waiting.get(topic, ()):
                wake.set()

    def since(self, position: int, release_id: str | None) -> list[RecordedEvent] | None:
        """Return the events above a position, of one release or all; None when some of them are not kept any more."""
        if position < self.floor:
            return None
        events = self._events if release_id is None else self._by_release.get(release_id, ())
        newer = []
        for event in reversed(events):
            if event.position <= position:
                break
            newer.append(event)
        return newer[::-1]

    @contextmanager
    def waiting_for(self, release_id: str | None) -> Iterator[asyncio.Event]:
        """Give an event that is set whenever something is appended for one release (or any), and at the end."""
        wake = asyncio.Event()
        waiting = self._waiting[release_id]
        waiting.add(wake)
        try:
            yield wake
        finally:
            waiting.discard(wake)
            if not waiting and self._waiting.get(release_id) is waiting:
                del self._waiting[release_id]

    @property
    def followers(self) -> int:
        """How many follow at present."""
        return sum(len(waiting) for waiting in self._waiting.values())

    def close(self) -> None:
        """End all following."""
        self.closed = True
        for waiting in self._waiting.values():
            for wake in waiting:
                wake.set()

    def _drop_oldest(self) -> None:
        oldest = self._events.popleft()
        of_release = self._by_release[oldest.release_id]
        of_release.popleft()
        if not of_release:
            del self._by_release[oldest.release_id]
        self.floor = oldest.position
