import socket
import ssl

import httpx

from phaseboard.engine.executors.unreachable import reason


def after(error: Exception, *causes: BaseException) -> Exception:
    current: BaseException = error
    for cause in causes:
        current.__cause__ = cause
        current = cause
    return error


def test_the_deepest_cause_that_is_known_is_told() -> None:
    refused = ExceptionGroup("attempts", [OSError("v6"), ConnectionRefusedError()])
    assert reason(after(httpx.ConnectError(""), OSError("all failed"), refused)) == "refused the connection"
    assert reason(after(httpx.ConnectError(""), socket.gaierror(-2, "?"))) == "is not a name that resolves"


def test_a_certificate_is_told_from_other_tls_problems() -> None:
    certificate = ssl.SSLCertVerificationError()
    certificate.verify_message = "self-signed certificate"
    assert reason(after(httpx.ConnectError(""), certificate)).endswith("not trusted: self-signed certificate")
    assert reason(after(httpx.ConnectError(""), ssl.SSLError(1, "no cipher"))) == "could not agree on TLS: no cipher"


def test_anything_else_is_told_in_its_own_words() -> None:
    unreachable = OSError(113, "No route to host")
    assert reason(after(httpx.ConnectError(""), unreachable)) == "could not be reached: [Errno 113] No route to host"
    assert reason(httpx.UnsupportedProtocol("odd")) == "failed: odd"
    assert reason(httpx.ConnectError("")) == "could not be reached: ConnectError"
