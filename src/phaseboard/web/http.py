"""The HTTP protocol of our server: uvicorn's, with two ways of its own.

It can cut off a reader that reads no more: otherwise closing waits until everything is sent. And it answers a request
that is known byte for byte (see `repeats`) at once, with neither parsing nor a task of its own.
"""

from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from phaseboard.api.answers import Answer, Key
from phaseboard.api.streams.sse import ABORT
from phaseboard.web.repeats import REPEATED, Repeats

_OK = b"HTTP/1.1 200 OK\r\n"


class HttpProtocol(HttpToolsProtocol):
    """Offers the application to abort the connection of a request, and to say that it may be answered at once."""

    repeats: ClassVar[Repeats | None] = None

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self._begun = 0
        """Requests that began in the bytes received last."""
        self._within = False
        """Whether a request began and is not yet whole."""
        self._whole: bytes | None = None
        """The bytes received last, if they are one request and nothing else."""
        self._answered_at = 0.0

    def data_received(self, data: bytes) -> None:
        """Answer at once what is known; parse all else."""
        idle = not self._within and (self.cycle is None or self.cycle.response_complete)
        if idle and not self.flow.write_paused and (answer := self._known(data)):
            self._answer(answer)
            return
        self._whole = None
        self._begun = 0
        super().data_received(data)
        if idle and self._begun == 1 and not self._within:
            self._whole = data

    def on_message_begin(self) -> None:
        """Begin the scope of the next request."""
        super().on_message_begin()
        self._begun += 1
        self._within = True
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope["extensions"] = {ABORT: self.transport.abort, REPEATED: self._remember}

    def on_message_complete(self) -> None:
        """End a request."""
        self._within = False
        super().on_message_complete()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that was idle for long; answering at once does not set the timer anew."""
        left = self._answered_at + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._wait(left)
        else:
            super().timeout_keep_alive_handler()

    def _known(self, data: bytes) -> Answer | None:
        return None if self.repeats is None else self.repeats.answer(data)

    def _answer(self, answer: Answer) -> None:
        self._answered_at = self.loop.time()
        self.server_state.total_requests += 1
        date = b"".join(b"%b: %b\r\n" % header for header in self.server_state.default_headers)
        self.transport.write(b"".join((_OK, date, answer.head, answer.body)))
        if self.timeout_keep_alive_task is None:
            self._wait(self.timeout_keep_alive)

    def _wait(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _remember(self, key: Key) -> None:
        cycle = self.cycle
        if self.repeats is not None and self._whole and cycle.keep_alive and not cycle.waiting_for_100_continue:
            self.repeats.remember(self._whole, key)


def http_protocol(repeats: Repeats) -> type[HttpProtocol]:
    """Return the protocol of a server that answers these requests at once."""
    return type("HttpProtocol", (HttpProtocol,), {"repeats": repeats})
