"""What goes around each request that is executed: its id, there and back, and who is told how it went."""

import re
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from phaseboard.activity import Watch
from phaseboard.api.exchange import Exchange, begin, new_id
from phaseboard.api.request import headers_of

REQUEST_ID = b"x-request-id"
_SANE = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")
_TRACE = (b"traceparent", b"tracestate")
_FIRST = ("http.response.start", "websocket.accept")


def given_id(scope: Scope) -> bytes | None:
    """Return the id that a client gave its request, if it is short and plain."""
    given = headers_of(scope).get(REQUEST_ID)
    return given if given is not None and _SANE.fullmatch(given) else None


class Exchanges:
    """Runs applications on behalf of requests. Each has the id that its client gave, or a new one."""

    def __init__(self, watch: Watch = lambda _: None, mutated: Callable[[str], None] = lambda _: None) -> None:
        self._watch = watch
        self._mutated = mutated

    async def run(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Run an application for one request; the id stays in its task, so that the server's own log has it too."""
        if scope["type"] not in ("http", "websocket"):
            await app(scope, receive, send)
            return
        request_id = given_id(scope) or new_id().encode()
        headers = headers_of(scope)
        trace = {name.decode(): headers[name].decode("latin-1") for name in _TRACE if name in headers}
        begin(Exchange(request_id.decode(), self._watch, self._mutated, trace))

        async def answer(message: Message) -> None:
            if message["type"] in _FIRST:
                message = {**message, "headers": [*message.get("headers", ()), (REQUEST_ID, request_id)]}
            await send(message)

        await app(scope, receive, answer)
