"""Thousands of WebSocket watchers in one thread: hand-written frames, one `epoll`, no library.

A delivery is counted when this client has read the whole frame and found in it the phase that the change leads to. A
watcher that gets a second message for one change, or one of another phase, ends the benchmark.
"""

import json
import select
import socket
import struct
import time
from typing import Any, Self

from tests.benchmarks.callers import HOST, Unexpected
from tests.benchmarks.contestants import Target

_TIMEOUT = 60.0
_READ = 65_536
_BATCH = 100
TEXT, PING, PONG = 0x81, 0x89, 0x8A
"""First bytes of frames."""

_SHORT, _MIDDLE = 126, 65_536


def handshake(path: str, *, graphql: bool) -> bytes:
    """Return the request that opens a WebSocket."""
    protocol = "Sec-WebSocket-Protocol: graphql-transport-ws\r\n" if graphql else ""
    return (
        f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{protocol}\r\n"
    ).encode()


def client_frame(payload: bytes, kind: int = TEXT) -> bytes:
    """Return a client's frame; its mask is zero, so that the payload stays as it is."""
    size = len(payload)
    length = struct.pack("!B", 0x80 | size) if size < _SHORT else struct.pack("!BH", 0x80 | 126, size)
    return bytes([kind]) + length + bytes(4) + payload


def message(value: dict[str, Any]) -> bytes:
    """Return a client's frame that holds JSON."""
    return client_frame(json.dumps(value, separators=(",", ":")).encode())


def frame_end(data: bytes, start: int) -> int | None:
    """Return where a server's frame ends, None when its header is incomplete."""
    if len(data) < start + 2:
        return None
    size = data[start + 1]
    if size < _SHORT:
        return start + 2 + size
    if size == 126:
        return start + 4 + int.from_bytes(data[start + 2 : start + 4]) if len(data) >= start + 4 else None
    return start + 10 + int.from_bytes(data[start + 2 : start + 10]) if len(data) >= start + 10 else None


class Watchers:
    """Connections that watch one address: by graphql-transport-ws, or without `subscribe` as bare sockets."""

    def __init__(self, port: int, path: str, subscribe: dict[str, Any] | None) -> None:
        self._address = (HOST, port)
        self._handshake = handshake(path, graphql=subscribe is not None)
        self._subscribe = message({"id": "1", "type": "subscribe", "payload": subscribe}) if subscribe else b""
        self._epoll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        self._partial: dict[int, bytes] = {}
        self._round = 0
        self._had: dict[int, int] = {}

    @classmethod
    def of(cls, target: Target) -> Self:
        """Return watchers of a server."""
        return cls(target.port, target.watch, target.subscribe)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._epoll.close()
        for watching in self._sockets.values():
            watching.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            watching.close()

    def __len__(self) -> int:
        return len(self._sockets)

    def open(self, count: int, phase: bytes) -> None:
        """Open that many more; each has had its first message, of that phase, when this returns."""
        for begin in range(0, count, _BATCH):
            batch = [socket.create_connection(self._address, _TIMEOUT) for _ in range(min(_BATCH, count - begin))]
            greet(batch, self._handshake, b"\r\n\r\n", self._partial)
            if self._subscribe:
                greet(batch, message({"type": "connection_init"}), b'"connection_ack"}', self._partial)
            for watching in batch:
                watching.sendall(self._subscribe)
                watching.setblocking(False)
                self._sockets[watching.fileno()] = watching
                self._epoll.register(watching, select.EPOLLIN)
            self._collect(phase, [watching.fileno() for watching in batch])

    def delivered(self, phase: bytes) -> None:
        """Wait until every watcher has had its next message, of that phase."""
        self._round += 1
        self._collect(phase, [])

    def rest(self, seconds: float) -> None:
        """Answer pings for some seconds, in which nothing else comes."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            for handle, _ in self._epoll.poll(left):
                self._take(handle, self._sockets[handle].recv(_READ), b"nothing that is told")

    def _collect(self, phase: bytes, new: list[int]) -> None:
        for handle in new:
            self._had[handle] = self._round - 1
        left = (len(new) or len(self._sockets)) - sum(self._take(handle, b"", phase) for handle in [*self._partial])
        until = time.monotonic() + _TIMEOUT
        while left:
            if time.monotonic() > until:
                raise TimeoutError(f"{left} watchers still wait")
            for handle, _ in self._epoll.poll(_TIMEOUT):
                left -= self._take(handle, self._sockets[handle].recv(_READ), phase)

    def _take(self, handle: int, data: bytes, phase: bytes) -> int:
        """Take what one watcher has read; returns 1 when that was its delivery, else 0."""
        data = self._partial.pop(handle, b"") + data
        start, delivered = 0, 0
        while (end := frame_end(data, start)) is not None and end <= len(data):
            if data[start] == TEXT and data.find(phase, start, end) >= 0 and self._had[handle] < self._round:
                self._had[handle] = self._round
                delivered = 1
            elif data[start] == PING:
                self._sockets[handle].sendall(client_frame(data[start + 2 : end], PONG))
            else:
                raise Unexpected(f"not the one message of {phase!r}", data[start:end])
            start = end
        if not data:
            raise Unexpected("the server closed a connection")
        if start < len(data):
            self._partial[handle] = data[start:]
        return delivered


def greet(batch: list[socket.socket], greeting: bytes, answer: bytes, partial: dict[int, bytes]) -> None:
    """Send a greeting on all of them, and read the answer to it on each; what follows it is left in `partial`."""
    for watching in batch:
        watching.sendall(greeting)
    for watching in batch:
        data = b""
        while answer not in data:
            chunk = watching.recv(_READ)
            if not chunk:
                raise Unexpected("the server refused a connection", data)
            data += chunk
        if rest := data.partition(answer)[2]:
            partial[watching.fileno()] = rest
