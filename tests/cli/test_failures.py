import pytest
from gql.transport.exceptions import (
    TransportConnectionFailed,
    TransportError,
    TransportProtocolError,
    TransportQueryError,
    TransportServerError,
)
from websockets.exceptions import ConnectionClosedError
from websockets.frames import Close

from phaseboard.cli.errors import CliError, Denied, Fault, NotFound, NotPhaseboard, NotReachable, Rejected
from phaseboard.cli.failures import failures_told, outage, rejection
from phaseboard.cli.server import Server

SERVER = Server("http://pb.example")
WITH_TOKEN = Server("http://pb.example", "secret")


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind", "exit_code", "words"),
    [
        (TransportConnectionFailed("no"), NotReachable, 3, "start one with `phaseboard serve`, or name another"),
        (OSError("no"), NotReachable, 3, "No Phaseboard server answers at http://pb.example"),
        (TimeoutError(), NotReachable, 3, "did not answer in time"),
        (caused(TransportConnectionFailed(""), TimeoutError()), NotReachable, 3, "did not answer in time"),
        (TransportServerError("", 503), NotReachable, 3, "HTTP status 503"),
        (TransportServerError("", 404), NotPhaseboard, 3, "is no Phaseboard server"),
        (TransportServerError("", 301), NotPhaseboard, 3, "is no Phaseboard server"),
        (TransportProtocolError("<html>"), NotPhaseboard, 3, "is --url right?"),
        (TransportServerError("", 401), Denied, 1, "--token or PHASEBOARD_TOKEN"),
        (TransportServerError("", 403), Denied, 1, "does not allow this"),
        (
            caused(TransportConnectionFailed(""), ConnectionClosedError(Close(4403, ""), None)),
            Denied,
            1,
            "give one with --token or PHASEBOARD_TOKEN",
        ),
        (
            caused(TransportConnectionFailed(""), ConnectionClosedError(Close(1012, ""), None)),
            NotReachable,
            3,
            "No Phaseboard server answers",
        ),
    ],
)
def test_each_failure_of_the_transport_says_what_to_do(
    error: Exception, kind: type[CliError], exit_code: int, words: str
) -> None:
    told = outage(SERVER, error)
    assert type(told) is kind
    assert told.exit_code == exit_code
    assert words in str(told)


def test_a_refused_token_is_told_from_a_missing_one() -> None:
    unauthenticated = TransportServerError("", 401)
    assert "may have expired" in str(outage(WITH_TOKEN, unauthenticated))
    assert "give one with --token" in str(outage(SERVER, unauthenticated))
    assert "secret" not in str(outage(WITH_TOKEN, unauthenticated))


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("UNAUTHENTICATED", Denied, "does not accept requests without a token"),
        ("FORBIDDEN", Denied, "does not allow this"),
        ("NOT_FOUND", NotFound, "gone"),
        ("SERVICE_UNAVAILABLE", NotReachable, "The server cannot answer now: gone"),
        ("INTERNAL_SERVER_ERROR", Fault, "The server answered with an error: gone"),
        ("UNKNOWN_CURSOR", Rejected, "The server answered with an error: gone"),
        (None, Rejected, "The server answered with an error: gone"),
    ],
)
def test_the_code_of_a_graphql_error_decides(code: str | None, kind: type[CliError], words: str) -> None:
    told = rejection(SERVER, [{"message": "gone", "extensions": {"code": code}}])
    assert type(told) is kind
    assert words in str(told)


def test_missing_scopes_are_named() -> None:
    lacking = [{"message": "no", "extensions": {"code": "FORBIDDEN", "scope": scope}} for scope in ("a", "b\x1b[2J")]
    assert "with this token: it needs the scope a and b\ufffd[2J." in str(rejection(WITH_TOKEN, lacking))
    assert str(rejection(WITH_TOKEN, lacking[:1])).endswith("it needs the scope a.")


def test_graphql_errors_are_told_once_each_and_cannot_steer_the_terminal() -> None:
    errors = [{"message": "bad \x1b[2J"}, {"message": "bad \x1b[2J"}, {"message": "worse"}, "what"]
    assert str(rejection(SERVER, errors)).splitlines() == [
        "The server answered with an error: bad \ufffd[2J",
        "The server answered with an error: worse",
    ]
    assert "no reason given" in str(rejection(SERVER, [None]))


@pytest.mark.parametrize("error", [TransportError("x"), OSError(), TransportQueryError("x", errors=[{"message": "x"}])])
def test_nothing_else_leaves_the_client(error: Exception) -> None:
    with pytest.raises(CliError), failures_told(SERVER):
        raise error
