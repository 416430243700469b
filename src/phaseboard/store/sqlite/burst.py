"""Several statements in one hop to the driver's thread.

aiosqlite runs each statement in a thread of its own, and the way there and back costs more than most statements do.
It is handed the class of its connection, and that class understands a burst: statements that are executed one after
the other, up to the first that fails.
"""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, cast

import aiosqlite
from sqlalchemy import text

from phaseboard.store.dialects import SQLITE
from phaseboard.store.errors import StoreError
from phaseboard.store.statement import Statement, Step

BURST = "a burst of statements"


class BurstConnection(sqlite3.Connection):
    """A connection that executes a burst: the text BURST with the steps in the place of parameters."""

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """Execute a statement or, under the name of BURST, several."""
        if sql != BURST:
            return super().execute(sql, parameters)
        return cast("sqlite3.Cursor", _Answers([self._answer(step) for step in parameters]))

    def _answer(self, step: Step) -> list[Any]:
        if len(step.rows) == 1:
            rows = super().execute(step.sql, step.rows[0]).fetchall()
            if step.otherwise and not rows:
                raise step.otherwise
            return rows
        super().executemany(step.sql, step.rows)
        return []


class _Answers:
    """The rows of each step, where aiosqlite expects a cursor."""

    def __init__(self, answers: list[list[Any]]) -> None:
        self._answers = answers

    def fetchall(self) -> list[list[Any]]:
        return self._answers


class SQLiteLink:
    """A connection to a file, as `Link` says."""

    dialect = SQLITE
    begin_reading = Statement(text("BEGIN"))
    begin_writing = Statement(text("BEGIN IMMEDIATE"))

    def __init__(self, connection: aiosqlite.Connection, sort: Callable[[Exception], Exception]) -> None:
        self._connection = connection
        self._sort = sort

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open; SQLite may have ended it by itself."""
        return self._connection.in_transaction

    async def execute(self, steps: Sequence[Step]) -> list[list[Any]]:
        """Execute steps in one hop."""
        try:
            return cast("list[list[Any]]", await self._connection.execute_fetchall(BURST, steps))
        except StoreError:
            raise
        except Exception as error:
            raise self._sort(error) from error
