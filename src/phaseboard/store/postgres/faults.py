"""What PostgreSQL and the way to it complain of, sorted: to be mended, to be tried again, or a bug."""

import asyncpg

from phaseboard.store.address import Address
from phaseboard.store.errors import Contended, StoreUnusable, Unavailable

_CONTENDED = frozenset({"40001", "40P01", "55P03"})
"""Serialization failure, deadlock, a lock that was not to be had in time."""

_MISSING = frozenset({"42P01", "42703", "3F000"})
"""A table, column or schema that is not there."""

_REFUSED = frozenset({"28000", "28P01", "3D000", "42501"})
"""Who we say we are, the database, or what we may do there."""

_DAMAGED = frozenset({"XX001", "XX002"})

_TRANSIENT = frozenset({"08", "25", "53", "57", "58"})
"""Classes: connection, transaction (one that ended by itself), resources, intervention, the system."""


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
    if state in _CONTENDED:
        return Contended(f"{address} is busy: others hold what was asked for ({error}).")
    if state in _MISSING:
        return StoreUnusable(f"{address} does not have Phaseboard's tables ({error}). Run `phaseboard migrate`.")
    if state in _REFUSED:
        return StoreUnusable(f"{address} lets nobody in ({error}). Look at its user, password and database.")
    if state in _DAMAGED:
        return StoreUnusable(f"{address} is damaged ({error}). Restore it from a backup.")
    if state[:2] in _TRANSIENT:
        return Unavailable(f"{address} does not answer: {error}.")
    return error
