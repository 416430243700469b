"""Connections as the server offers them: straight to the frames where it can, else through ASGI's `send`."""

import asyncio
from typing import Any

from starlette.websockets import WebSocket

from phaseboard.api.streams.outbox import Connection

FRAMES = "phaseboard.frames"
"""The ASGI extension under which our own server offers its connection (see `web.frames`)."""


def connection_of(websocket: WebSocket) -> Connection:
    """Return the connection of an accepted socket."""
    offered: Connection | None = websocket.scope.get("extensions", {}).get(FRAMES)
    return offered if offered is not None else _Asgi(websocket)


class _Asgi:
    """One message at a time, through any ASGI server."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._sending: asyncio.Task[Any] | None = None

    @property
    def takes_more(self) -> bool:
        return self._sending is None or self._sending.done()

    def write(self, message: bytes) -> None:
        sent = self._websocket.send({"type": "websocket.send", "text": message.decode()})
        self._sending = asyncio.create_task(self._quietly(sent), name="send on a socket")

    async def writable(self) -> None:
        if self._sending:
            await asyncio.shield(self._sending)

    @property
    def taken(self) -> int:
        return 0  # ASGI does not tell

    def part_within(self, seconds: float) -> None:
        """Nothing: ASGI leaves that to the server."""

    def abort(self) -> None:
        if self._sending:
            self._sending.cancel()

    async def _quietly(self, sent: Any) -> None:
        try:
            await sent
        except (RuntimeError, OSError):  # the client is gone
            return
