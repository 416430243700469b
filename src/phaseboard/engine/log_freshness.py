"""Whether what is kept in memory is as new as what this node was told of the commits of others.

Where nobody shares the store, it always is: each commit of this process tells of itself. Otherwise it is while the node
hears of commits and has read the log up to what it heard, or is about to. When it does not hear any more, what is kept
may be old without a sign of it, until the log has been read after it heard again.
"""

from collections.abc import Callable
from time import monotonic

BEHIND_SECONDS = 0.5
"""How long what was heard of may stay unread before what is kept is taken for old."""


class LogFreshness:
    """What the cron loop knows of commits that it did not read yet."""

    def __init__(self, behind: float = BEHIND_SECONDS, clock: Callable[[], float] = monotonic) -> None:
        self._behind = behind
        self._clock = clock
        self._disconnected = False
        self._shared = False
        self._unknown_since: float | None = None
        self._scanning = False
        self._newest = 0
        self._newest_at = 0.0
        self._behind_since: float | None = None

    def is_current(self) -> bool:
        """Whether what is kept may be given out."""
        since = self._behind_since
        return self._unknown_since is None and (since is None or self._clock() - since < self._behind)

    @property
    def is_connected(self) -> bool:
        """Whether it is told of commits."""
        return not self._disconnected

    @property
    def lag(self) -> float:
        """Seconds since the log was last known to be read to its end; 0 while it is."""
        since = [since for since in (self._unknown_since, self._behind_since) if since is not None]
        return self._clock() - min(since) if since else 0.0

    def note_end(self, position: int | None, published: int) -> bool:
        """Take that the log reaches up to a position, or None for what is not known now; True: look at it.

        A look that goes on already is followed by another one if it did not get there.
        """
        self._shared = True
        self._disconnected = position is None
        if position is None:
            self._end_is_unknown()
            return not self._scanning
        if position <= published:
            if self._newest <= published:
                self._unknown_since = None
            return False
        self._end_is_at(position)
        return not self._scanning

    def scan_started(self) -> None:
        """Take that the log is looked at now."""
        self._scanning = True
        self._newest = 0

    def scan_finished(self, published: int) -> bool:
        """Take that the log was read to its end; False when more was heard of meanwhile."""
        self._scanning = False
        if self._newest > published:
            self._behind_since = self._newest_at
            return False
        self._behind_since = None
        if not self._disconnected:
            self._unknown_since = None
        return True

    def scan_failed(self) -> None:
        """Take that the log could not be read."""
        self._scanning = False
        if self._shared:
            self._end_is_unknown()

    def _end_is_unknown(self) -> None:
        if self._unknown_since is None:
            self._unknown_since = self._clock()

    def _end_is_at(self, position: int) -> None:
        now = self._clock()
        if not self._newest:
            self._newest_at = now
        if self._behind_since is None:
            self._behind_since = now
        self._newest = max(self._newest, position)
