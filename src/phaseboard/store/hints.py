"""Whom to tell that something was committed, and how long it took."""

import logging
from collections.abc import Sequence

from phaseboard.store.port import Change, Hint, Timed

logger = logging.getLogger(__name__)


class Hints:
    """Callables to call after each commit; one that raises is logged and harms nobody."""

    def __init__(self) -> None:
        self._hints: list[Hint] = []
        self.timed: Timed = lambda *_: None
        """Called first."""

    def add(self, hint: Hint) -> None:
        """Call `hint` from now on."""
        self._hints.append(hint)

    def give(self, changes: Sequence[Change]) -> None:
        """Tell everybody what a commit changed; nobody, when it changed nothing."""
        for hint in self._hints if changes else ():
            try:
                hint(changes)
            except Exception:
                logger.exception("A listener for commits failed.", extra={"action": "store.hint"})
