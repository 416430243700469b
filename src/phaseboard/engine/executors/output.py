"""What is kept of the output of a program while it runs."""

from phaseboard.engine.executors.excerpt import readable
from phaseboard.engine.executors.redaction import Redactor

KEPT_BYTES = 16 * 1024


class KeptOutput:
    """The end of an output of any length, in bounded memory; what is hidden never shows, not even a piece of it."""

    def __init__(self, hidden: Redactor, limit: int = KEPT_BYTES) -> None:
        self._redactor = hidden
        self._limit = limit
        # One secret more than is shown: what a cut leaves of a secret always lies in the part not shown.
        self._room = limit + hidden.longest
        self._kept = bytearray()
        self._seen = 0

    def add(self, data: bytes) -> None:
        """Take what the program has written next."""
        self._seen += len(data)
        self._kept += data[-self._room :]
        if len(self._kept) > 2 * self._room:
            del self._kept[: -self._room]

    def text(self) -> str:
        """Return the end of the output as text of at most `limit` bytes of UTF-8, saying so when it is cut."""
        end = self._redactor.redact_bytes(bytes(self._kept[-self._room :]))[-self._limit :]
        text = self._redactor.redact_text(readable(end))
        if self._seen <= self._limit and len(text.encode()) <= self._limit:
            return text
        notice = f"[the end of {self._seen} bytes]\n"
        return notice + text.encode()[-(self._limit - len(notice)) :].decode("utf-8", "ignore")
