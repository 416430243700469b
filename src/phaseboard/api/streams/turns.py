"""Turns: work that holds everybody up while it lasts is done one piece at a time, with rests as long as the work.

Whoever else waits for the event loop waits for one piece at most, and together they have half of its time, however many
sockets bring such work and however much of it one socket brings at once.
"""

import asyncio
from collections.abc import Callable
from time import perf_counter

Piece = Callable[[], object]


class Turns:
    """Who comes first is served first; `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._turn = asyncio.Lock()
        self._clock = clock

    async def take(self, *pieces: Piece) -> None:
        """Do these pieces of work, one after another, when it is our turn; raises what they do."""
        async with self._turn:
            for piece in pieces:
                began = self._clock()
                piece()
                await asyncio.sleep(self._clock() - began)
