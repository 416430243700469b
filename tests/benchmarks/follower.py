"""One subscriber that notes when each message arrived: a blocking socket and hand-written frames."""

import socket
import time
from collections.abc import Iterator
from typing import Any, Self

from tests.benchmarks.callers import HOST, Unexpected
from tests.benchmarks.watchers import PING, PONG, TEXT, client_frame, frame_end, greet, handshake, message

_READ = 65_536
_PATIENCE = 30.0


class Follower:
    """A subscription over graphql-transport-ws; messages of 126 to 65,535 bytes or less, one operation.

    With `room` its system takes about so many bytes that it has not read.
    """

    def __init__(self, port: int, document: str, *, room: int | None = None, **variables: Any) -> None:
        self._socket = socket.socket()
        self._socket.settimeout(_PATIENCE)
        if room is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        self._socket.connect((HOST, port))
        rest: dict[int, bytes] = {}
        greet([self._socket], handshake("/graphql", graphql=True), b"\r\n\r\n", rest)
        greet([self._socket], message({"type": "connection_init"}), b'"connection_ack"}', rest)
        payload = {"query": document, "variables": variables}
        self._socket.sendall(message({"id": "1", "type": "subscribe", "payload": payload}))
        self._socket.sendall(message({"type": "ping"}))
        greet([self._socket], b"", b'"pong"}', rest)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Go."""
        self._socket.close()

    def fileno(self) -> int:
        """Return the descriptor of the connection."""
        return self._socket.fileno()

    def until(self, instant: float) -> Iterator[tuple[float, bytes]]:
        """Yield each message and when its bytes arrived, by `time.time`, until an instant."""
        data = b""
        while (left := instant - time.time()) > 0:
            self._socket.settimeout(left)
            try:
                chunk = self._socket.recv(_READ)
            except TimeoutError:
                return
            arrived = time.time()
            if not chunk:
                raise Unexpected("the server closed the connection")
            data += chunk
            start = 0
            while (end := frame_end(data, start)) is not None and end <= len(data):
                if data[start] == TEXT:
                    yield arrived, data[data.index(b"{", start) : end]
                elif data[start] == PING:
                    self._socket.sendall(client_frame(data[start + 2 : end], PONG))
                start = end
            data = data[start:]
