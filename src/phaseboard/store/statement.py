"""Statements that are compiled once for each kind of database.

`databases` compiles a statement anew each time it is executed, which costs more than SQLite takes to answer it; so
statements are executed through the driver's own connection.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ClauseElement

from phaseboard.store.dialects import Dialect

Written = ClauseElement | Callable[[Dialect], ClauseElement]
"""A statement for all databases, or how it is written for each."""


class Step(NamedTuple):
    """One statement to execute, once for each of its rows of parameters.

    `otherwise` is raised when it returns no row, before anything that follows it is executed.
    """

    sql: str
    rows: Sequence[Sequence[Any]]
    otherwise: Exception | None = None


ONCE: Sequence[Mapping[str, Any]] = ({},)
"""The rows of a statement without parameters."""


class Compiled(NamedTuple):
    """The SQL of a statement, the names of its parameters in their order, and those that never change."""

    sql: str
    names: Sequence[str]
    fixed: Mapping[str, Any]


class Statement:
    """A statement and, once it was used, its SQL."""

    def __init__(self, written: Written) -> None:
        self._written = written
        self._compiled: dict[Dialect, Compiled] = {}

    def on(self, dialect: Dialect) -> Compiled:
        """Return the statement as it is written for a kind of database."""
        found = self._compiled.get(dialect)
        if found is None:
            found = self._compiled[dialect] = self._compile(dialect)
        return found

    def step(self, dialect: Dialect, rows: Sequence[Mapping[str, Any]]) -> Step:
        """Return what executes the statement once for each row."""
        sql, names, fixed = self.on(dialect)
        return Step(sql, [[values[name] if name in values else fixed[name] for name in names] for values in rows])

    def _compile(self, dialect: Dialect) -> Compiled:
        written = self._written
        element = written if isinstance(written, ClauseElement) else written(dialect)
        compiled = element.compile(dialect=dialect.compiler)
        names = compiled.positiontup or ()  # type: ignore[attr-defined]
        fixed = {key: value for key, value in compiled.params.items() if value is not None}
        return Compiled(compiled.string, names, fixed)
