"""Server-Sent Events: an operation as a stream of `next` events and one `complete`, which `curl -N` reads.

Events of the log carry their cursor as `id:`, which clients send back as `Last-Event-ID` when they reconnect. A stream
that ends without `complete` is not over: its reader was too slow, or the connection broke. A caller who has too many
streams open already is refused with 429.
"""

import asyncio
from collections.abc import Callable, Sequence

from graphql import GraphQLError
from starlette.types import Receive, Scope, Send

from phaseboard.api.exchange import request_told
from phaseboard.api.scalars import format_cursor
from phaseboard.api.streams.execution import Operation, to_json
from phaseboard.api.streams.group import Group
from phaseboard.api.streams.hub import Caller, Hub
from phaseboard.api.streams.pending import Pending, TooSlow
from phaseboard.api.streams.quota import TooMany

HEARTBEAT = 15.0
ABORT = "phaseboard.abort"
"""The ASGI extension under which our own server offers to cut a connection off (see `web.http`)."""

TOO_MANY = 429
"""The HTTP status of a stream that is one too many (RFC 6585)."""

CUT_OFF = 1.0
"""Seconds that cutting a connection off may take to be noticed."""

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
]
COMPLETE, CUT = b"event: complete\ndata:\n\n", b""
BEAT = b":\n\n"

ENDED = GraphQLError("The access token has ended.", extensions={"code": "UNAUTHENTICATED"})


class EventStream:
    """A response: one operation, until it is complete or the reader is gone."""

    transport = "sse"

    def __init__(self, hub: Hub, operation: Operation, caller: Caller, last_event_id: int | None) -> None:
        self._hub = hub
        self._readers = hub.readers
        self._operation = operation
        self._caller = caller
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._pending = Pending(hub.readers)
        self._end: bytes | None = None
        self._gone = False
        followed = hub.followed(operation)
        self.conflates = followed is not None and followed.conflates
        self._numbered = followed is not None and not followed.conflates
        self.begins = last_event_id if self._numbered else None

    @property
    def depth(self) -> int:
        """How many events wait to be sent."""
        return len(self._pending)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream, or why there is none."""
        principal = self._caller.principal
        try:
            self._hub.quota.take(principal)
        except TooMany as refusal:
            await _refuse(refusal, send)
            return
        try:
            await self._stream(scope, receive, send)
        finally:
            self._hub.quota.give_back(principal)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        leaving = asyncio.create_task(self._until_gone(receive), name="SSE reader leaves")
        group: Group | None = None
        self._readers.add(self)
        try:
            self._caller.principal.on_end(self._forbidden)
            if self._stands():
                group = self._hub.join(self._operation, self._caller, self)
            await self._send_all(send)
        except TimeoutError:
            self._hub.counts.evicted += self._end != CUT  # else it was counted when too much was unread
            _aborter(scope)()
            await asyncio.wait([leaving], timeout=CUT_OFF)
        finally:
            self._finish(CUT)
            self._caller.principal.forget(self._forbidden)
            self._readers.remove(self)
            if group:
                group.leave(self)
            leaving.cancel()

    def answer(self, number: int | None, payload: bytes) -> None:
        """Take an answer, unless the caller has no right to it any more."""
        if not self._stands():
            return
        name = b"" if number is None or not self._numbered else b"id: %b\n" % format_cursor(number).encode()
        self._put(b"event: next\n%bdata: %b\n\n" % (name, payload))

    async def room(self) -> None:
        """Wait until everything is sent."""
        await self._idle.wait()

    def refused(self, errors: Sequence[GraphQLError]) -> None:
        """Take what was wrong with the operation."""
        result = {"data": None, "errors": [error.formatted for error in errors]}
        self._put(b"event: next\ndata: %b\n\n" % to_json(result))
        self.complete()

    def complete(self) -> None:
        """Learn that nothing follows."""
        self._finish(COMPLETE)

    def hang_up(self) -> None:
        """End the stream properly: the server stops. Streams are promised to end with `complete` then, not cut."""
        self._finish(COMPLETE)

    def _stands(self) -> bool:
        """Whether the caller still has its rights; the stream ends if not."""
        stands = self._caller.principal.is_valid
        if not stands:
            self._forbidden()
        return stands

    def _forbidden(self) -> None:
        """Send nothing more than that the caller has lost all rights."""
        if self._end is None:
            self._pending.clear()
            self.refused([ENDED])

    def _put(self, event: bytes) -> None:
        if self._end is not None:
            return
        self._idle.clear()
        self._wake.set()
        try:
            self._pending.put(self, event)
        except TooSlow:
            self._hub.counts.evicted += 1
            self._pending.clear()
            self._finish(CUT)

    def _finish(self, end: bytes) -> None:
        if self._end is None:
            self._end = end
        self._idle.set()
        self._wake.set()

    async def _send_all(self, send: Send) -> None:
        while not self._gone:
            end = self._end
            chunk = b"".join(self._pending.take()[1] for _ in range(len(self._pending)))
            if chunk or end is not None:
                await self._send(send, chunk + (end or b""), more=end is None)
            if end is not None:
                return
            if not self._pending:
                self._idle.set()
            await self._woken(send)

    async def _woken(self, send: Send) -> None:
        try:
            async with asyncio.timeout(HEARTBEAT):
                await self._wake.wait()
            self._wake.clear()
        except TimeoutError:
            await self._send(send, BEAT, more=True)

    async def _send(self, send: Send, chunk: bytes, *, more: bool) -> None:
        """Send a chunk and wait until it is on its way. Raises TimeoutError when the reader takes nothing."""
        async with asyncio.timeout(self._readers.stalled):
            await send({"type": "http.response.body", "body": chunk, "more_body": more})
            if more:
                await send({"type": "http.response.body", "body": b"", "more_body": True})

    async def _until_gone(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            continue
        self._gone = True
        self._wake.set()


async def _refuse(refusal: TooMany, send: Send) -> None:
    """Answer as other requests are refused: with errors as JSON."""
    error = refusal.error
    body = to_json({"errors": [{**error.formatted, "extensions": {**(error.extensions or {}), **request_told()}}]})
    headers = [(b"content-type", b"application/json; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": TOO_MANY, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _aborter(scope: Scope) -> Callable[[], None]:
    abort: Callable[[], None] = scope.get("extensions", {}).get(ABORT, lambda: None)
    return abort
