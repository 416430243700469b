"""Whether what is kept in memory is as new as what this node was told of the commits of others.

Where nobody shares the store, it always is: each commit of this process tells of itself. Otherwise it is while the node
hears of commits and has read the log up to what it heard, or is about to. When it does not hear any more, what is kept
may be old without a sign of it, until the log has been read after it heard again. So it may when the node was frozen,
or its event loop held up: it has not looked at the end of the log for long, and what it hears first may be from before.
"""

from collections.abc import Callable
from time import monotonic

BEHIND_SECONDS = 0.5
"""How long what was heard of may stay unread before what is kept is taken for old."""


SILENCE_SECONDS = 3.0
"""How long ago the end of the log may have been looked at, unless told otherwise."""


class LogFreshness:
    """What the cron loop knows of commits that it did not read yet."""

    def __init__(
        self,
        behind: float = BEHIND_SECONDS,
        clock: Callable[[], float] = monotonic,
        *,
        silence: float = SILENCE_SECONDS,
    ) -> None:
        self._behind = behind
        self._silence = silence
        self._clock = clock
        self._seen_at = self._scan_began = clock()
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
        if self._unknown_since is not None or self._was_silent:
            return False
        return since is None or self._clock() - since < self._behind

    @property
    def is_connected(self) -> bool:
        """Whether it is told of commits."""
        return not self._disconnected

    @property
    def lag(self) -> float:
        """Seconds since the log was last known to be read to its end; 0 while it is."""
        since = [since for since in (self._unknown_since, self._behind_since) if since is not None]
        if self._was_silent:
            since.append(self._seen_at)
        return self._clock() - min(since) if since else 0.0

    @property
    def _was_silent(self) -> bool:
        return self._shared and self._clock() - self._seen_at > self._silence

    def note_end(self, position: int | None, published: int) -> bool:
        """Take that the log reaches up to a position, or None for what is not known now; True: look at it.

        A look that goes on already is followed by another one if it did not get there.
        """
        self._shared = True
        self._disconnected = position is None
        if position is None:
            self._end_is_unknown()
            return not self._scanning
        if position > published:
            self._end_is_at(position)
        elif not self._was_silent:
            self._seen_at = self._clock()
            if self._newest <= published:
                self._unknown_since = None
            return False
        return not self._scanning

    def scan_started(self) -> None:
        """Take that the log is looked at now."""
        self._scanning = True
        self._scan_began = self._clock()
        self._newest = 0

    def scan_finished(self, published: int) -> bool:
        """Take that the log was read to its end; False when more was heard of meanwhile."""
        self._scanning = False
        self._seen_at = max(self._seen_at, self._scan_began)
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
