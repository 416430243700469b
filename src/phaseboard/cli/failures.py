"""Failures of the transport and of GraphQL, turned into what to tell a person."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from ssl import SSLError
from typing import Any

from gql.transport.exceptions import (
    TransportError,
    TransportProtocolError,
    TransportQueryError,
    TransportServerError,
)
from websockets.exceptions import ConnectionClosed, InvalidStatus

from phaseboard.cli.errors import CliError, Denied, Fault, NotFound, NotPhaseboard, NotReachable, Rejected
from phaseboard.cli.server import Server
from phaseboard.cli.words import clean

_DENIED = {401: "UNAUTHENTICATED", 403: "FORBIDDEN", 4401: "UNAUTHENTICATED", 4403: "UNAUTHENTICATED"}
"""HTTP statuses and close codes of a socket: one that is not let in, or not any more, is closed with 4403."""

_INTERNAL = 500

_REJECTED = "The server answered with an error: "

_KINDS: Mapping[str, tuple[type[CliError], str]] = {
    "NOT_FOUND": (NotFound, ""),
    "SERVICE_UNAVAILABLE": (NotReachable, "The server cannot answer now: "),
    "INTERNAL_SERVER_ERROR": (Fault, _REJECTED),
}
"""What the codes of GraphQL errors mean."""


@contextmanager
def failures_told(server: Server) -> Iterator[None]:
    """Raise a CliError for what a request to the server may fail with."""
    try:
        yield
    except TransportQueryError as error:
        raise rejection(server, error.errors or [{"message": str(error)}]) from error
    except (TransportError, TimeoutError, OSError) as error:
        raise outage(server, error) from error


def rejection(server: Server, errors: Sequence[Any]) -> CliError:
    """Return what GraphQL errors mean; a code of access among them decides."""
    told = [error for error in errors if isinstance(error, Mapping)] or [{}]
    codes = {str((error.get("extensions") or {}).get("code")) for error in told}
    for code in ("UNAUTHENTICATED", "FORBIDDEN"):
        if code in codes:
            lacking = (error.get("extensions") or {} for error in told)
            return denial(server, code, [str(found["scope"]) for found in lacking if "scope" in found])
    lines = dict.fromkeys(clean(str(error.get("message") or "no reason given")) for error in told)
    kind, prefix = next((_KINDS[code] for code in codes if code in _KINDS), (Rejected, _REJECTED))
    return kind("\n".join(prefix + line for line in lines))


def denial(server: Server, code: str, lacking: Sequence[str] = ()) -> Denied:
    """Return what to do about a missing token or right; `lacking` are the scopes that the server misses."""
    if code == "FORBIDDEN":
        needed = f": it needs the scope {clean(' and '.join(lacking), 200)}" if lacking else ""
        return Denied(f"{server.shown} does not allow this with {_token(server)}{needed}.")
    hint = "it may have expired or been revoked" if server.token else "give one with --token or PHASEBOARD_TOKEN"
    return Denied(f"{server.shown} does not accept {_token(server)}: {hint}.")


def outage(server: Server, error: Exception) -> CliError:
    """Return what a failure of the transport means."""
    status = _status(error)
    if code := _DENIED.get(status or 0):
        return denial(server, code)
    if status is not None and status >= _INTERNAL:
        return NotReachable(f"{server.shown} cannot answer now (HTTP status {status}). Try again later.")
    if status is not None or isinstance(error, TransportProtocolError):
        return NotPhaseboard(
            f"What answers at {server.shown} is no Phaseboard server, or one of another version: is --url right?"
        )
    behind = list(_causes(error))
    if any("Timeout" in type(cause).__name__ for cause in behind):
        return NotReachable(f"{server.shown} did not answer in time; what it was asked to do may still happen.")
    if tls := next((cause for cause in behind if isinstance(cause, SSLError)), None):
        return NotReachable(f"{server.shown} cannot be reached over TLS: {clean(tls.reason or str(tls))}.")
    return NotReachable(
        f"No Phaseboard server answers at {server.shown}: "
        "start one with `phaseboard serve`, or name another with --url."
    )


def _token(server: Server) -> str:
    return "this token" if server.token else "requests without a token"


def _status(error: BaseException) -> int | None:
    """Return the HTTP status or the socket's close code behind a failure, if the server sent one."""
    for cause in _causes(error):
        if isinstance(cause, TransportServerError) and cause.code is not None:
            return cause.code
        if isinstance(cause, InvalidStatus):
            return cause.response.status_code
        if isinstance(cause, ConnectionClosed) and cause.rcvd and cause.rcvd.code in _DENIED:
            return cause.rcvd.code
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield a failure and what it was raised for, one after the other."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
