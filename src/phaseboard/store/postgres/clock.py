"""The clock of the database: leases of several nodes are told by one clock, however theirs differ."""

from datetime import UTC, datetime, timedelta
from time import monotonic

from sqlalchemy import func, select

from phaseboard.store.session import Session
from phaseboard.store.statement import Statement

_NOW = Statement(select(func.clock_timestamp().label("now")))

ASKED = 3
"""How often the time is asked for in one comparison."""


class DatabaseClock:
    """Tells the database's time, as it was last compared: by this machine's clock until then."""

    def __init__(self) -> None:
        self._base: datetime | None = None

    def __call__(self) -> datetime:
        """Return the instant: UTC, to the millisecond."""
        now = datetime.now(UTC) if self._base is None else self._base + timedelta(seconds=monotonic())
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    @property
    def ahead(self) -> timedelta:
        """How much the database's clock is ahead of this machine's."""
        return timedelta() if self._base is None else self() - datetime.now(UTC)

    async def compare(self, session: Session) -> None:
        """Ask for the time, and go by the quickest answer: it is the nearest to the truth. Raises StoreError."""
        answers = [await _ask(session) for _ in range(ASKED)]
        _, self._base = min(answers)


async def _ask(session: Session) -> tuple[float, datetime]:
    """Return how long the answer took, and by it when this machine's count of seconds began."""
    began = monotonic()
    (row,) = await session.fetch_all(_NOW)
    took = monotonic() - began
    return took, row["now"] - timedelta(seconds=began + took / 2)
