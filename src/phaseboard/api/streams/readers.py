"""Who is connected at present, and how long a reader may stand still."""

from typing import Protocol

from phaseboard.api.streams.counts import Counts

STALLED = 10.0
"""Seconds without any progress after which a reader counts as gone."""


class Reader(Protocol):
    """One connection that streams go out on."""

    @property
    def depth(self) -> int:
        """How many messages wait for it."""
        ...


class Readers:
    """All connections of a server."""

    def __init__(self, counts: Counts, stalled: float = STALLED) -> None:
        self.counts = counts
        self.stalled = stalled
        self._readers: set[Reader] = set()

    def __len__(self) -> int:
        return len(self._readers)

    @property
    def depth(self) -> int:
        """How many messages wait, for all of them together."""
        return sum(reader.depth for reader in self._readers)

    def add(self, reader: Reader) -> None:
        """Note that a connection was opened."""
        self._readers.add(reader)

    def remove(self, reader: Reader) -> None:
        """Note that a connection was closed."""
        self._readers.discard(reader)
