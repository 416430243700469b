"""An event loop without threads, sockets and time: what waits for a while is woken at once, in the order of its time.

Everything that runs on it is a function of its inputs, so a run repeats from its seed.
"""

import asyncio
from asyncio.base_events import BaseEventLoop
from collections.abc import Coroutine
from typing import Any


class Stuck(AssertionError):
    """Everybody waits, and nothing will ever happen."""


class VirtualLoop(BaseEventLoop):
    """Time begins at 0 and jumps from one timer to the next."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._selector = self
        self._clock_resolution = 1e-9

    def time(self) -> float:
        return self._now

    def select(self, timeout: float | None) -> list[Any]:
        """Let time pass instead of waiting for anything."""
        if timeout is None:
            raise Stuck("nothing will ever happen")
        self._now += timeout
        return []

    def _process_events(self, event_list: list[Any]) -> None:
        assert not event_list

    def _write_to_self(self) -> None:
        """Nobody sleeps here who would have to be woken."""


def run_virtually(work: Coroutine[Any, Any, Any]) -> Any:
    """Run to the end without waiting."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
