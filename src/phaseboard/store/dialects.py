"""What the SQL of the databases differs in; all that is the same for each is written once, in SQLAlchemy Core."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Table, TableValuedAlias, Text, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.engine import Dialect as Compiler
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


@dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """How statements are written for one kind of database; `insert` knows what to do on a conflict."""

    name: str
    compiler: Compiler
    insert: Callable[[Table], Any]


SQLITE = Dialect("sqlite", pysqlite.dialect(paramstyle="qmark"), sqlite.insert)
POSTGRES = Dialect(
    "postgresql",
    asyncpg.dialect(paramstyle="numeric_dollar"),  # type: ignore[no-untyped-call]
    postgresql.insert,
)


class Texts(FunctionElement[str]):
    """The rows of a JSON list of texts."""

    inherit_cache = True
    type = Text()


class Occurrence(FunctionElement[int]):
    """Where a text begins in another, letter by letter; 0 when it does not occur there."""

    inherit_cache = True
    type = Integer()


def listed(parameter: str) -> TableValuedAlias:
    """Return the JSON list of texts that a parameter holds as a table of one column, `value`."""
    return Texts(bindparam(parameter, type_=Text())).table_valued("value")


def among(column: ColumnElement[str], parameter: str) -> ColumnElement[bool]:
    """Return the test for being in the JSON list that a parameter holds: one statement for any number."""
    return column.in_(select(listed(parameter).c.value))


def within(column: ColumnElement[str], parameter: str) -> ColumnElement[bool]:
    """Return the test for holding the text of a parameter."""
    return Occurrence(column, bindparam(parameter, type_=Text())) > 0


@compiles(Texts, SQLITE.name)
def _texts_in_sqlite(element: Texts, compiler: SQLCompiler, **how: Any) -> str:
    return f"json_each{compiler.process(element.clause_expr, **how)}"


@compiles(Texts, POSTGRES.name)
def _texts_in_postgres(element: Texts, compiler: SQLCompiler, **how: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **how)} AS JSON))"


@compiles(Occurrence, SQLITE.name)
def _occurrence_in_sqlite(element: Occurrence, compiler: SQLCompiler, **how: Any) -> str:
    return f"instr{compiler.process(element.clause_expr, **how)}"


@compiles(Occurrence, POSTGRES.name)
def _occurrence_in_postgres(element: Occurrence, compiler: SQLCompiler, **how: Any) -> str:
    return f"strpos{compiler.process(element.clause_expr, **how)}"
