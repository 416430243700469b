"""A try whether notifications get through to who listens: not where a pooler puts others on the same connection."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from secrets import token_hex
from time import perf_counter

import asyncpg

from phaseboard.store.address import Address
from phaseboard.store.errors import StoreUnusable
from phaseboard.store.postgres.faults import POOLER, sorted_out
from phaseboard.store.postgres.link import CONNECT_SECONDS

LISTENS = "phaseboard listens"
"""What a connection that listens calls itself, among the others of the database."""

PATIENCE = 2.0
"""Seconds to wait for a notification, once the connection that listens has answered after it was sent."""

Notify = Callable[[str], Awaitable[object]]
"""Executes a NOTIFY on another connection. Raises StoreError."""

_ANSWER = "SELECT 1"
_COUNT = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1"


@dataclass(frozen=True, slots=True)
class Listening:
    """How many milliseconds a notification took, None if it did not arrive, and how many nodes listen."""

    milliseconds: float | None
    nodes: int


async def try_listening(address: Address) -> Listening:
    """Listen on a channel of our own and notify it from another connection. Raises StoreError."""
    try:
        listens, notifies = await _connect(address), await _connect(address)
        try:
            return Listening(await _try(listens, notifies.execute), await notifies.fetchval(_COUNT, LISTENS))
        finally:
            listens.terminate()
            notifies.terminate()
    except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise sorted_out(address, error) from error


async def check_listening(address: Address, notify: Notify) -> None:
    """Raise StoreUnusable, with what to do, unless notifications get through. Raises StoreError."""
    try:
        connection = await _connect(address)
        try:
            await prove(address, connection, notify)
        finally:
            connection.terminate()
    except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise sorted_out(address, error) from error


async def prove(address: Address, connection: asyncpg.Connection, notify: Notify) -> None:
    """Raise StoreUnusable, with what to do, unless notifications reach a connection. Raises StoreError, asyncpg's."""
    if await _try(connection, notify) is None:
        raise StoreUnusable(
            f"{address} sends no notifications to who listens: a pooler such as pgbouncer keeps them. {POOLER}"
        )


async def _try(listens: asyncpg.Connection, notify: Notify) -> float | None:
    channel, arrived = f"phaseboard_try_{token_hex(8)}", asyncio.Event()

    def hear(*_: object) -> None:
        arrived.set()

    await listens.add_listener(channel, hear)
    began = perf_counter()
    await notify(f"NOTIFY {channel}")
    try:
        await listens.execute(_ANSWER)  # what was notified before comes before its answer, however slow that is
        await asyncio.wait_for(arrived.wait(), PATIENCE)
    except TimeoutError:
        return None
    finally:
        await listens.remove_listener(channel, hear)
    return (perf_counter() - began) * 1000


async def _connect(address: Address) -> asyncpg.Connection:
    return await asyncpg.connect(
        address.dsn, timeout=CONNECT_SECONDS, command_timeout=CONNECT_SECONDS, statement_cache_size=0
    )
