"""What PostgreSQL and the way to it complain of, sorted: to be mended, to be tried again, or a bug."""

from ssl import SSLCertVerificationError

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

_UNKNOWN = "42704"
"""What PostgreSQL says of parameters that are no settings of it."""

_STARTUP = "unsupported startup parameter"
"""What pgbouncer says of parameters that it cannot keep for each client; its state is that of a lost connection."""

_NO_TLS = "rejected SSL upgrade"
"""What the driver says of a server without TLS, as of a lost connection."""

_AWAY = "Start it, or name another one in PHASEBOARD_DATABASE_URL."
_BUSY = "Is another migration under way, or a transaction left open? `phaseboard doctor` tells. Then try again."


def sorted_out(address: Address, error: Exception) -> Exception:
    """Return the store's error for one of the driver; what is neither comes back as it is."""
    if isinstance(error, TimeoutError):
        return Unavailable(f"{address} does not answer in time.")
    if isinstance(error, asyncpg.PostgresError):
        return _by_state(address, error, getattr(error, "sqlstate", None) or "")
    if reason := _misfit(address, error):
        return StoreUnusable(f"{address} cannot be used: {reason}")
    if isinstance(error, ValueError):
        return error
    if isinstance(error, OSError | asyncpg.InterfaceError | asyncpg.InternalClientError):
        return Unavailable(f"{address} does not answer: {error or type(error).__name__}.")
    return error


def unusable(error: Unavailable) -> StoreUnusable:
    """Return what is told to who cannot begin because of an error, with what to do."""
    return StoreUnusable(f"{error} {_BUSY if isinstance(error, Contended) else _AWAY}")


def _misfit(address: Address, error: Exception) -> str:
    """Return why an address does not fit its server, and what to do; nothing when something else is wrong."""
    if isinstance(error, asyncpg.ClientConfigurationError):
        return f"{_first_line(error)}. Look at the parameters of its address."
    if _NO_TLS in str(error):
        return "it does not speak TLS. Switch that on there (ssl = on), or ask for less with sslmode in its address."
    if isinstance(error, SSLCertVerificationError):
        return f"{error.strerror}. Name the certificate of its authority: sslrootcert in its address."
    missing = address.missing_files() if isinstance(error, FileNotFoundError) else ()
    return f"its address names files that are not there: {', '.join(missing)}." if missing else ""


def _by_state(address: Address, error: Exception, state: str) -> Exception:
    for states, kind, told in _KINDS:
        if state in states:
            return kind(told.format(address=address, error=_first_line(error)))
    if state == _UNKNOWN or _STARTUP in str(error):
        return StoreUnusable(
            f"{address} does not take what its address asks for ({error}). "
            "Leave that out there; a setting of the server can be set for the user: ALTER ROLE ... SET ..."
        )
    if state[:2] in _TRANSIENT:
        return Unavailable(f"{address} does not answer: {error}.")
    return error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
