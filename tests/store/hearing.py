"""A store that notes what it hears, for tests to wait on."""

import asyncio

from phaseboard.store.port import News
from phaseboard.store.postgres import PostgresStore
from phaseboard.store.postgres.listening import LISTENS
from tests.engine.hands import PATIENCE
from tests.postgres import run_sql

_LISTENERS = f"FROM pg_stat_activity WHERE application_name = '{LISTENS}' AND datname = current_database()"


class HearingStore(PostgresStore):
    """Notes each news before it passes it on."""

    def __init__(self, url: str, *, connections: int = 2, poll: float | None = None) -> None:
        super().__init__(url, connections=connections, poll=poll)
        self.url = url
        self.poll = poll
        self._told: asyncio.Queue[int | None] = asyncio.Queue()
        self.on_news(lambda _: None)

    def on_news(self, news: News) -> None:
        def told(position: int | None) -> None:
            news(position)
            self._told.put_nowait(position)

        super().on_news(told)

    async def heard(self, position: int) -> int:
        """Wait until a position was heard of, or one above it; returns what was heard."""
        async with asyncio.timeout(PATIENCE):
            while (told := await self._told.get()) is None or told < position:
                pass
        return told

    async def deaf(self) -> None:
        """Wait until it was told that nothing is heard."""
        async with asyncio.timeout(PATIENCE):
            while await self._told.get() is not None:
                pass

    async def cut(self) -> None:
        """Cut the connections of all who listen, and wait until this one knows."""
        while not self._told.empty():
            self._told.get_nowait()
        assert await asyncio.to_thread(run_sql, self.url, f"SELECT pg_terminate_backend(pid) {_LISTENERS}")
        await self.deaf()


async def listeners(url: str) -> int:
    """Return how many listen on a database."""
    (row,) = await asyncio.to_thread(run_sql, url, f"SELECT count(*) AS number {_LISTENERS}")
    return row["number"]
