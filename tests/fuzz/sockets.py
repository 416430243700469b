"""One socket: frames are written as they are, what comes back is read by the rules."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from tests.fuzz.frames import TEXT, frame
from tests.fuzz.responses import CANARY, INSIDE

PATIENCE = 30.0
PROTOCOL = Subprotocol("graphql-transport-ws")
KINDS = {"connection_ack", "ping", "pong", "next", "error", "complete"}
PING, PONG = b'{"type": "ping"}', "pong"

BROKEN_OFF = 1006


class Socket:
    """A socket under test."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, protocol: ClientProtocol) -> None:
        self._reader = reader
        self._writer = writer
        self._protocol = protocol
        self.received: list[dict[str, Any]] = []

    @classmethod
    async def open(cls, url: str) -> "Socket":
        """Open a socket."""
        address = urlsplit(url)
        protocol = ClientProtocol(parse_uri(f"ws://{address.netloc}/graphql"), subprotocols=[PROTOCOL], max_size=2**24)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        socket = cls(reader, writer, protocol)
        protocol.send_request(protocol.connect())
        socket.send(protocol.data_to_send())
        await socket._until(lambda: protocol.state.name != "CONNECTING")
        assert protocol.handshake_exc is None, protocol.handshake_exc
        return socket

    def send(self, frames: Sequence[bytes]) -> None:
        """Write bytes as they are."""
        self._writer.write(b"".join(frames))

    async def alive(self) -> int | None:
        """Ask whether the server still listens; returns the code with which it closed, None if it did not."""
        pongs = self._pongs
        self.send([frame(TEXT, PING)])
        await self._until(lambda: self._pongs > pongs or self._closed)
        return self.close_code if self._closed else None

    async def closed(self) -> int:
        """Wait until the server has closed; returns its code, 1006 if it just went away."""
        await self._until(lambda: self._closed)
        return self.close_code

    @property
    def close_code(self) -> int:
        """The server's code."""
        received = self._protocol.close_rcvd
        return received.code if received else BROKEN_OFF

    async def leave(self) -> None:
        """Hang up without a word."""
        self._writer.transport.abort()
        await asyncio.sleep(0)

    @property
    def _pongs(self) -> int:
        return sum(message["type"] == PONG for message in self.received)

    @property
    def _closed(self) -> bool:
        return self._protocol.close_rcvd is not None or self._reader.at_eof()

    async def _until(self, fits: Any) -> None:
        async with asyncio.timeout(PATIENCE):
            while not fits():
                try:
                    data = await self._reader.read(65_536)
                except ConnectionError:
                    data = b""
                if not data:
                    return
                self._protocol.receive_data(data)
                for event in self._protocol.events_received():
                    self._look_at(event)
                self._protocol.data_to_send()  # pongs and the like: what is sent is up to the test

    def _look_at(self, event: Any) -> None:
        if isinstance(event, Response):
            return
        assert isinstance(event, Frame)
        assert CANARY.encode() not in event.data, "what was sent in confidence came back"
        assert not any(part in event.data for part in INSIDE), event
        if event.opcode is Opcode.TEXT:
            message = json.loads(event.data)
            assert message["type"] in KINDS, message
            self._check(message)
            self.received.append(message)

    @staticmethod
    def _check(message: dict[str, Any]) -> None:
        payload = message.get("payload")
        errors = payload if message["type"] == "error" else (payload or {}).get("errors", [])
        for error in errors:
            assert error["message"]
            assert error.get("extensions", {}).get("code") != "INTERNAL_SERVER_ERROR", error
