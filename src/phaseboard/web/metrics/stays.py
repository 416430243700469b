"""How long releases stay in a phase, told once they leave it.

Every node publishes every event, so each tells only of the stays that a commit of its own ended: over all nodes each is
told once. The event that ends a stay says when it began, so a restart in between changes nothing. What a node committed
and could not publish any more before it ended is not told.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence

from phaseboard.domain.enums import Phase
from phaseboard.domain.events import PhaseChanged, RecordedEvent
from phaseboard.domain.phase import FINAL_PHASES
from phaseboard.store.port import Change

PASSING = tuple(phase for phase in Phase if phase not in FINAL_PHASES)
"""The phases that releases leave again."""

MOST = 10_000
"""Commits of this process that may be unpublished; what it publishes is never that far behind."""

EARLY = 1_000
"""Stays that were published before anybody said whose commit ended them."""


class Stays:
    """Calls `observe` with each phase that a release left by a commit of this process, and the seconds in it."""

    def __init__(self, observe: Callable[[Phase, float], None]) -> None:
        self._observe = observe
        self._mine: OrderedDict[Change, None] = OrderedDict()
        self._early: OrderedDict[Change, tuple[Phase, float]] = OrderedDict()

    def committed(self, changes: Sequence[Change]) -> None:
        """Learn what this process committed; another one may have published it already."""
        for change in changes:
            stay = self._early.pop(change, None)
            if stay is not None:
                self._observe(*stay)
                continue
            self._mine[change] = None
            if len(self._mine) > MOST:
                self._mine.popitem(last=False)

    def publish(self, events: Sequence[RecordedEvent]) -> None:
        """Tell of the stays that these ended, as far as they are this process's."""
        for event in events:
            change = event.event
            if isinstance(change, PhaseChanged) and change.before and change.since:
                seconds = max((event.occurred_at - change.since).total_seconds(), 0.0)
                self._ended(Change(event.release_id, event.revision), change.before, seconds)

    def _ended(self, change: Change, phase: Phase, seconds: float) -> None:
        if change in self._mine:
            del self._mine[change]
            self._observe(phase, seconds)
            return
        self._early[change] = phase, seconds
        if len(self._early) > EARLY:
            self._early.popitem(last=False)
