"""A connection to a database, whichever it is, in the hands of one lane."""

from collections.abc import Sequence
from typing import Any, Protocol

from phaseboard.store.dialects import Dialect
from phaseboard.store.statement import Statement, Step


class Link(Protocol):
    """One connection: it belongs to one asyncio task."""

    dialect: Dialect
    begin_reading: Statement
    begin_writing: Statement

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open, be it one that failed; False once the connection is lost."""
        ...

    async def execute(self, steps: Sequence[Step]) -> list[list[Any]]:
        """Execute steps in their order, up to the first that fails, and return the rows of each.

        Raises what `sort` makes of the driver's errors.
        """
        ...
