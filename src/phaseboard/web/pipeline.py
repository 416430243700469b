"""Requests that came before the one ahead of them was answered (RFC 9112, section 9.3.2): they wait their turn.

Each that waits takes kilobytes of memory for the few bytes that its client sent, who may be anybody. So what comes is
parsed a piece at a time; once requests wait, the rest is kept as it came until these are answered, and once there is
such a rest, nothing more is read. Without one it is: that the client is gone is only ever found by reading.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from phaseboard.web.slices import Slices

PIECE = 1_024
"""Bytes that are parsed at once: no more requests wait on a connection than begin in there, some fifty."""


class PipelineProtocol(HttpToolsProtocol):
    """uvicorn's protocol, except that it takes no more from a client than what is answered next."""

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.slices = Slices(self.take, self._all_taken, self.loop, lambda: bool(self.pipeline))
        self._upgraded = False

    @property
    def has_ended(self) -> bool:
        """Whether nothing more that comes is a request."""
        return self._upgraded or self.transport.is_closing()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Read no more while something is left that was read before."""
        super().connection_made(transport)
        self.flow = _Flow(transport, self.slices)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget what was not parsed."""
        self.slices.clear()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over."""
        self._upgraded = True
        self.slices.clear()
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        """Take what the client sends."""
        if self.slices.add(data):
            self.flow.pause_reading()

    def take(self, data: bytes) -> None:
        """Take a slice of what came."""
        self.parse(data)

    def parse(self, data: bytes) -> int:
        """Parse what came, and give back what is behind requests that wait; returns how many bytes were parsed."""
        end = 0
        while end < len(data):
            begin, end = end, min(end + PIECE, len(data))
            super().data_received(data[begin:end])
            if self.has_ended:
                break
            if self.pipeline:
                self.slices.give_back(data[end:])
                break
        return end

    def on_response_complete(self) -> None:
        """Begin the next answer; once no request waits any more, take what comes behind."""
        super().on_response_complete()
        if not self.pipeline and not self.transport.is_closing():
            self.slices.go_on()
            self.flow.resume_reading()

    def _all_taken(self) -> None:
        """Read on, unless much of a body waits to be received; that is read on when it was."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete or len(cycle.body) <= HIGH_WATER_LIMIT:
            self.flow.resume_reading()


class _Flow(FlowControl):
    """Does not let a connection be read on, whoever asks for it, while something is left of what was read before."""

    def __init__(self, transport: asyncio.Transport, left: Slices) -> None:
        super().__init__(transport)
        self._left = left

    def resume_reading(self) -> None:
        """Read on, unless something is left."""
        if not self._left:
            super().resume_reading()
