"""A connection to PostgreSQL. Nothing on it waits for ever: it answers in time, or it is given up."""

import re
from asyncio import CancelledError, timeout
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any

import asyncpg
from databases import Database
from sqlalchemy import text

from phaseboard.store.address import Address
from phaseboard.store.dialects import POSTGRES
from phaseboard.store.errors import StoreError
from phaseboard.store.postgres.faults import sorted_out
from phaseboard.store.statement import Statement, Step

CONNECT_SECONDS = 5.0
"""How long connecting may take."""

STATEMENT_SECONDS = 5.0
"""How long a statement may take until it is given up, and its connection with it."""

EXECUTION_SECONDS = 4.0
"""How long the database lets a statement take: it says so before anybody gives it up."""

LOCK_SECONDS = 2.0
"""How long work waits for what others hold; then it is the turn of the work behind it.

More than the second (`deadlock_timeout`) after which PostgreSQL undoes one of two that wait for each other.
"""

WORK_SECONDS = 15.0
"""How long a transaction may take, all statements together."""

LOG_SECONDS = 2.0
"""How long a node that fell silent can hold the end of the log, which all nodes write; less than they try to get it."""

LOG = 0x50686173654C6F67
"""The advisory lock of the end of the log: "PhaseLog"."""

BATCH_WAIT = 0.01
"""Seconds that work waits for a lock while it shares a transaction: it might be waited for itself."""

_BOUNDS = (
    f"SET LOCAL statement_timeout = {round(EXECUTION_SECONDS * 1000)};"
    f" SET LOCAL idle_in_transaction_session_timeout = {round(WORK_SECONDS * 1000)}"
)
_PATIENT = f"SET LOCAL lock_timeout = {round(LOCK_SECONDS * 1000)}"
HOLD_LOG = Statement(
    text(
        f"{_PATIENT}; SET LOCAL idle_in_transaction_session_timeout = {round(LOG_SECONDS * 1000)};"
        f" SELECT pg_advisory_xact_lock({LOG})"
    )
)
"""Takes hold of the end of the log until the transaction ends."""

WHOLE_SECONDS = WORK_SECONDS + 1
"""How long PostgreSQL 17 and newer let a transaction that writes take, whatever its node does."""

_BEGIN_WRITING = (
    f"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {_BOUNDS};"
    f" SELECT set_config('transaction_timeout', '{round(WHOLE_SECONDS * 1000)}', true)"
    " WHERE CAST(current_setting('server_version_num') AS int) >= 170000"
)
"""Says all that a database may have another default of: after a lock was waited for, what others committed is seen.

A node that falls silent before the end of what it sends (the Sync of the protocol) is not idle, and its statement is
over: of the bounds only that of the whole transaction ends what it holds.
"""

BEGIN_ALONE = Statement(text(f"{_BEGIN_WRITING}; {_PATIENT}"))

_NO_ROWS = ("BEGIN", "COMMIT", "NOTIFY", "ROLLBACK", "SAVEPOINT", "SET")
"""What is sent without being prepared."""

STATEMENTS = 512
"""How many prepared statements each connection keeps."""


class PostgresLink:
    """A connection, as `Link` says."""

    dialect = POSTGRES
    begin_reading = Statement(text(f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {_BOUNDS}"))
    begin_writing = Statement(text(f"{_BEGIN_WRITING}; SET LOCAL lock_timeout = {round(BATCH_WAIT * 1000)}"))

    def __init__(self, connection: asyncpg.Connection, address: Address) -> None:
        self._connection = connection
        self._address = address
        self._deadline = monotonic() + WORK_SECONDS

    @property
    def lost(self) -> bool:
        """Whether the connection is of no use any more."""
        try:
            return bool(self._connection.is_closed())
        except asyncpg.InterfaceError:
            return True  # the pool has taken it back

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open; False once the connection is lost."""
        return not self.lost and bool(self._connection.is_in_transaction())

    async def execute(self, steps: Sequence[Step]) -> list[list[Any]]:
        """Execute steps one after the other. Raises StoreError, and gives the connection up, when it takes too long."""
        if not self.in_transaction:
            self._deadline = monotonic() + WORK_SECONDS
        try:
            return [await self._answer(step) for step in steps]
        except StoreError:
            raise
        except Exception as error:
            if isinstance(error, TimeoutError | OSError):
                self.give_up()
            raise sorted_out(self._address, error) from error

    def give_up(self) -> None:
        """Let go of the connection at once: it does not answer, or is in no state to be used again."""
        if not self.lost:
            self._connection.terminate()

    async def _answer(self, step: Step) -> list[Any]:
        sql, rows, otherwise = step
        if sql.startswith(_NO_ROWS):
            await self._connection.execute(sql, timeout=self._left())
            return []
        if len(rows) == 1:
            found: list[Any] = await self._connection.fetch(sql, *map(_sendable, rows[0]), timeout=self._left())
            if otherwise and not found:
                raise otherwise
            return found
        await self._connection.executemany(sql, [[*map(_sendable, row)] for row in rows], timeout=self._left())
        return []

    def _left(self) -> float:
        left = min(STATEMENT_SECONDS, self._deadline - monotonic())
        if left <= 0:
            raise TimeoutError
        return left


def database(address: Address, connections: int, statements: int = STATEMENTS) -> Database:
    """Return the pool, which connects when a connection is asked for.

    Each connection keeps so many `statements` prepared; with 0 none, as it has to be where a pooler of transactions may
    send the next one to another session.
    """
    asked: dict[str, Any] = {"host": None, "port": None, "user": None, "password": None, "database": None}
    return Database(
        "postgresql:///",
        **asked,
        dsn=address.dsn,
        min_size=0,
        max_size=connections,
        max_inactive_connection_lifetime=0,
        timeout=CONNECT_SECONDS,
        command_timeout=STATEMENT_SECONDS,
        statement_cache_size=statements,
        max_cached_statement_lifetime=0,
        max_cacheable_statement_size=0,
        server_settings={"application_name": "phaseboard"},
    )


@asynccontextmanager
async def linked(pool: Database, address: Address) -> AsyncIterator[PostgresLink]:
    """Hold a connection of the pool. Raises StoreError when there is none to be had in time."""
    held = pool.connection()
    try:
        async with timeout(CONNECT_SECONDS):
            await held.__aenter__()
    except Exception as error:
        raise sorted_out(address, error) from error
    link = PostgresLink(held.raw_connection, address)
    try:
        yield link
    except CancelledError:
        link.give_up()
        raise
    finally:
        if link.in_transaction:
            link.give_up()
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await held.__aexit__()


def _sendable(value: Any) -> Any:
    """Return a parameter as PostgreSQL takes it; of texts that it cannot hold, different ones stay different."""
    if isinstance(value, str) and ("\x00" in value or not value.isascii()):
        return _UNKEPT.sub(lambda found: f"\U0010ffff{ord(found[0]):x};", value)
    return value


_UNKEPT = re.compile("[\x00\ud800-\udfff\U0010ffff]")
