"""What waits to be sent to one reader: bounded, and no more than the newest of what conflates."""

from collections import deque
from dataclasses import dataclass
from typing import Protocol

from phaseboard.api.streams.readers import Readers


class TooSlow(Exception):
    """A reader left more unread than is kept for it."""


class Addressee(Protocol):
    """Whom a message is for: one operation of a connection."""

    conflates: bool


@dataclass(slots=True, eq=False)
class _Waiting:
    addressee: Addressee
    message: bytes
    since: float | None


class Pending:
    """Messages in order. Raises TooSlow when there would be too many."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers
        self._queue: deque[_Waiting] = deque()
        self._newest: dict[Addressee, _Waiting] = {}
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._queue)

    def put(self, addressee: Addressee, message: bytes) -> None:
        """Add a message; one that conflates replaces the one before it, in its place."""
        counts = self._readers.counts
        counts.waited += 1
        waiting = self._newest.get(addressee)
        if waiting is not None:
            self._bytes += len(message) - len(waiting.message)
            waiting.message, waiting.since = message, counts.latency.since
            counts.conflated += 1
            return
        if len(self._queue) >= self._readers.max_messages or self._bytes + len(message) > self._readers.max_bytes:
            raise TooSlow
        waiting = _Waiting(addressee, message, counts.latency.since)
        self._queue.append(waiting)
        self._bytes += len(message)
        if addressee.conflates:
            self._newest[addressee] = waiting

    def take(self) -> tuple[Addressee, bytes]:
        """Remove and return the oldest message, to be sent now, and whom it is for. Raises IndexError if none waits."""
        waiting = self._queue.popleft()
        self._readers.counts.latency.sent_late(waiting.since)
        self._bytes -= len(waiting.message)
        if self._newest.get(waiting.addressee) is waiting:
            del self._newest[waiting.addressee]
        return waiting.addressee, waiting.message

    def clear(self) -> None:
        """Forget everything."""
        self._queue.clear()
        self._newest.clear()
        self._bytes = 0
