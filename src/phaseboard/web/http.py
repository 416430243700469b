"""The HTTP protocol of our server: uvicorn's, with five ways of its own.

It can cut off a reader that reads no more: otherwise closing waits until everything is sent. It gives up a request that
does not become whole. It lets a client that still sends read why it is refused (see `linger`). It takes no more from a
client than what is answered next (see `pipeline`). And it answers a request that is known byte for byte (see `repeats`)
at once, with neither parsing nor a task of its own.
"""

import asyncio
from collections.abc import Callable
from typing import Any, ClassVar

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from phaseboard.api.answers import Answer, Key
from phaseboard.api.streams.sse import ABORT
from phaseboard.web.cached_response import WHOLE_RESPONSE
from phaseboard.web.head_limits import Head, HeadLimits, HeadTooLarge
from phaseboard.web.linger import Linger
from phaseboard.web.pipeline import PipelineProtocol
from phaseboard.web.raw_refusal import MALFORMED, TOO_LARGE, TOO_LATE, raw_refusal
from phaseboard.web.repeats import REPEATED, Repeats

REQUEST_TIMEOUT = 10.0
"""Seconds that a request may take to become whole, and a new connection to begin one."""

_OK, _LAST = b"HTTP/1.1 200 OK\r\n", b"connection: close\r\n"


class HttpProtocol(PipelineProtocol):
    """Offers the application to abort the connection of a request, and to say that it may be answered at once."""

    repeats: ClassVar[Repeats | None] = None
    request_timeout: ClassVar[float] = REQUEST_TIMEOUT
    head_bounds: ClassVar[HeadLimits] = HeadLimits()

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self._head = Head(self.head_bounds)
        self._begun = 0
        """Requests that began in the bytes received last."""
        self._within = False
        """Whether a request began and is not yet whole."""
        self._whole: bytes | None = None
        """The bytes received last, if they are one request and nothing else."""
        self._answering: RequestResponseCycle | None = None
        """What is being answered; `cycle` is the request that came last, which may wait behind it."""
        self._answered_at = 0.0
        self._coming: RequestResponseCycle | None = None
        """The request that is not yet whole, once its head is."""
        self._deadline: asyncio.TimerHandle | None = None
        self._linger: Linger | None = None

    @property
    def has_ended(self) -> bool:
        """Whether nothing more that comes is a request."""
        return self._linger is not None or super().has_ended

    @staticmethod
    def malformed() -> None:
        """Learn of a request that cannot be read."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait_for_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more, and tell what is being answered that its reader is gone."""
        self._stop_waiting()
        if self._linger is not None:
            self._linger.end()
        self._forsake()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over."""
        self._within = False
        self._stop_waiting()
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        """Take what the client sends; what comes after the last answer is forgotten."""
        if self._linger is not None:
            self._linger.heard()
        else:
            super().data_received(data)

    def take(self, data: bytes) -> None:
        """Answer at once what is known; parse all else."""
        if self.has_ended:
            self.slices.clear()
            return
        idle = not self._within and (self.cycle is None or self.cycle.response_complete)
        if idle and not self.flow.write_paused and (answer := self._known(data)):
            self._answer(answer)
            return
        self._whole = None
        self._begun = 0
        size = self.parse(data)
        if self.has_ended:
            return
        if not self._begun:
            self._look_at_the_rest(size)
        elif self._within:
            self._wait_for_request()
        elif idle and self._begun == 1:
            self._whole = data

    def on_message_begin(self) -> None:
        """Begin the scope of the next request."""
        super().on_message_begin()
        self._begun += 1
        self._within = True
        self._coming = None
        self._head.begin()
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope["extensions"] = {ABORT: self.transport.abort, REPEATED: self._remember, WHOLE_RESPONSE: self._send_whole}

    def on_url(self, url: bytes) -> None:
        """Take a part of the address."""
        self._head.address(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field."""
        self._head.field(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin to answer, or to wait for it."""
        super().on_headers_complete()
        self._coming = self.cycle

    def on_message_complete(self) -> None:
        """End a request."""
        self._within = False
        self._stop_waiting()
        super().on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Begin to answer a request."""
        self._answering = cycle
        cycle.transport = _Way(self)  # type: ignore[assignment]
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        """Begin the next answer; what came in part behind those that waited has its time from now on."""
        super().on_response_complete()
        if self._within and not (self.pipeline or self.has_ended):
            self._wait_for_request()

    def shutdown(self) -> None:
        """Begin to close: what is being answered is finished, what is not whole yet is given up."""
        if self._linger is not None or (self._within and self._is_next):
            self.transport.close()
        else:
            super().shutdown()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that was idle for long; answering at once does not set the timer anew."""
        if self._linger is not None:
            return
        left = self._answered_at + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._wait(left)
        else:
            super().timeout_keep_alive_handler()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words
        """Refuse what cannot be read, or is not read to its end, and all that comes after it."""
        self.malformed()
        self._within = True
        excess = self._head.excess
        self.transport.write(raw_refusal(TOO_LARGE, excess) if excess else MALFORMED)
        self.part()

    def part(self) -> None:
        """Close the connection, once its client had time to read what it was told while it was sending."""
        self._stop_waiting()
        if not self._within:
            self.transport.close()
        elif self._linger is None and not self.transport.is_closing():
            self._forsake()
            self.pipeline.clear()
            self.slices.clear()
            self.flow.resume_reading()
            self._linger = Linger(self.transport, self.loop)

    def _forsake(self) -> None:
        """Tell what is being answered that nobody reads it any more."""
        if self._answering is not None and not self._answering.response_complete:
            self._answering.disconnected = True
            self._answering.message_event.set()

    @property
    def _is_next(self) -> bool:
        """Whether a request that is not whole is the next to be answered, and nothing is being answered."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            return True
        return cycle.more_body and not cycle.response_started and not self.pipeline

    def _wait_for_request(self) -> None:
        self._stop_waiting()
        self._deadline = self.loop.call_later(self.request_timeout, self._give_up)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        if self.pipeline:
            return
        answered = self._coming is not None and self._coming.response_complete
        if self._within and self._is_next and not answered:
            self.transport.write(TOO_LATE)
        self.part()

    def _look_at_the_rest(self, size: int) -> None:
        """Refuse a head of which more and more comes; whole fields are counted one by one."""
        if self._within and self._coming is None:
            try:
                self._head.unfinished(size)
            except HeadTooLarge:
                self.send_400_response("")

    def _known(self, data: bytes) -> Answer | None:
        return None if self.repeats is None else self.repeats.answer(data)

    def _answer(self, answer: Answer) -> None:
        self._answered_at = self.loop.time()
        self._stop_waiting()
        self.server_state.total_requests += 1
        self._write(answer.head, answer.body)
        if self.timeout_keep_alive_task is None:
            self._wait(self.timeout_keep_alive)

    def _send_whole(self, head: bytes, body: bytes) -> bool:
        """Take the whole answer to what is being answered, unless its reader is slow, or gone."""
        cycle = self._answering
        if cycle is None or cycle.disconnected or self.flow.write_paused:
            return False
        cycle.response_started = cycle.response_complete = True
        self._write(head if cycle.keep_alive else _LAST + head, body)
        cycle.message_event.set()
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()
        return True

    def _write(self, head: bytes, body: bytes) -> None:
        date = b"".join([b"%b: %b\r\n" % header for header in self.server_state.default_headers])
        self.transport.write(b"".join((_OK, date, head, body)))

    def _wait(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _remember(self, key: Key) -> None:
        cycle = self.cycle
        if self.repeats is not None and self._whole and cycle.keep_alive and not cycle.waiting_for_100_continue:
            self.repeats.remember(self._whole, key)


class _Way:
    """The connection as an answer sees it: to close it is to part from its client."""

    def __init__(self, protocol: HttpProtocol) -> None:
        self.write = protocol.transport.write
        self.is_closing = protocol.transport.is_closing
        self.close = protocol.part


def http_protocol(
    repeats: Repeats,
    request_timeout: float = REQUEST_TIMEOUT,
    malformed: Callable[[], None] = lambda: None,
    head_bounds: HeadLimits = HeadLimits(),  # noqa: B008 - immutable
) -> type[HttpProtocol]:
    """Return the protocol of a server that answers these requests at once, and waits so many seconds for others.

    `malformed` is called for each that cannot be read, or whose head exceeds its bounds.
    """
    own = {
        "repeats": repeats,
        "request_timeout": request_timeout,
        "malformed": staticmethod(malformed),
        "head_bounds": head_bounds,
    }
    return type("HttpProtocol", (HttpProtocol,), own)
