"""What grows with the number of releases and of watchers, measured small: `python -m tests.deployment.growth`.

Prints the bytes of a release in PostgreSQL, the milliseconds of what nodes ask of it with more and more releases in it,
a tenth of them under way, and what watchers cost a node (`crowd`). The README tells what follows for many more.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from phaseboard.engine.clock import system_clock
from phaseboard.store.port import Reader, ReleaseFilter, ReleasePage
from phaseboard.store.postgres import PostgresStore
from tests.benchmarks.machine import description, raise_file_limit
from tests.benchmarks.table import HEADER, Row, shown
from tests.deployment import crowd
from tests.deployment.copies import HEADS, LAST, Originals, lived, multiply
from tests.deployment.crowd import Crowd
from tests.reliability.database import database

CALLS = 20
DONE = 9
"""Releases that are COMPLETED, of ten; the others are under way."""

Work = Callable[[Reader], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Growth:
    """With how many releases it is measured, and callers; the first size has all events, the others the last ones."""

    sizes: tuple[int, ...] = (1_000, 10_000, 100_000)
    callers: int = 10_000
    crowd: Crowd = field(default_factory=Crowd)


async def main() -> None:
    """Measure, and print."""
    raise_file_limit()
    print("\n".join([*await asyncio.to_thread(description), HEADER]), flush=True)
    async with database() as own:
        async for row in measured(own.url, Growth()):
            print(row.line(), flush=True)


async def measured(url: str, growth: Growth) -> AsyncIterator[Row]:
    """Yield what is measured on an empty database."""
    originals = await lived(url)
    connection = await asyncpg.connect(url)
    try:
        made = 0
        for size in growth.sizes:
            await _grow(connection, originals, made, size)
            if not made:
                for row in await _bytes(connection, originals.done, size):
                    yield row
            made = size
            async with opened(url) as store:
                for name, work in questions(originals.done).items():
                    yield shown(f"{size:,} releases: {name}", "ms", await _timed(store, work))
        yield await _tokens(url, connection, growth.callers)
    finally:
        await connection.close()
    for row in await asyncio.to_thread(crowd.measure, url, originals, growth.crowd):
        yield row


def questions(release_id: str) -> dict[str, Work]:
    """Return what nodes ask of the database, by what it is for."""
    now = system_clock()

    async def due(reader: Reader) -> None:
        await reader.due_releases(now, 200)
        await reader.due_tasks(now, 32)
        await reader.next_due(now)

    def page(**wanted: Any) -> Work:
        return lambda reader: reader.page(ReleasePage(limit=50, filter=ReleaseFilter(**wanted)))

    return {
        "status": lambda reader: reader.status(release_id),
        "what is due": due,
        "a page of a list": page(),
        "a text that is nowhere": page(text="found nowhere"),
        "the counts of /metrics": lambda reader: reader.census(now),
    }


async def _grow(connection: asyncpg.Connection, originals: Originals, made: int, size: int) -> None:
    """Add copies until there are so many."""
    events = LAST if made else "true"
    await multiply(connection, originals.done, made * DONE // 10 + 1, size * DONE // 10, events)
    await multiply(connection, originals.under_way, made * (10 - DONE) // 10 + 1, size * (10 - DONE) // 10, events)
    await connection.execute("VACUUM ANALYZE")


async def _bytes(connection: asyncpg.Connection, done: str, size: int) -> list[Row]:
    """Return what a release takes on the disk with its indexes, and how many events a finished one has."""

    async def kibibytes(*tables: str) -> float:
        total = sum([await connection.fetchval("SELECT pg_total_relation_size($1::regclass)", name) for name in tables])
        return float(total) / 1024

    count = "SELECT count(*) FROM release_events"
    told = await connection.fetchval(f"{count} WHERE release_id = $1", done)
    kept = await connection.fetchval(count)
    revision = await connection.fetchval("SELECT revision FROM releases WHERE id = $1", done)
    log = await kibibytes("release_events") / kept
    return [
        shown("a finished release: commits", "", [revision]),
        shown("a finished release: events", "", [told]),
        shown("a finished release: disk for its events", "KiB", [log * told]),
        shown("a release: disk for the rest", "KiB", [await kibibytes(*HEADS) / size]),
    ]


async def _tokens(url: str, connection: asyncpg.Connection, callers: int) -> Row:
    """Return what nodes ask twice a second: whether the tokens in use were revoked."""
    await connection.execute(
        "INSERT INTO access_tokens (id, name, hash, scopes, created_at) "
        f"SELECT 'id' || n, 'name' || n, repeat('0', 64), 'releases:read', n FROM generate_series(1, {callers}) AS n"
    )
    await connection.execute("VACUUM ANALYZE access_tokens")
    async with opened(url) as store:
        ids = [f"id{number}" for number in range(1, callers + 1)]
        return shown(f"{callers:,} callers: their tokens", "ms", await _timed(store, lambda reader: reader.tokens(ids)))


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[PostgresStore]:
    """Give the store of a database."""
    store = PostgresStore(url, connections=2)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


async def _timed(store: PostgresStore, work: Work) -> list[float]:
    """Return how many milliseconds each of some calls takes."""
    took = []
    for _ in range(CALLS):
        began = time.perf_counter()
        await store.read(work)
        took.append((time.perf_counter() - began) * 1_000)
    return took


if __name__ == "__main__":
    asyncio.run(main())
