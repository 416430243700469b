"""One connection in the hands of one piece of work, and statements that are compiled once.

`databases` compiles a statement anew each time it is executed, which costs more than SQLite takes to answer it; so
statements are executed through the driver's own connection.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import aiosqlite
from sqlalchemy import ClauseElement
from sqlalchemy.dialects.sqlite import pysqlite

from phaseboard.store.aggregates import Aggregates, Draft
from phaseboard.store.burst import Step, execute
from phaseboard.store.port import Change

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
    """A connection, as long as the work it was given to goes on.

    What has no result that matters is posted: it is executed together with what is waited for next, in order and in one
    hop. After an error of the database the work cannot end well, even if it looks away.
    """

    def __init__(
        self, connection: aiosqlite.Connection, sort: Callable[[Exception], Exception], draft: Draft | None = None
    ) -> None:
        self._connection: aiosqlite.Connection | None = connection
        self._sort = sort
        self._posted: list[Step] = []
        self._required: dict[int, Exception] = {}
        self.draft = draft or Draft(Aggregates(0))
        """The releases as the work sees them."""
        self._broken: Exception | None = None
        self.changes: list[Change] = []
        """What the work changed."""
        self.used = False
        """Whether anything was executed."""

    def post(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute a statement once for each row, without waiting."""
        if rows:
            self._posted.append(Step(statement.sql, [statement.arguments(row) for row in rows]))

    def require(self, statement: Statement, values: Mapping[str, Any], otherwise: Exception) -> None:
        """Execute a statement without waiting; when it returns no row, what is waited for next raises `otherwise`."""
        self._required[len(self._posted)] = otherwise
        self.post(statement, [values])

    async def fetch_all(self, statement: Statement, **values: Any) -> list[Any]:
        """Execute a statement and return all of its rows. Raises StoreError."""
        return (await self.fetch_each((statement,), **values))[0]

    async def fetch_each(self, statements: Sequence[Statement], **values: Any) -> list[list[Any]]:
        """Execute statements with the same values and return the rows of each. Raises StoreError."""
        self._posted.extend(Step(statement.sql, (statement.arguments(values),)) for statement in statements)
        return (await self._execute())[-len(statements) :]

    async def settle(self) -> None:
        """Execute what was posted. Raises StoreError."""
        if self._posted:
            await self._execute()

    def check(self) -> None:
        """Raise the error that the database answered with, if any."""
        if self._broken is not None:
            raise self._broken

    def end(self) -> None:
        """Take the connection away: the work is over."""
        self._connection = None

    async def _execute(self) -> list[list[Any]]:
        if self._connection is None:
            raise RuntimeError("A reader or writer was used after its work was over.")
        self.used = True
        steps, self._posted = self._posted, []
        required, self._required = self._required, {}
        try:
            answers = await execute(self._connection, steps)
        except Exception as error:
            self._broken = self._sort(error)
            raise self._broken from error
        for step, otherwise in required.items():
            if not answers[step]:
                self._broken = otherwise
                raise otherwise
        return answers
