"""A cheap HTTP/1.1 client: finished requests over connections that stay open, no pipelining.

It has to cost far less than the server it measures. A connection sends one request and sends the next once the whole
answer was read; what is counted are whole answers of status 200 that hold what they have to. The generator runs on a
core of its own, some 40 connections' worth of `epoll` in one thread.
"""

import json
import re
import select
import socket
import time
from typing import Any, Self

HOST = "127.0.0.1"
_TIMEOUT = 30.0
_READ = 65_536
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


class Unexpected(AssertionError):
    """An answer or a message that the benchmark did not ask for."""


def post(path: str, body: dict[str, Any]) -> bytes:
    """Return a request with a JSON body."""
    content = json.dumps(body, separators=(",", ":")).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nAccept: application/json\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def get(path: str) -> bytes:
    """Return a request without a body."""
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nAccept: application/json\r\n\r\n".encode()


def whole_length(answer: bytes) -> int | None:
    """Return how long an answer is with its head, None while its head is incomplete."""
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return None
    found = _LENGTH.search(answer, 0, end + 2)
    if found is None:
        raise Unexpected(answer[:300])
    return end + 4 + int(found[1])


def _connected(port: int) -> socket.socket:
    connected = socket.create_connection((HOST, port), timeout=_TIMEOUT)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connected


class Connection:
    """One connection that waits for each answer."""

    def __init__(self, port: int) -> None:
        self._socket = _connected(port)

    def send(self, request: bytes) -> None:
        """Send a request."""
        self._socket.sendall(request)

    def receive(self) -> bytes:
        """Return the body of the answer; raises Unexpected unless its status is 200."""
        answer = b""
        while (length := whole_length(answer)) is None or len(answer) < length:
            chunk = self._socket.recv(_READ)
            if not chunk:
                raise Unexpected("the server closed the connection", answer)
            answer += chunk
        if not answer.startswith(b"HTTP/1.1 200"):
            raise Unexpected(answer)
        return answer.partition(b"\r\n\r\n")[2]

    def ask(self, request: bytes) -> bytes:
        """Send a request and return the body of its answer."""
        self.send(request)
        return self.receive()

    def close(self) -> None:
        """Close it."""
        self._socket.close()


class Callers:
    """Connections that all send the same request, again and again; `needle` is what each answer holds."""

    def __init__(self, port: int, request: bytes, needle: bytes, count: int = 32) -> None:
        self._request = request
        self._needle = needle
        self._epoll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        self._partial: dict[int, bytes] = {}
        for _ in range(count):
            connected = _connected(port)
            self._sockets[connected.fileno()] = connected
            self._epoll.register(connected, select.EPOLLIN)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._epoll.close()
        for connected in self._sockets.values():
            connected.close()

    def run(self, seconds: float) -> tuple[int, float]:
        """Call for some time; returns the number of answers, and the seconds until the last of them."""
        began = time.perf_counter()
        for connected in self._sockets.values():
            connected.sendall(self._request)
        answers, calling = 0, len(self._sockets)
        while calling:
            going_on = time.perf_counter() - began < seconds
            for handle, _ in self._events():
                if self._answered(handle):
                    answers += 1
                    if going_on:
                        self._sockets[handle].sendall(self._request)
                    else:
                        calling -= 1
        return answers, time.perf_counter() - began

    def _events(self) -> list[tuple[int, int]]:
        events = self._epoll.poll(_TIMEOUT)
        if not events:
            raise TimeoutError("the server does not answer")
        return events

    def _answered(self, handle: int) -> bool:
        answer = self._partial.pop(handle, b"") + self._sockets[handle].recv(_READ)
        length = whole_length(answer) if answer else 0
        if length is None or len(answer) < length:
            self._partial[handle] = answer
            return False
        if not answer.startswith(b"HTTP/1.1 200") or self._needle not in answer or len(answer) > length:
            raise Unexpected(answer[:1000])
        return True
