"""Subscribers that read nothing: as many at any time, since for each that is sent away another one comes."""

import select
import socket
from threading import Thread
from typing import Self

from tests.benchmarks.follower import Follower

_GONE = select.POLLRDHUP | select.POLLHUP | select.POLLERR
_ROOM = 4_096
"""Bytes that the system of each takes unread."""


class Stalled:
    """So many of them, following a document on a server, while the block lasts."""

    def __init__(self, port: int, document: str, count: int) -> None:
        self._port = port
        self._document = document
        self._count = count
        self._followers: dict[int, Follower] = {}
        self._poll = select.poll()
        self._end, self._ended = socket.socketpair()
        self._replacing = Thread(target=self._replace, name="stalled readers")

    def __enter__(self) -> Self:
        self._poll.register(self._ended, select.POLLIN)
        for _ in range(self._count):
            self._come()
        self._replacing.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.close()
        self._replacing.join()
        self._ended.close()
        for follower in self._followers.values():
            follower.close()

    def _come(self) -> None:
        follower = Follower(self._port, self._document, room=_ROOM)
        self._followers[follower.fileno()] = follower
        self._poll.register(follower.fileno(), _GONE)

    def _replace(self) -> None:
        """Let another one come for each that has gone, until the end."""
        while True:
            gone = [handle for handle, _ in self._poll.poll()]
            if self._ended.fileno() in gone:
                return
            for handle in gone:
                self._poll.unregister(handle)
                self._followers.pop(handle).close()
                self._come()
