"""A try whether notifications get through to who listens: not where a pooler puts others on the same connection."""

import asyncio
from dataclasses import dataclass
from secrets import token_hex
from time import perf_counter

import asyncpg

from phaseboard.store.address import Address
from phaseboard.store.postgres.faults import sorted_out
from phaseboard.store.postgres.link import CONNECT_SECONDS
from phaseboard.store.postgres.listen import LISTENS

PATIENCE = 2.0
"""Seconds to wait for a notification."""

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
            return Listening(await _try(listens, notifies), await notifies.fetchval(_COUNT, LISTENS))
        finally:
            listens.terminate()
            notifies.terminate()
    except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise sorted_out(address, error) from error


async def _try(listens: asyncpg.Connection, notifies: asyncpg.Connection) -> float | None:
    channel, arrived = f"phaseboard_try_{token_hex(8)}", asyncio.Event()
    await listens.add_listener(channel, lambda *_: arrived.set())
    began = perf_counter()
    await notifies.execute(f"NOTIFY {channel}")
    try:
        await asyncio.wait_for(arrived.wait(), PATIENCE)
    except TimeoutError:
        return None
    return (perf_counter() - began) * 1000


async def _connect(address: Address) -> asyncpg.Connection:
    return await asyncpg.connect(address.url, timeout=CONNECT_SECONDS, command_timeout=CONNECT_SECONDS)
