"""Which store an address names."""

from pathlib import Path

from phaseboard.store.address import Address, is_postgres
from phaseboard.store.port import Store
from phaseboard.store.postgres import PostgresStore, migrate
from phaseboard.store.postgres.store import CONNECTIONS
from phaseboard.store.sqlite import schema
from phaseboard.store.sqlite.guard import FileGuard
from phaseboard.store.sqlite.store import SQLiteStore

SQLITE = "sqlite:///"

LOCK_SECONDS = 15.0
"""How long a migration of a file waits for another one."""


def store_at(
    url: str, *, connections: int = CONNECTIONS, poll: float | None = None, tokens_only: bool = False
) -> Store:
    """Return the store of a URL; `tokens_only` one that may touch nothing but access tokens, beside a server.

    With `poll`, other nodes' commits are looked for every so many seconds, instead of listened for.
    """
    if is_postgres(url):
        return PostgresStore(url, connections=connections, poll=poll, tokens_only=tokens_only)
    return SQLiteStore(file_of(url), tokens_only=tokens_only)


async def migrate_at(url: str) -> bool:
    """Bring the database of a URL to the newest schema, or create it; False when it is there already.

    Of several at once on a file one does it, the others wait until it is done.

    Raises StoreUnusable with what to do.
    """
    if is_postgres(url):
        return await migrate(Address(url))
    path = file_of(url).expanduser().resolve()
    schema.check_file(path)
    guard = FileGuard(path)
    if not await guard.acquire_within(LOCK_SECONDS, lambda: schema.is_newest(path)):
        return False
    try:
        newest = schema.is_newest(path)
        schema.migrate(path)
    finally:
        guard.release()
    return not newest


def file_of(url: str) -> Path:
    """Return the file of a URL of SQLite."""
    return Path(url.removeprefix(SQLITE))
