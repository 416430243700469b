"""Loads by key, in one batch what is asked for at the same time."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from strawberry.dataloader import DataLoader

K = TypeVar("K")
T = TypeVar("T")


class Loader(DataLoader[K, T]):
    """A DataLoader whose callers may be cancelled.

    Executions cancel what they need no more. Strawberry's loader drops a batch that nobody waits for any more, but goes
    on to put new keys into it if it had not begun: whoever asks after that waits for ever. Here a batch that was asked
    for is always loaded.
    """

    def load(self, key: K) -> Awaitable[T]:
        """Return what is loaded for a key."""
        return asyncio.shield(super().load(key))
