"""Whom to tell that something was committed, and how long it took."""

import logging
from collections.abc import Sequence

from phaseboard.store.port import Change, CommitListener, Timed

logger = logging.getLogger(__name__)


class CommitListeners:
    """Callables to call after each commit; one that raises is logged and harms nobody."""

    def __init__(self) -> None:
        self._listeners: list[CommitListener] = []
        self.timed: Timed = lambda *_: None
        """Called first."""

    def add(self, listener: CommitListener) -> None:
        """Call `listener` from now on."""
        self._listeners.append(listener)

    def give(self, changes: Sequence[Change]) -> None:
        """Tell everybody what a commit changed; nobody, when it changed nothing."""
        for listener in self._listeners if changes else ():
            try:
                listener(changes)
            except Exception:
                logger.exception("A listener for commits failed.", extra={"action": "store.listener"})
