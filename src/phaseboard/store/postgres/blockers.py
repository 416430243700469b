"""Who has held for long what nodes need to commit: the end of the log, or a table of ours, or rows of it.

What a session does is shown to its own user, and to those who may read all statistics. Of others it is seen that they
hold something, and by a second look that they still do in the same transaction.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from phaseboard.store.address import Address
from phaseboard.store.postgres.faults import sorted_out
from phaseboard.store.postgres.link import CONNECT_SECONDS, LOG
from phaseboard.store.tables import metadata

LONG = timedelta(seconds=5)
"""For how long nothing is held while all goes well."""

_HELD = """
SELECT held.pid, held.virtualtransaction, session.usename, session.application_name,
    bool_or(held.locktype = 'advisory') AS log,
    array_agg(DISTINCT named.relname::text) FILTER (WHERE named.relname IS NOT NULL) AS tables,
    clock_timestamp() - session.state_change AS since
FROM pg_locks held
JOIN pg_stat_activity session ON session.pid = held.pid AND session.datname = current_database()
LEFT JOIN pg_class named ON held.locktype = 'relation' AND named.oid = held.relation AND named.relname = ANY ($1)
    AND pg_table_is_visible(named.oid)
WHERE held.granted AND held.database = session.datid AND (
    held.locktype = 'advisory' AND held.objsubid = 1
    AND held.classid::bigint = $2 AND held.objid::bigint = $3
    OR named.oid IS NOT NULL
    AND held.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    OR named.oid IS NOT NULL AND held.mode IN ('RowShareLock', 'RowExclusiveLock')
    AND (session.state IS NULL OR session.state LIKE 'idle in transaction%')
)
GROUP BY held.pid, held.virtualtransaction, session.usename, session.application_name, session.state_change
ORDER BY held.pid
"""


@dataclass(frozen=True, slots=True)
class Blocker:
    """A session that holds the end of the log, or locks on tables."""

    pid: int
    transaction: str
    who: str
    log: bool
    tables: Sequence[str]
    since: timedelta | None
    """For how long it has done nothing, or the same; None where that is not shown."""


async def blockers(address: Address) -> list[Blocker]:
    """Return who has held something for long. Raises StoreError."""
    try:
        connection = await asyncpg.connect(
            address.dsn, timeout=CONNECT_SECONDS, command_timeout=CONNECT_SECONDS, statement_cache_size=0
        )
        try:
            return await _long(connection)
        finally:
            connection.terminate()
    except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise sorted_out(address, error) from error


async def _long(connection: asyncpg.Connection) -> list[Blocker]:
    found = await _look(connection)
    hidden = {(one.pid, one.transaction) for one in found if one.since is None}
    if hidden:
        await asyncio.sleep(LONG.total_seconds())
        found = await _look(connection)
    return [one for one in found if ((one.pid, one.transaction) in hidden if one.since is None else one.since >= LONG)]


async def _look(connection: asyncpg.Connection) -> list[Blocker]:
    rows = await connection.fetch(_HELD, list(metadata.tables), LOG >> 32, LOG & 0xFFFFFFFF)
    return [
        Blocker(
            pid=row["pid"],
            transaction=row["virtualtransaction"],
            who=" of ".join(filter(None, (row["application_name"], row["usename"]))),
            log=row["log"],
            tables=row["tables"] or (),
            since=row["since"],
        )
        for row in rows
    ]
