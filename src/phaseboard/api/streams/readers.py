"""Who is connected at present, and how slow a reader may be."""

from collections.abc import Iterator
from typing import Protocol

from phaseboard.api.streams.counts import Counts

MAX_MESSAGES = 1_000
MAX_BYTES = 4 * 1024 * 1024
"""How much may wait for one reader."""


class Reader(Protocol):
    """One connection that streams go out on."""

    transport: str
    """What the connection speaks: `websocket` or `sse`."""

    @property
    def depth(self) -> int:
        """How many messages wait for it."""
        ...


class Readers:
    """All connections of a server, and what holds for each of them.

    A reader that takes nothing for `stalled` seconds counts as gone.
    """

    def __init__(self, counts: Counts, stalled: float) -> None:
        self.counts = counts
        self.stalled = stalled
        self.max_messages = MAX_MESSAGES
        self.max_bytes = MAX_BYTES
        self._readers: set[Reader] = set()

    def __len__(self) -> int:
        return len(self._readers)

    def __iter__(self) -> Iterator[Reader]:
        return iter(self._readers)

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
