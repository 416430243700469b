"""Bytes that came, looked at slice by slice, so that others get their turns in between.

A single read may bring hundreds of kilobytes, and in them thousands of small things to do.
"""

import asyncio
from collections import deque
from collections.abc import Callable

SLICE = 16_384
"""Bytes that are looked at in one go."""


class Slices:
    """Gives what came to `take`, and calls `done` once all of several slices were given; none while `full` says so."""

    def __init__(
        self,
        take: Callable[[bytes], None],
        done: Callable[[], None],
        loop: asyncio.AbstractEventLoop,
        full: Callable[[], bool] = lambda: False,
    ) -> None:
        self._take = take
        self._done = done
        self._loop = loop
        self._full = full
        self._left: deque[bytes] = deque()
        self._next_is_due = False

    def __len__(self) -> int:
        return len(self._left)

    def add(self, data: bytes) -> bool:
        """Take what came, now or in the next turns; returns whether there is something left for these."""
        if len(data) <= SLICE and not self._left and not self._full():
            self._take(data)
            return bool(self._left)
        first = not self._left
        self._left.extend(data[begin : begin + SLICE] for begin in range(0, len(data), SLICE))
        if first:
            self._next()
        return bool(self._left)

    def give_back(self, rest: bytes) -> None:
        """Let the rest of what was given be the first that is left."""
        if rest:
            self._left.appendleft(rest)

    def go_on(self) -> None:
        """Take what is left in the next turns: it is full no more."""
        if self._left and not self._next_is_due:
            self._next_is_due = True
            self._loop.call_soon(self._next)

    def clear(self) -> None:
        """Forget what is left."""
        self._left.clear()

    def _next(self) -> None:
        self._next_is_due = False
        if not self._left or self._full():
            return
        self._take(self._left.popleft())
        if not self._left:
            self._done()
        elif not self._full():
            self.go_on()
