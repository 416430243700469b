"""Whether what is kept in memory is as new as what this node was told of the commits of others.

Where nobody shares the store, it always is: each commit of this process tells of itself. Otherwise it is while the node
hears of commits and has read the log up to what it heard, or is about to. When it does not hear any more, what is kept
may be old without a sign of it, until the log has been read after it heard again.
"""

from time import monotonic

BEHIND_SECONDS = 0.5
"""How long what was heard of may stay unread before what is kept is taken for old."""


class Hearing:
    """What the cron loop knows of commits that it did not read yet."""

    def __init__(self, behind: float = BEHIND_SECONDS) -> None:
        self._behind = behind
        self._deaf = False
        self._shared = False
        self._caught_up = True
        self._looking = False
        self._told = 0
        self._told_at = 0.0
        self._late_since: float | None = None

    def is_current(self) -> bool:
        """Whether what is kept may be given out."""
        since = self._late_since
        return self._caught_up and (since is None or monotonic() - since < self._behind)

    def heard(self, position: int | None, published: int) -> bool:
        """Take that the log reaches up to a position, or None for what is not known now; True: look at it.

        A look that goes on already is followed by another one if it did not get there.
        """
        self._shared = True
        self._deaf = position is None
        if position is None:
            self._caught_up = False
            return not self._looking
        if position <= published:
            self._caught_up |= self._told <= published
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
        self._caught_up = not self._deaf
        return True

    def fail(self) -> None:
        """Take that the log could not be read."""
        self._looking = False
        self._caught_up = not self._shared

    def _note(self, position: int) -> None:
        now = monotonic()
        if not self._told:
            self._told_at = now
        if self._late_since is None:
            self._late_since = now
        self._told = max(self._told, position)
