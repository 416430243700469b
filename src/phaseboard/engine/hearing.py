"""Whether what is kept in memory is as new as what this node was told of the commits of others.

Where nobody shares the store, it always is: each commit of this process tells of itself. Otherwise it is while the node
hears of commits and has read the log up to what it heard, or is about to. When it does not hear any more, what is kept
may be old without a sign of it, until the log has been read after it heard again.
"""

from collections.abc import Callable
from time import monotonic

BEHIND_SECONDS = 0.5
"""How long what was heard of may stay unread before what is kept is taken for old."""


class Hearing:
    """What the cron loop knows of commits that it did not read yet."""

    def __init__(self, behind: float = BEHIND_SECONDS, clock: Callable[[], float] = monotonic) -> None:
        self._behind = behind
        self._clock = clock
        self._deaf = False
        self._shared = False
        self._lost_since: float | None = None
        self._looking = False
        self._told = 0
        self._told_at = 0.0
        self._late_since: float | None = None

    def is_current(self) -> bool:
        """Whether what is kept may be given out."""
        since = self._late_since
        return self._lost_since is None and (since is None or self._clock() - since < self._behind)

    @property
    def hears(self) -> bool:
        """Whether it is told of commits."""
        return not self._deaf

    @property
    def lag(self) -> float:
        """Seconds since the log was last known to be read to its end; 0 while it is."""
        since = [since for since in (self._lost_since, self._late_since) if since is not None]
        return self._clock() - min(since) if since else 0.0

    def heard(self, position: int | None, published: int) -> bool:
        """Take that the log reaches up to a position, or None for what is not known now; True: look at it.

        A look that goes on already is followed by another one if it did not get there.
        """
        self._shared = True
        self._deaf = position is None
        if position is None:
            self._lose()
            return not self._looking
        if position <= published:
            if self._told <= published:
                self._lost_since = None
            return False
        self._note(position)
        return not self._looking

    def begin(self) -> None:
        """Take that the log is looked at now."""
        self._looking = True
        self._told = 0

    def end(self, published: int) -> bool:
        """Take that the log was read to its end; False when more was heard of meanwhile."""
        self._looking = False
        if self._told > published:
            self._late_since = self._told_at
            return False
        self._late_since = None
        if not self._deaf:
            self._lost_since = None
        return True

    def fail(self) -> None:
        """Take that the log could not be read."""
        self._looking = False
        if self._shared:
            self._lose()

    def _lose(self) -> None:
        if self._lost_since is None:
            self._lost_since = self._clock()

    def _note(self, position: int) -> None:
        now = self._clock()
        if not self._told:
            self._told_at = now
        if self._late_since is None:
            self._late_since = now
        self._told = max(self._told, position)
