"""The end of a socket: after its close frame a connection stays while the client takes what was sent before it.

Closing at once would lose that frame: what a slow client has not read yet is in our buffers, and a connection that is
closed while bytes of its client are unread is reset, with all that is on its way.
"""

import asyncio
import fcntl
import socket
import struct
import sys
import termios
from typing import Any

PATIENCE = 5.0
"""Seconds in which a client has to take something, or to close when it has taken everything."""

LONGEST = 60.0
"""Seconds after which a connection is cut off whatever its client does."""

LOOK = 0.1
"""Seconds between two looks."""

SILENCE = 5
"""After how many looks without a byte a client counts as silent."""

_INFO, _ACKNOWLEDGED = 192, 120
"""The bytes of Linux' `struct tcp_info`, and where in it `tcpi_bytes_acked` stands."""


def taken(transport: asyncio.Transport) -> int:
    """Return how many bytes the client has taken; a number to be compared with an earlier one."""
    connection: Any = transport.get_extra_info("socket")
    if sys.platform != "linux" or connection is None:
        return -transport.get_write_buffer_size()
    try:
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO)
        acknowledged: int = struct.unpack_from("Q", info, _ACKNOWLEDGED)[0]
    except (OSError, struct.error):  # the connection is gone, or the system is old
        return -transport.get_write_buffer_size()
    return acknowledged


def left(transport: asyncio.Transport) -> int:
    """Return how many bytes the client has not taken yet, as far as the system tells."""
    waiting = transport.get_write_buffer_size()
    connection: Any = transport.get_extra_info("socket")
    if sys.platform != "linux" or connection is None or waiting:
        return waiting
    try:
        queued: int = struct.unpack("i", fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(4)))[0]
    except OSError:
        return 0
    return queued


class SocketClose:
    """Says when a connection is over whose close frame was sent; `patience` in seconds.

    With `unheard` the client's own close frame would not be understood: it is over once the client is silent.
    """

    def __init__(self, transport: asyncio.Transport, now: float, patience: float, *, unheard: bool = False) -> None:
        self._transport = transport
        self._patience = patience
        self._end = now + LONGEST
        self._taken = taken(transport)
        self._since = now
        self._unheard = unheard
        self._silence = 0
        self.hurries = False
        """Whether nobody waits for the client's own close frame: the server stops."""

    def heard(self) -> None:
        """Note that something came from the client."""
        self._silence = 0

    def is_over(self, now: float) -> bool:
        """Return whether the client has got everything it will get."""
        took = taken(self._transport)
        self._silence += 1
        if took > self._taken:
            self._taken, self._since = took, now
        if (self.hurries or (self._unheard and self._silence >= SILENCE)) and not left(self._transport):
            return True
        return now >= self._end or now - self._since >= self._patience
