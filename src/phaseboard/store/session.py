"""One connection in the hands of one piece of work."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from phaseboard.store.aggregates import Aggregates, Draft
from phaseboard.store.link import Link
from phaseboard.store.port import Change
from phaseboard.store.statement import ONCE, Statement, Step

Told = Callable[[list[Any]], None]
"""Takes the rows of a statement."""


class Session:
    """A connection, as long as the work it was given to goes on.

    What has no result that matters is posted: it is executed together with what is waited for next, in order and in one
    hop. After an error of the database the work cannot end well, even if it looks away. Statements `around` what needs
    several steps begin and end a transaction of its own; one step by itself needs none.
    """

    def __init__(
        self, link: Link, draft: Draft | None = None, around: tuple[Statement, Statement] | None = None
    ) -> None:
        self._link: Link | None = link
        self._dialect = link.dialect
        self._around = tuple(statement.step(self._dialect, ONCE) for statement in around or ())
        self._posted: list[Step] = []
        self._promised: dict[int, Told] = {}
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
            self._posted.append(statement.step(self._dialect, rows))

    def require(self, statement: Statement, values: Mapping[str, Any], otherwise: Exception) -> None:
        """Execute a statement without waiting; when it returns no row, what is waited for next raises `otherwise`."""
        self._posted.append(statement.step(self._dialect, [values])._replace(otherwise=otherwise))

    def promise(self, statement: Statement, values: Mapping[str, Any], told: Told) -> None:
        """Execute a statement without waiting; `told` gets its rows once it was executed."""
        self._promised[len(self._posted)] = told
        self.post(statement, [values])

    async def fetch_all(self, statement: Statement, **values: Any) -> list[Any]:
        """Execute a statement and return all of its rows. Raises StoreError."""
        return (await self.fetch_each((statement,), **values))[0]

    async def fetch_each(self, statements: Sequence[Statement], **values: Any) -> list[list[Any]]:
        """Execute statements with the same values and return the rows of each. Raises StoreError."""
        self._posted.extend(statement.step(self._dialect, (values,)) for statement in statements)
        return (await self._execute())[-len(statements) :]

    async def flush(self) -> None:
        """Execute what was posted. Raises StoreError."""
        if self._posted:
            await self._execute()

    def check(self) -> None:
        """Raise the error that the database answered with, if any."""
        if self._broken is not None:
            raise self._broken

    def end(self) -> None:
        """Take the connection away: the work is over."""
        self._link = None

    async def _execute(self) -> list[list[Any]]:
        if self._link is None:
            raise RuntimeError("A reader or writer was used after its work was over.")
        self.used = True
        steps, self._posted = self._posted, []
        promised, self._promised = self._promised, {}
        try:
            answers = await self._hop(self._link, steps)
        except Exception as error:
            self._broken = error
            raise
        for step, told in promised.items():
            told(answers[step])
        return answers

    async def _hop(self, link: Link, steps: list[Step]) -> list[list[Any]]:
        if not self._around or len(steps) == 1:
            return await link.execute(steps)
        begin, end = self._around
        return (await link.execute([begin, *steps, end]))[1:-1]
