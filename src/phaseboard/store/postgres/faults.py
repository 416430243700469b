"""What PostgreSQL and the way to it complain of, sorted: to be mended, to be tried again, or a bug."""

import asyncpg

from phaseboard.store.address import Address
from phaseboard.store.errors import Contended, StoreError, StoreUnusable, Unavailable

POOLER = "Behind a pooler of transactions set PHASEBOARD_DATABASE_LISTEN=off, or let it pool sessions."

_KINDS: tuple[tuple[frozenset[str], type[StoreError], str], ...] = (
    # serialization failure, deadlock, a lock that was not to be had in time
    (
        frozenset({"40001", "40P01", "55P03"}),
        Contended,
        "{address} is busy: others hold what was asked for ({error}).",
    ),
    # a table, column or schema that is not there
    (
        frozenset({"42P01", "42703", "3F000"}),
        StoreUnusable,
        "{address} does not have Phaseboard's tables ({error}). Run `phaseboard migrate`.",
    ),
    # who we say we are, the database, or what we may do there
    (
        frozenset({"28000", "28P01", "3D000", "42501"}),
        StoreUnusable,
        "{address} lets nobody in ({error}). Look at its user, password and database.",
    ),
    (frozenset({"XX001", "XX002"}), StoreUnusable, "{address} is damaged ({error}). Restore it from a backup."),
    # a change where there is none to be made: on a standby, as after a failover
    (frozenset({"0A000", "25006"}), Unavailable, "{address} takes no changes now ({error})."),
    # a prepared statement that is not there, or somebody else's
    (frozenset({"26000", "42P05"}), Unavailable, "{address} mixes up prepared statements ({error}). " + POOLER),
)

_TRANSIENT = frozenset({"08", "25", "53", "57", "58"})
"""Classes: connection, transaction (one that ended by itself), resources, intervention, the system."""

_STARTUP = "unsupported startup parameter"
"""What pgbouncer says of parameters that it cannot keep for each client; its state is that of a lost connection."""


def sorted_out(address: Address, error: Exception) -> Exception:
    """Return the store's error for one of the driver; what is neither comes back as it is."""
    if isinstance(error, TimeoutError):
        return Unavailable(f"{address} does not answer in time.")
    if isinstance(error, asyncpg.PostgresError):
        return _by_state(address, error, getattr(error, "sqlstate", None) or "")
    if isinstance(error, asyncpg.ClientConfigurationError):
        return StoreUnusable(f"{address} cannot be used ({error}). Write postgresql://user@host/database.")
    if isinstance(error, ValueError):
        return error
    if isinstance(error, OSError | asyncpg.InterfaceError | asyncpg.InternalClientError):
        return Unavailable(f"{address} does not answer: {error or type(error).__name__}.")
    return error


def _by_state(address: Address, error: Exception, state: str) -> Exception:
    for states, kind, told in _KINDS:
        if state in states:
            return kind(told.format(address=address, error=str(error).partition("\n")[0]))
    if _STARTUP in str(error):
        return StoreUnusable(
            f"{address} does not take what its address asks for ({error}). "
            "Leave that out there, and set it for the user: ALTER ROLE ... SET ..."
        )
    if state[:2] in _TRANSIENT:
        return Unavailable(f"{address} does not answer: {error}.")
    return error
