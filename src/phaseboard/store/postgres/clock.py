"""The clock of the database: leases of several nodes are told by one clock, however theirs differ."""

from datetime import UTC, datetime, timedelta
from time import monotonic

from sqlalchemy import func, select

from phaseboard.store.session import Session
from phaseboard.store.statement import Statement

_NOW = Statement(select(func.clock_timestamp().label("now")))


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
        """Ask for the time. Raises StoreError."""
        began = monotonic()
        (row,) = await session.fetch_all(_NOW)
        self._base = row["now"] - timedelta(seconds=(began + monotonic()) / 2)
