"""Several statements in one hop to the driver's thread.

aiosqlite runs each statement in a thread of its own, and the way there and back costs more than most statements do.
It is handed the class of its connection, and that class understands a burst: statements that are executed one after
the other, up to the first that fails.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import aiosqlite

BURST = "a burst of statements"


class Step(NamedTuple):
    """One statement of a burst, executed once for each of its rows of parameters."""

    sql: str
    rows: Sequence[Sequence[Any]]


class BurstConnection(sqlite3.Connection):
    """A connection that executes a burst: the text BURST with the steps in the place of parameters."""

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """Execute a statement or, under the name of BURST, several."""
        if sql != BURST:
            return super().execute(sql, parameters)
        return cast("sqlite3.Cursor", _Answers([self._answer(step) for step in parameters]))

    def _answer(self, step: Step) -> list[Any]:
        if len(step.rows) == 1:
            return super().execute(step.sql, step.rows[0]).fetchall()
        super().executemany(step.sql, step.rows)
        return []


class _Answers:
    """The rows of each step, where aiosqlite expects a cursor."""

    def __init__(self, answers: list[list[Any]]) -> None:
        self._answers = answers

    def fetchall(self) -> list[list[Any]]:
        return self._answers


async def execute(connection: aiosqlite.Connection, steps: Sequence[Step]) -> list[list[Any]]:
    """Execute steps in one hop and return the rows of each."""
    return cast("list[list[Any]]", await connection.execute_fetchall(BURST, steps))
