"""The store in memory: for tests, and for looking around without a file. It answers as the databases do."""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import TypeVar

from phaseboard.store._memory import Kept, MemoryReader, MemoryWriter
from phaseboard.store.commit_listeners import CommitListeners
from phaseboard.store.errors import Unavailable
from phaseboard.store.port import CommitListener, News, Reader, Timed, Writer

T = TypeVar("T")


class MemoryStore:
    """A store that keeps everything in this process and loses it with it."""

    def __init__(self) -> None:
        self._kept = Kept()
        self._turn = asyncio.Lock()
        self._writing: asyncio.Task[object] | None = None
        self._listeners = CommitListeners()
        self._is_open = False

    @property
    def clock(self) -> None:
        """None: nobody shares it."""

    async def open(self) -> None:
        """Make ready to serve."""
        self._is_open = True

    async def close(self) -> None:
        """Finish what was handed over; what was committed is there again after `open`."""
        self._is_open = False
        async with self._turn:
            pass

    async def read(self, work: Callable[[Reader], Awaitable[T]]) -> T:
        """Run `work` against what is committed now. Raises Unavailable while the store is not open."""
        self._check_open()
        return await work(MemoryReader(self._kept))

    async def glance(self, work: Callable[[Reader], Awaitable[T]]) -> T:
        """Run `work` as `read` does."""
        return await self.read(work)

    async def write(self, work: Callable[[Writer], Awaitable[T]]) -> T:
        """Run `work` on a copy, which then takes the place of what was committed."""
        self._check_open()
        if self._writing is not None and self._writing is asyncio.current_task():
            raise RuntimeError("A write inside a write would wait for itself.")
        async with self._turn:
            began = perf_counter()
            self._writing = asyncio.current_task()
            try:
                draft = self._kept.copy()
                writer = MemoryWriter(draft)
                result = await work(writer)
                self._kept = draft
            finally:
                self._writing = None
            self._listeners.timed(perf_counter() - began, 1)
        self._listeners.give(writer.changes)
        return result

    def on_commit(self, hint: CommitListener) -> None:
        """Call `hint` after each commit."""
        self._listeners.add(hint)

    def on_timed(self, timed: Timed) -> None:
        """Call `timed` after each commit."""
        self._listeners.timed = timed

    def on_news(self, news: News) -> None:
        """Nobody else commits."""

    def _check_open(self) -> None:
        if not self._is_open:
            raise Unavailable("The store is not open.")
