"""The head of a request: held to its bounds while it comes, before anything is made of it."""

from typing import NamedTuple


class HeadLimits(NamedTuple):
    """How many bytes, and how many fields, the head of a request may have."""

    bytes: int = 32_768
    fields: int = 100


class HeadTooLarge(Exception):
    """A head exceeds a bound."""


class Head:
    """Counts what comes of the head of one request after the other; `excess` says which bound is exceeded."""

    def __init__(self, bounds: HeadLimits) -> None:
        self.excess: str | None = None
        self._bounds = bounds
        self._bytes = 0
        self._fields = 0
        self._unfinished = 0

    def begin(self) -> None:
        """Begin to count for the next request."""
        self._bytes = self._fields = self._unfinished = 0

    def address(self, size: int) -> None:
        """Count bytes of the address. Raises HeadTooLarge."""
        self._count(size)

    def field(self, size: int) -> None:
        """Count a field of so many bytes. Raises HeadTooLarge."""
        self._fields += 1
        if self._fields > self._bounds.fields:
            self._exceed(f"The request has more than {self._bounds.fields} header fields: send fewer.")
        self._count(size)

    def unfinished(self, size: int) -> None:
        """Count bytes that came without an end of the head, whatever is in them. Raises HeadTooLarge."""
        self._unfinished += size
        if self._unfinished > self._bounds.bytes:
            self._exceed(self._too_long)

    def _count(self, size: int) -> None:
        self._bytes += size
        if self._bytes > self._bounds.bytes:
            self._exceed(self._too_long)

    @property
    def _too_long(self) -> str:
        return f"Address and header fields have more than {self._bounds.bytes} bytes: send what is long by POST."

    def _exceed(self, excess: str) -> None:
        self.excess = excess
        raise HeadTooLarge
