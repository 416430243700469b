"""Requests that come again byte for byte, head and all: answered before they are parsed.

A client that polls sends the same bytes each time. Once the answer to a request was found among those that are kept,
the bytes of the request lead straight to it. Whether the answer still stands is asked each time, as for all others.
"""

from collections import OrderedDict
from collections.abc import Callable

from phaseboard.api.answers import Answer, Answers, Key

REPEATED = "phaseboard.repeated"
"""The ASGI extension under which our own server takes the key of a request that was answered from what is kept."""

MOST_BYTES = 8 * 1024 * 1024
"""Bytes of requests that are remembered."""

LARGEST = 16_384
"""Bytes of the largest request that is remembered."""

OVERHEAD = 512
"""Bytes that a request takes besides its own."""

Remember = Callable[[Key], None]


class Repeats:
    """The requests that are known by their bytes, the newest used last."""

    def __init__(self, answers: Answers) -> None:
        self.bytes = 0
        """How much is remembered."""
        self._answers = answers
        self._keys: OrderedDict[bytes, Key] = OrderedDict()

    def __len__(self) -> int:
        return len(self._keys)

    def answer(self, request: bytes) -> Answer | None:
        """Return the answer to a request that is known, if it still stands."""
        key = self._keys.get(request)
        if key is None:
            return None
        self._keys.move_to_end(request)
        return self._answers.find(key)

    def remember(self, request: bytes, key: Key) -> None:
        """Remember that a request is answered by what is kept under a key."""
        if len(request) > LARGEST or request in self._keys:
            return
        self._keys[request] = key
        self.bytes += len(request) + OVERHEAD
        while self.bytes > MOST_BYTES:
            oldest, _ = self._keys.popitem(last=False)
            self.bytes -= len(oldest) + OVERHEAD
