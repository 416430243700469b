"""Hearing of what other nodes commit: by a connection that listens, or by looking at the end of the log.

A notification is a hint that may get lost, the log is the truth. So the end of the log is also asked for now and then,
on the very connection that listens: the answer proves that the connection lives and that whatever was notified before
has arrived, and it tells of commits that nobody was notified of. While nothing is heard, that is told, too.
"""

import asyncio
import logging
from asyncio import timeout
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from random import uniform
from typing import Any

import asyncpg

from phaseboard.store.address import Address
from phaseboard.store.dialects import POSTGRES
from phaseboard.store.errors import StoreError
from phaseboard.store.port import News
from phaseboard.store.postgres.faults import sorted_out
from phaseboard.store.postgres.link import CONNECT_SECONDS
from phaseboard.store.postgres.listening import LISTENS, Notify, prove
from phaseboard.store.postgres.log import CHANNEL
from phaseboard.store.statement import ONCE
from phaseboard.store.statements import LAST_POSITION

log = logging.getLogger(__name__)

BEAT_SECONDS = 1.0
"""Seconds between two looks at the end of the log while notifications come."""

ANSWER_SECONDS = 2.0
"""How long such a look may take."""

AGAIN_SECONDS = 0.5
"""Seconds until a connection that was lost is opened again."""

LONGEST = 18
"""Digits of a position."""


def longest_silence(poll: float | None) -> float:
    """Return how many seconds may pass between two looks at the end of the log, made every `poll` seconds or beats."""
    return (BEAT_SECONDS if poll is None else poll) + ANSWER_SECONDS


_END = LAST_POSITION.step(POSTGRES, ONCE)


class Listener:
    """Tells `news` how far the log reaches: on each notification, and at each beat."""

    def __init__(self, address: Address, news: News, notify: Notify) -> None:
        self._address = address
        self._news = news
        self._notify = notify

    async def run(self) -> None:
        """Listen until cancelled, on a new connection whenever the last one was lost."""
        told = ""
        while True:
            try:
                async with self._listening() as (connection, lost):
                    if told:
                        log.warning("listens again", extra=_ACTION)
                    told = ""
                    await self._beat(connection, lost)
            except Exception as error:  # noqa: BLE001 - whatever it is, the next connection may do
                reason = str(sorted_out(self._address, error)) or type(error).__name__
            else:
                reason = f"{self._address} closed the connection."
            if reason != told:
                log.warning("does not hear of other nodes' commits: %s", reason, extra=_ACTION)
                told = reason
            self._news(None)
            await asyncio.sleep(uniform(AGAIN_SECONDS / 2, AGAIN_SECONDS))  # noqa: S311 - so that not all come at once

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[tuple[asyncpg.Connection, asyncio.Event]]:
        async with timeout(CONNECT_SECONDS):
            connection = await asyncpg.connect(
                self._address.dsn,
                timeout=CONNECT_SECONDS,
                command_timeout=ANSWER_SECONDS,
                server_settings={"application_name": LISTENS},
            )
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            await prove(self._address, connection, self._notify)
            await connection.add_listener(CHANNEL, self._notified)
            yield connection, lost
        finally:
            connection.terminate()

    async def _beat(self, connection: asyncpg.Connection, lost: asyncio.Event) -> None:
        """Tell the end of the log at each beat, until the connection is lost."""
        while not lost.is_set():
            self._news(await connection.fetchval(_END.sql, *_END.rows[0]))
            with suppress(TimeoutError):
                async with timeout(BEAT_SECONDS):
                    await lost.wait()

    def _notified(self, _: object, __: int, ___: str, payload: Any) -> None:
        """Take a notification; what is no position comes from somebody else, and the next beat tells the truth."""
        if isinstance(payload, str) and payload.isascii() and payload.isdigit() and len(payload) <= LONGEST:
            self._news(int(payload))


class Poller:
    """Tells `news` how far the log reaches, every so many seconds: where notifications do not get through."""

    def __init__(self, end: Callable[[], Awaitable[int]], news: News, every: float) -> None:
        self._end = end
        self._news = news
        self._every = every

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                async with timeout(ANSWER_SECONDS):
                    end: int | None = await self._end()
            except (StoreError, TimeoutError):
                end = None
            self._news(end)
            await asyncio.sleep(self._every)


_ACTION = {"action": "store.listen"}
