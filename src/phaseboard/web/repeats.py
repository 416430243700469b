"""Requests that come again byte for byte, head and all: answered before they are parsed.

A client that polls sends the same bytes each time. Once the answer to a request was found among those that are kept,
the bytes of the request lead straight to it. Whether the answer still stands, and whether who asks is still let in, is
asked each time, as for all others.
"""

from collections import OrderedDict
from collections.abc import Callable

from phaseboard.access.port import Access
from phaseboard.api.answers import Answer, Answers, Key

REPEATED = "phaseboard.repeated"
"""The ASGI extension under which our own server takes the key of a request that was answered from what is kept."""

MAX_BYTES = 8 * 1024 * 1024
"""Bytes of requests that are remembered."""

LARGEST = 16_384
"""Bytes of the largest request that is remembered."""

OVERHEAD = 512
"""Bytes that a request takes besides its own."""

AUTHORIZATION = 3
"""Where a key has the `Authorization` header; it is empty without one."""

Remember = Callable[[Key], None]


class Repeats:
    """The requests that are known by their bytes, the newest used last."""

    def __init__(self, answers: Answers, access: Access) -> None:
        self.bytes = 0
        """How much is remembered."""
        self._answers = answers
        self._access = access
        self._known: OrderedDict[bytes, tuple[Key, bytes | None]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def answer(self, request: bytes) -> Answer | None:
        """Return the answer to a request that is known, if it still stands."""
        known = self._known.get(request)
        if known is None:
            return None
        key, authorization = known
        if self._access.known(authorization) is None:
            return None
        self._known.move_to_end(request)
        return self._answers.find(key)

    def remember(self, request: bytes, key: Key) -> None:
        """Remember that a request is answered by what is kept under a key."""
        if len(request) > LARGEST or request in self._known:
            return
        self._known[request] = key, key[AUTHORIZATION] or None
        self.bytes += len(request) + OVERHEAD
        while self.bytes > MAX_BYTES:
            oldest, _ = self._known.popitem(last=False)
            self.bytes -= len(oldest) + OVERHEAD
