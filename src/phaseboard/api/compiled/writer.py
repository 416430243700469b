"""Writes the Python of a plan: interpreting it field by field would cost twice what is done with the fields.

The text is made of names that the schema and GraphQL's grammar allow, of nothing else that a client sent.
"""

from collections.abc import Callable, Sequence
from typing import Any


class Writer:
    """Gives out the names of one function, whose arguments are `source` and `run`."""

    def __init__(self) -> None:
        self._scope: dict[str, Any] = {}
        self._values = 0

    def given(self, thing: object) -> str:
        """Return the name of something that was there before."""
        name = f"given{len(self._scope)}"
        self._scope[name] = thing
        return name

    def value(self) -> str:
        """Return a new name for a value."""
        self._values += 1
        return f"value{self._values}"

    def function(self, lines: Sequence[str]) -> Callable[..., Any]:
        """Return the function of these lines."""
        exec("\n    ".join(["def written(source, run):", *lines]), self._scope)  # noqa: S102
        made: Callable[..., Any] = self._scope["written"]
        return made
