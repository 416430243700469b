"""Giving out a finished answer: in one piece where our own server takes it, else as ASGI has it, in messages."""

from collections.abc import Callable

from starlette.types import Scope, Send

from phaseboard.api.answers import Answer
from phaseboard.api.request import headers_of
from phaseboard.web.exchanges import REQUEST_ID, given_id

WHOLE_RESPONSE = "phaseboard.whole_response"
"""The ASGI extension under which our own server takes an answer that is whole."""

SendWhole = Callable[[bytes, bytes], bool]
"""Takes the written headers and the body of an answer that is OK; False when it has to come in messages."""

OK, NOT_MODIFIED = 200, 304

_OF_A_BODY = frozenset({b"content-length", b"content-type"})


async def send_cached(answer: Answer, scope: Scope, send: Send) -> None:
    """Answer a request, with the id that it was given; one that has the answer already is told just that."""
    headers = headers_of(scope)
    own = [(REQUEST_ID, request_id)] if (request_id := given_id(scope)) else []
    if reads_only(scope) and _is_known(answer.tag, headers.get(b"if-none-match", b"")):
        left = [header for header in answer.headers if header[0] not in _OF_A_BODY]
        await send({"type": "http.response.start", "status": NOT_MODIFIED, "headers": [*left, *own]})
        await send({"type": "http.response.body", "body": b""})
        return
    # To what pages of other origins get, something is added on the way out: it goes in messages.
    take: SendWhole | None = None if b"origin" in headers else scope.get("extensions", {}).get(WHOLE_RESPONSE)
    written = b"".join([b"%b: %b\r\n" % header for header in own])
    if take is None or not take(written + answer.head, answer.body):
        await send({"type": "http.response.start", "status": OK, "headers": [*answer.headers, *own]})
        await send({"type": "http.response.body", "body": answer.body})


def reads_only(scope: Scope) -> bool:
    """Whether a request only reads, so that its answer has an entity tag."""
    return bool(scope["method"] == "GET")


def _is_known(tag: bytes, given: bytes) -> bool:
    """Whether `If-None-Match` names the tag; weak ones count as well (RFC 9110, section 13.1.2)."""
    known = [one.strip().removeprefix(b"W/") for one in given.split(b",")]
    return tag in known or b"*" in known
