"""The WebSocket protocol of our server: uvicorn's, with a straight way to the connection for finished text messages.

Building a frame through the general machinery costs more than all else that a delivery does. A server's text frame is
a header of two to ten bytes and the payload as it is (RFC 6455, section 5.2), so it is written here.

Frames of a client may be as short as six bytes, and tens of thousands of them may come at once: what came is looked at
slice by slice, with turns for everybody else in between.
"""

from collections.abc import Iterable
from functools import lru_cache
from struct import pack
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from phaseboard.api.streams.connection import FRAMES
from phaseboard.web.slices import Slices
from phaseboard.web.socket_close import LOOK, PATIENCE, SocketClose, left, taken

TEXT = 0x81
"""A final frame that holds text."""

NO_TEXT = 1007
"""The code that closes a socket on which a text is not UTF-8."""

RESTARTS, TRY_AGAIN = 1012, 1013
STOPS = "The server stops: reconnect, and resume by cursor."
UNANSWERED = "A ping was not answered: reconnect, and resume by cursor."

PARTING = 2.0
"""Seconds in which a client has to take something, or to close, that did not answer a ping."""

_SHORT, _MIDDLE = 126, 65_536


class FrameProtocol(WebSocketsSansIOProtocol):
    """Offers itself to the application as the connection of its socket, and stays until its close frame was read."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.patience = PATIENCE
        self._socket_close: SocketClose | None = None
        self._pinged = 0
        self._slices = Slices(self._take, self._all_taken, self.loop)
        self._frames = _Frames(self)

    async def run_asgi(self) -> None:
        """Run the application for this socket."""
        extensions: dict[str, Any] = self.scope["extensions"]
        extensions[FRAMES] = self._frames
        await super().run_asgi()

    async def send(self, message: Any) -> None:
        """Send what the application says. A close waits for nothing: its frame goes behind what is not read yet."""
        if message["type"] == "websocket.close" and self.handshake_complete and self._open:
            self.part(message.get("code", 1000), message.get("reason") or "")
            return
        await super().send(message)
        if self.initial_response is not None and self.close_sent:
            self.handshake_complete = True  # by a refusal; else uvicorn logs that there was none

    def part(self, code: int, reason: str) -> None:
        """Send a close frame, and close once the client has answered it, or takes nothing more."""
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.conn.send_close(code, reason)
        self._linger()

    def shutdown(self) -> None:
        """Part from the client: the server stops."""
        if self.handshake_complete and self._open:
            self.part(RESTARTS, STOPS)
        if self._socket_close is not None:
            self._socket_close.hurries = True
            self._look()
        elif not self.transport.is_closing():
            super().shutdown()

    def data_received(self, data: bytes) -> None:
        """Take what the client sends."""
        if self._socket_close is not None:
            self._socket_close.heard()
        if self._slices.add(data):
            self.transport.pause_reading()

    async def receive(self) -> Any:
        """Return the next message; nothing more is read while there are slices left of what was read before."""
        message = await super().receive()
        if self._slices and not self.transport.is_closing():
            self.transport.pause_reading()
        return message

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget what was not looked at."""
        self._slices.clear()
        super().connection_lost(exc)
        self._frames.takes_more = True

    def pause_writing(self) -> None:
        """Take no more: too much is unread."""
        super().pause_writing()
        self._frames.takes_more = False

    def resume_writing(self) -> None:
        """Take more."""
        super().resume_writing()
        self._frames.takes_more = True

    def _take(self, data: bytes) -> None:
        super().data_received(data)
        if self.transport.is_closing():
            self._slices.clear()

    def _all_taken(self) -> None:
        if not self.read_paused:
            self.transport.resume_reading()

    def handle_parser_exception(self) -> None:
        """Part from a client that breaks the rules of frames; what else it sends is read and forgotten."""
        if self.close_sent:
            return
        if told := self.conn.close_sent:
            self.queue.put_nowait({"type": "websocket.disconnect", "code": told.code, "reason": told.reason})
        self._linger(unheard=True)

    def send_receive_event_to_app(self) -> None:
        """Hand a message on. Text that is no UTF-8 ends the socket; uvicorn would also log it as a fault."""
        if self.curr_msg_data_type == "text" and not self.close_sent and not _is_text(self.frames):
            self.frames = []
            self.conn.send_close(NO_TEXT)
            self.handle_parser_exception()
        else:
            super().send_receive_event_to_app()

    def handle_ping(self) -> None:
        """Answer a ping, unless the client reads less than it asks for."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def send_keepalive_ping(self) -> None:
        """Send a ping, and note what the client has taken until then."""
        super().send_keepalive_ping()
        self._pinged = taken(self.transport)

    def keepalive_timeout(self) -> None:
        """Part from a client that did not answer a ping, unless it still reads what was sent before that."""
        self.pong_timer = None
        if not self._open:
            return
        before, self._pinged = self._pinged, taken(self.transport)
        if self._pinged > before and left(self.transport) and self.ping_timeout:
            self.pong_timer = self.loop.call_later(self.ping_timeout, self.keepalive_timeout)
        else:
            self.pending_ping_payload = None
            self.patience = min(self.patience, PARTING)
            self.part(TRY_AGAIN, UNANSWERED)

    @property
    def _open(self) -> bool:
        return not (self.close_sent or self.disconnected or self.transport.is_closing())

    def _linger(self, *, unheard: bool = False) -> None:
        """Write the close frame; until the client closes too, read what it sends."""
        self.stop_keepalive()
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self._socket_close = SocketClose(self.transport, self.loop.time(), self.patience, unheard=unheard)
        self.close_timer = self.loop.call_later(LOOK, self._look)

    def _look(self) -> None:
        if self._socket_close is None or self.disconnected:
            return
        if self.close_timer is not None:
            self.close_timer.cancel()
        if self._socket_close.is_over(self.loop.time()):
            self.transport.abort()
        else:
            self.close_timer = self.loop.call_later(LOOK, self._look)


def _is_text(parts: Iterable[bytes]) -> bool:
    try:
        b"".join(parts).decode()
    except UnicodeDecodeError:
        return False
    return True


class _Frames:
    """A connection that takes text as bytes; see `api.streams.outbox.Connection`."""

    __slots__ = ("_protocol", "takes_more")

    def __init__(self, protocol: FrameProtocol) -> None:
        self._protocol = protocol
        self.takes_more = True

    @property
    def taken(self) -> int:
        return taken(self._protocol.transport)

    def write(self, message: bytes) -> None:
        protocol = self._protocol
        if protocol.close_sent or protocol.disconnected or protocol.transport.is_closing():
            return
        protocol.transport.write(header(len(message)) + message)

    async def writable(self) -> None:
        await self._protocol.writable.wait()
        if self._protocol.disconnected:
            raise ConnectionError

    def part_within(self, seconds: float) -> None:
        self._protocol.patience = seconds

    def abort(self) -> None:
        self._protocol.transport.abort()


@lru_cache(maxsize=256)
def header(length: int) -> bytes:
    """Return the header of a text frame from a server."""
    if length < _SHORT:
        return pack("!BB", TEXT, length)
    if length < _MIDDLE:
        return pack("!BBH", TEXT, 126, length)
    return pack("!BBQ", TEXT, 127, length)
