"""One connection in the hands of one piece of work, and statements that are compiled once.

`databases` compiles a statement anew each time it is executed, which costs more than SQLite takes to answer it; so
statements are executed through the driver's own connection, one hop to its thread for each.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import aiosqlite
from sqlalchemy import ClauseElement
from sqlalchemy.dialects.sqlite import pysqlite

_DIALECT = pysqlite.dialect(paramstyle="qmark")


class Statement:
    """A statement and, once it was used, its SQL."""

    def __init__(self, element: ClauseElement) -> None:
        self._element = element

    @property
    def sql(self) -> str:
        """The SQL, with a question mark for each parameter."""
        return self._compiled[0]

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """Return the parameters in the order of the SQL."""
        _, names, fixed = self._compiled
        return [values[name] if name in values else fixed[name] for name in names]

    @cached_property
    def _compiled(self) -> tuple[str, Sequence[str], Mapping[str, Any]]:
        compiled = self._element.compile(dialect=_DIALECT)
        names = compiled.positiontup or ()  # type: ignore[attr-defined]
        fixed = {key: value for key, value in compiled.params.items() if value is not None}
        return compiled.string, names, fixed


class Session:
    """A connection, as long as the work it was given to goes on."""

    def __init__(self, connection: aiosqlite.Connection, sort: Callable[[Exception], Exception]) -> None:
        self._connection: aiosqlite.Connection | None = connection
        self._sort = sort

    async def fetch_all(self, statement: Statement, **values: Any) -> list[Any]:
        """Execute a statement and return all of its rows. Raises StoreError."""
        connection = self._held()
        try:
            return list(await connection.execute_fetchall(statement.sql, statement.arguments(values)))
        except Exception as error:
            raise self._sort(error) from error

    async def execute_many(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute a statement once for each row, all in one go. Raises StoreError."""
        connection = self._held()
        try:
            await connection.executemany(statement.sql, [statement.arguments(row) for row in rows])
        except Exception as error:
            raise self._sort(error) from error

    def end(self) -> None:
        """Take the connection away: the work is over."""
        self._connection = None

    def _held(self) -> aiosqlite.Connection:
        if self._connection is None:
            raise RuntimeError("A reader or writer was used after its work was over.")
        return self._connection
