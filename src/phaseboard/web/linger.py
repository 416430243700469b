"""The end of a connection whose client still sends: it was answered, and has to get to read it.

A connection that is closed while bytes of its client are unread is reset, with the answer that is on its way (RFC 9112,
section 9.6). So our side is ended alone; what still comes is read and forgotten.
"""

import asyncio

SILENT = 5.0
"""Seconds without a byte after which a client counts as gone."""

LONGEST = 30.0
"""Seconds after which a connection is closed whatever its client sends."""


class Linger:
    """Ends the sending side of a connection at once, and closes it when its client does, is silent or does not stop."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._end = loop.call_later(LONGEST, transport.close)
        self._silence = loop.call_later(SILENT, transport.close)
        if transport.can_write_eof():
            transport.write_eof()

    def heard(self) -> None:
        """Note that something came."""
        self._silence.cancel()
        self._silence = self._loop.call_later(SILENT, self._transport.close)

    def end(self) -> None:
        """Wait no longer: the connection is closed."""
        self._silence.cancel()
        self._end.cancel()
