"""Server-Sent Events: an operation as a stream of `next` events and one `complete`, which `curl -N` reads.

Events of the log carry their cursor as `id:`, which clients send back as `Last-Event-ID` when they reconnect.
"""

import asyncio
import json
from collections.abc import Callable, Sequence

from graphql import GraphQLError
from starlette.types import Receive, Scope, Send

from phaseboard.api.scalars import format_cursor
from phaseboard.api.streams.group import Operation
from phaseboard.api.streams.hub import Caller, Hub
from phaseboard.api.streams.pending import Pending, TooSlow

HEARTBEAT = 15.0
SEND_TIMEOUT = 5.0
ABORT = "phaseboard.abort"
"""The ASGI extension under which our own server offers to cut a connection off (see `web.frames`)."""

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
]


class EventStream:
    """A response: one operation, until it is complete or the reader is gone."""

    def __init__(self, hub: Hub, operation: Operation, caller: Caller, last_event_id: int | None) -> None:
        self._hub = hub
        self._operation = operation
        self._caller = caller
        self._wake = asyncio.Event()
        self._pending = Pending()
        self._over = False
        self._gone = False
        field = hub.field_of(operation)
        self.conflates = field is not None and field.conflates
        self._numbered = field is not None and not field.conflates
        self.begins = last_event_id if self._numbered else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream."""
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        leaving = asyncio.create_task(self._until_gone(receive), name="SSE reader leaves")
        group = self._hub.join(self._operation, self._caller, self)
        try:
            await self._send_all(send)
        except TimeoutError:
            _aborter(scope)()
        finally:
            group.leave(self)
            leaving.cancel()

    def answer(self, number: int | None, payload: bytes) -> None:
        """Take an answer."""
        numbered = self._numbered and number is not None
        name = b"id: %b\n" % format_cursor(number).encode() if numbered and number is not None else b""
        self._put(b"event: next\n%bdata: %b\n\n" % (name, payload))

    def refused(self, errors: Sequence[GraphQLError]) -> None:
        """Take what was wrong with the operation."""
        body = json.dumps({"data": None, "errors": [error.formatted for error in errors]}, separators=(",", ":"))
        self._put(b"event: next\ndata: %b\n\n" % body.encode())
        self.complete()

    def complete(self) -> None:
        """Learn that nothing follows."""
        self._over = True
        self._wake.set()

    def hang_up(self) -> None:
        """End the stream properly: the server stops."""
        self.complete()

    def _put(self, event: bytes) -> None:
        try:
            self._pending.put(self, event)
        except TooSlow:
            self._pending.clear()
            self._over = True
        self._wake.set()

    async def _send_all(self, send: Send) -> None:
        while not self._gone:
            over = self._over
            chunk = b"".join(self._pending.take()[1] for _ in range(len(self._pending)))
            if over:
                chunk += b"event: complete\ndata:\n\n"
            if chunk:
                async with asyncio.timeout(SEND_TIMEOUT):
                    await send({"type": "http.response.body", "body": chunk, "more_body": not over})
            if over:
                return
            await self._woken(send)

    async def _woken(self, send: Send) -> None:
        try:
            async with asyncio.timeout(HEARTBEAT):
                await self._wake.wait()
            self._wake.clear()
        except TimeoutError:
            async with asyncio.timeout(SEND_TIMEOUT):
                await send({"type": "http.response.body", "body": b":\n\n", "more_body": True})

    async def _until_gone(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            continue
        self._gone = True
        self._wake.set()


def _aborter(scope: Scope) -> Callable[[], None]:
    abort: Callable[[], None] = scope.get("extensions", {}).get(ABORT, lambda: None)
    return abort
