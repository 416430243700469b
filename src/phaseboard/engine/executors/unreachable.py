"""Why a call got no reply, in words for people who read a task's failure."""

import socket
import ssl
from collections.abc import Iterator, Mapping

import httpx

from phaseboard.engine.executors.excerpt import one_line

_DROPPED = "dropped the connection before its reply was complete"
_WORDS: Mapping[type[BaseException], str] = {
    socket.gaierror: "is not a name that resolves",
    ConnectionRefusedError: "refused the connection",
    httpx.ConnectTimeout: "did not accept the connection in time",
    httpx.RemoteProtocolError: _DROPPED,
    httpx.ReadError: _DROPPED,
    httpx.WriteError: _DROPPED,
}


def reason(error: BaseException) -> str:
    """Return the end of a sentence that begins with the name of the host."""
    causes = list(_causes(error))
    for cause in causes:
        if words := _words(cause):
            return words
    deepest = one_line(str(causes[-1]), 200) or type(causes[-1]).__name__
    return f"could not be reached: {deepest}" if isinstance(error, httpx.ConnectError) else f"failed: {deepest}"


def _words(error: BaseException) -> str | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"has a certificate that is not trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"could not agree on TLS: {(getattr(error, 'reason', None) or str(error)).replace('_', ' ').lower()}"
    return _WORDS.get(type(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what led to it; of several attempts to connect, the last."""
    following: BaseException | None = error
    while following is not None:
        yield following
        if isinstance(following, BaseExceptionGroup):
            following = following.exceptions[-1]
        else:
            following = following.__cause__ or following.__context__
