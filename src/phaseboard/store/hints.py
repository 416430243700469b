"""Whom to tell that something was committed."""

import logging
from collections.abc import Callable

logger = logging.getLogger(__name__)


class Hints:
    """Callables to call after each commit; one that raises is logged and harms nobody."""

    def __init__(self) -> None:
        self._hints: list[Callable[[], None]] = []

    def add(self, hint: Callable[[], None]) -> None:
        """Call `hint` from now on."""
        self._hints.append(hint)

    def give(self) -> None:
        """Call everybody."""
        for hint in self._hints:
            try:
                hint()
            except Exception:
                logger.exception("A listener for commits failed.")
