"""The answers given last, for those who join a moment late."""

from collections import deque
from collections.abc import Iterator

MOST = 64
MAX_BYTES = 65_536


class Ring:
    """All answers numbered above `floor`, at most `most` of them and `MAX_BYTES` bytes, but always the newest."""

    def __init__(self, floor: int, most: int) -> None:
        self.floor = floor
        self._most = most
        self._bytes = 0
        self._answers: deque[tuple[int, bytes]] = deque()

    def add(self, number: int, payload: bytes) -> None:
        """Keep the next answer."""
        self._answers.append((number, payload))
        self._bytes += len(payload)
        self._drop()

    def precede(self, earlier: "Ring", until: int) -> None:
        """Keep what another ring has of the answers up to `until` that came before those that are here."""
        if not earlier.floor < self.floor <= until:
            return
        before = [answer for answer in earlier.above(earlier.floor) if answer[0] <= self.floor]
        self._answers.extendleft(reversed(before))
        self._bytes += sum(len(payload) for _, payload in before)
        self.floor = earlier.floor
        self._drop()

    def _drop(self) -> None:
        while len(self._answers) > self._most or (self._bytes > MAX_BYTES and len(self._answers) > 1):
            self.floor, dropped = self._answers.popleft()
            self._bytes -= len(dropped)

    def above(self, number: int) -> Iterator[tuple[int, bytes]]:
        """Yield the answers above a number, which is not below `floor`."""
        return (answer for answer in self._answers if answer[0] > number)
