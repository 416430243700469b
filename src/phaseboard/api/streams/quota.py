"""How many streams each caller has open: sockets and event streams together, under whichever of its tokens."""

from collections import Counter

from graphql import GraphQLError

from phaseboard.access.principal import ANONYMOUS, Principal
from phaseboard.api.weight import limit_error


class TooMany(Exception):
    """A caller has as many streams open as one may have."""

    def __init__(self, most: int) -> None:
        super().__init__(f"One caller may have at most {most} sockets and event streams open.")
        self.error: GraphQLError = limit_error("sockets_per_caller", most, str(self))


class Quota:
    """Counts the streams of each caller. Nobody is told apart from others, or counted, without access control."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._open)

    def take(self, principal: Principal) -> None:
        """Count a stream that is opened. Raises TooMany, and does not count it then."""
        if principal is ANONYMOUS:
            return
        if self._open[principal.holder] >= self._most:
            raise TooMany(self._most)
        self._open[principal.holder] += 1

    def give_back(self, principal: Principal) -> None:
        """Count a stream no more, once for each that was counted."""
        if principal is ANONYMOUS:
            return
        self._open[principal.holder] -= 1
        if not self._open[principal.holder]:
            del self._open[principal.holder]
