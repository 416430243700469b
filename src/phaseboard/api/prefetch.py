"""Reading ahead: what the events of a stretch will ask for is read with what one of them asks for now.

Each event is executed by itself, so no loader sees two of them together. All of them were committed before the stretch
was given out: what is read now is as new as each of them, or newer.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

K = TypeVar("K")
T = TypeVar("T")

MOST = 20
"""How much is read ahead, and kept until it was asked for."""


class Prefetch(Generic[K, T]):
    """Remembers what was read for what comes next in a stretch, and nothing else."""

    def __init__(self) -> None:
        self._coming: list[K] = []
        self._known: Mapping[K, T] = {}

    def expect(self, keys: Iterable[K]) -> None:
        """Learn what a stretch will ask for, in order; what was read for the one before is forgotten."""
        self._coming = list(dict.fromkeys(keys))
        self._known = {}

    async def load(self, keys: Sequence[K], read: Callable[[Sequence[K]], Awaitable[Mapping[K, T]]]) -> Mapping[K, T]:
        """Return what is asked for, from what was read ahead or by reading it with what comes next."""
        if self._known.keys() >= set(keys):
            return self._known
        if not self._coming:
            return await read(keys)
        together = list(dict.fromkeys([*keys, *self._coming]))[: max(MOST, len(keys))]
        self._coming = [key for key in self._coming if key not in together]
        self._known = await read(together)
        return self._known
