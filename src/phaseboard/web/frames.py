"""The WebSocket protocol of our server: uvicorn's, with a straight way to the connection for finished text messages.

Building a frame through the general machinery costs more than all else that a delivery does. A server's text frame is
a header of two to ten bytes and the payload as it is (RFC 6455, section 5.2), so it is written here.
"""

from collections.abc import Iterable
from struct import pack
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from phaseboard.api.streams.connection import FRAMES

TEXT = 0x81
"""A final frame that holds text."""

NO_TEXT = 1007
"""The code that closes a socket on which a text is not UTF-8."""

_SHORT, _MIDDLE = 126, 65_536


class FrameProtocol(WebSocketsSansIOProtocol):
    """Offers itself to the application as the connection of its socket."""

    async def run_asgi(self) -> None:
        """Run the application for this socket."""
        extensions: dict[str, Any] = self.scope["extensions"]
        extensions[FRAMES] = _Frames(self)
        await super().run_asgi()

    def send_receive_event_to_app(self) -> None:
        """Hand a message on. Text that is no UTF-8 ends the socket; uvicorn would also log it as a fault."""
        if self.curr_msg_data_type == "text" and not self.close_sent and not _is_text(self.frames):
            self.frames = []
            self.conn.send_close(NO_TEXT)
            self.handle_parser_exception()
        else:
            super().send_receive_event_to_app()


def _is_text(parts: Iterable[bytes]) -> bool:
    try:
        b"".join(parts).decode()
    except UnicodeDecodeError:
        return False
    return True


class _Frames:
    """A connection that takes text as bytes; see `api.streams.outbox.Connection`."""

    __slots__ = ("_protocol",)

    def __init__(self, protocol: FrameProtocol) -> None:
        self._protocol = protocol

    @property
    def takes_more(self) -> bool:
        return self._protocol.writable.is_set()

    def write(self, message: bytes) -> None:
        protocol = self._protocol
        if protocol.close_sent or protocol.disconnected or protocol.transport.is_closing():
            return
        protocol.transport.write(header(len(message)) + message)

    async def writable(self) -> None:
        await self._protocol.writable.wait()
        if self._protocol.disconnected:
            raise ConnectionError

    def abort(self) -> None:
        self._protocol.transport.abort()


def header(length: int) -> bytes:
    """Return the header of a text frame from a server."""
    if length < _SHORT:
        return pack("!BB", TEXT, length)
    if length < _MIDDLE:
        return pack("!BBH", TEXT, 126, length)
    return pack("!BBQ", TEXT, 127, length)
