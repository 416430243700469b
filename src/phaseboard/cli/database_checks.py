"""What there is to see of a database: that it answers, its schema, locks, clock and log, tasks nobody takes."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from time import perf_counter

from phaseboard.cli.backlog import waiting
from phaseboard.cli.findings import Finding
from phaseboard.cli.words import length
from phaseboard.settings import Settings
from phaseboard.store import revisions
from phaseboard.store.address import Address, is_postgres
from phaseboard.store.choice import store_at
from phaseboard.store.errors import StoreError, Unavailable
from phaseboard.store.port import Store
from phaseboard.store.postgres import PostgresStore
from phaseboard.store.postgres.blockers import LONG, Blocker, blockers
from phaseboard.store.postgres.listening import try_listening
from phaseboard.store.sqlite.guard import FileGuard
from phaseboard.store.sqlite.schema import check_file, is_newest
from phaseboard.store.sqlite.writable import is_writable

APART = timedelta(seconds=1)
"""How far two clocks may be apart."""


async def database_findings(settings: Settings) -> list[Finding]:
    """Return what is found; nothing in the database is changed."""
    found = [] if is_postgres(settings.database_url) else _of_file(settings)
    if all(finding.well for finding in found):
        found += [finding async for finding in _of_store(settings)]
    return found


async def last_position(settings: Settings) -> int:
    """Return the end of the log. Raises StoreError."""
    async with _opened(settings) as store:
        return await store.read(lambda reader: reader.last_position())


def _of_file(settings: Settings) -> list[Finding]:
    """Return what can be seen before a file is opened; an older one is not brought up to date by looking."""
    path = settings.database_path.expanduser().resolve()
    try:
        check_file(path)
        if not path.exists():
            return [Finding("file", f"There is no {path}.", False, "Start a server, or name another file.")]
        if not is_newest(path):
            return [Finding("schema", f"{path} is of an older version.", False, "Bring it up to date: start a server.")]
        free = is_writable(path)
    except (StoreError, sqlite3.Error) as error:
        return [Finding("file", str(error), False)]
    guard = FileGuard(path)
    served = f"served by a process{guard.holder()}" if guard.is_held() else "served by nobody now"
    if free:
        return [Finding("file", f"{path}, {served}")]
    return [
        Finding(
            "file",
            f"Another program keeps {path} from being written ({served}).",
            False,
            "End the backup or the shell that has a transaction open on it.",
        )
    ]


async def _of_store(settings: Settings) -> AsyncIterator[Finding]:
    try:
        async with _opened(settings) as store:
            if isinstance(store, PostgresStore):
                for finding in await _locks(settings):
                    yield finding
            began = perf_counter()
            end = await store.read(lambda reader: reader.last_position())
            took = (perf_counter() - began) * 1000
            yield Finding("database", f"{settings.database} answers in {took:.0f} ms")
            yield Finding("schema", f"{revisions.newest()}, which this version works with")
            if isinstance(store, PostgresStore):
                yield _clock(store.clock.ahead)
                yield await _notifications(settings)
            first = await store.read(lambda reader: reader.first_position())
            yield Finding("log", f"events up to {end}" + (f", from {first} on" if first > 1 else ""))
            async for finding in waiting(store):
                yield finding
    except Unavailable as error:
        yield Finding("database", str(error), False, "Look at its log and its load, then try again.")
    except StoreError as error:
        yield Finding("database", str(error), False)


async def _locks(settings: Settings) -> list[Finding]:
    found = await blockers(Address(settings.database_url))
    return [_held(blocker) for blocker in found] or [Finding("locks", "nobody holds one for long")]


def _held(blocker: Blocker) -> Finding:
    held = ["the end of the log, which every change needs"] if blocker.log else []
    held += [f"locks on {', '.join(blocker.tables)}"] if blocker.tables else []
    since = f"for more than {length(LONG)}" if blocker.since is None else f"for {length(blocker.since)}"
    return Finding(
        "locks",
        f"Process {blocker.pid} ({blocker.who}) has held {' and '.join(held)} {since}.",
        False,
        f"End its transaction there, or all of it: SELECT pg_terminate_backend({blocker.pid})",
    )


def _clock(ahead: timedelta) -> Finding:
    milliseconds = abs(ahead) / timedelta(milliseconds=1)
    told = f"The database's is {milliseconds:.0f} ms {'ahead of' if ahead > timedelta() else 'behind'} this machine's."
    if abs(ahead) <= APART:
        return Finding("clock", told)
    return Finding(
        "clock", told, False, "Let both follow a time server (NTP): what happened when is told by the database's clock."
    )


async def _notifications(settings: Settings) -> Finding:
    if not settings.database_listen:
        return Finding("notifications", "not listened for: PHASEBOARD_DATABASE_LISTEN is off")
    listening = await try_listening(Address(settings.database_url))
    if listening.milliseconds is None:
        return Finding(
            "notifications",
            "They do not get through.",
            False,
            "Is there a pooler in between? Set PHASEBOARD_DATABASE_LISTEN=off, or let it pool sessions.",
        )
    nodes = "1 node listens" if listening.nodes == 1 else f"{listening.nodes} nodes listen"
    return Finding("notifications", f"get through in {listening.milliseconds:.0f} ms; {nodes}")


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Store]:
    store = store_at(settings.database_url, connections=2, tokens_only=True)
    await store.open()
    try:
        yield store
    finally:
        await store.close()
