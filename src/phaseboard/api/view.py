"""What an execution reads from: the store as it is at each read, or as it was at one instant."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from phaseboard.store.port import Reader, Store

T = TypeVar("T")


class View:
    """Reads from the store: each read sees the newest state, all while it is held the same one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._reader: Reader | None = None
        self._turn = asyncio.Lock()

    @property
    def is_held(self) -> bool:
        """Whether all reads see one state."""
        return self._reader is not None

    async def read(self, work: Callable[[Reader], Awaitable[T]]) -> T:
        """Run `work`, alone while the view is held: a reader answers one after the other."""
        if self.is_held:
            async with self._turn:
                if self._reader is not None:
                    return await work(self._reader)
        return await self._store.read(work)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Let all reads see the state that is the newest now. Raises StoreError when there is none to be had."""
        began: asyncio.Future[Reader] = asyncio.get_running_loop().create_future()
        over = asyncio.Event()

        async def hold(reader: Reader) -> None:
            if not began.done():
                began.set_result(reader)
            await over.wait()

        holding = asyncio.create_task(self._store.read(hold))
        try:
            await asyncio.wait((holding, began), return_when=asyncio.FIRST_COMPLETED)
            if not began.done():
                await holding
            self._reader = began.result()
            yield
        finally:
            async with self._turn:
                self._reader = None
            over.set()
            await _ended(holding)


async def _ended(holding: asyncio.Task[None]) -> None:
    """Wait for the end of a read; what went wrong in it was told to those who asked."""
    await asyncio.wait((holding,))
    if not holding.cancelled():
        holding.exception()
