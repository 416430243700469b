"""The log of several nodes: positions are handed out in the order of the commits, without a gap.

Whoever appends takes hold of the end first, by a lock, and lets go with the commit: so the newest event he sees is the
last one, and nobody sees a position while a lower one may still come. That makes everybody wait for everybody, so it is
the last thing that a transaction does: what was appended until then has a place, but no position yet. A lock leaves
nothing behind, unlike a row that counts: as long as an old snapshot is held, that grows with each commit.
"""

from dataclasses import dataclass, field
from itertools import count

from sqlalchemy import BigInteger, bindparam, insert, update

from phaseboard.store.encode import Values
from phaseboard.store.link import Link
from phaseboard.store.port import Place
from phaseboard.store.postgres.link import HOLD_LOG
from phaseboard.store.session import Session
from phaseboard.store.statement import ONCE, Statement
from phaseboard.store.statements import LAST_POSITION, POSITION_OF
from phaseboard.store.tables import idempotency_keys, release_events

_APPEND = Statement(insert(release_events))
_PLACE_KEY = Statement(
    update(idempotency_keys)
    .where(idempotency_keys.c.key == bindparam("of_key"))
    .values(position=bindparam("position", type_=BigInteger))
)

CHANNEL = "phaseboard"
"""Whoever listens on it is sent the last position of each commit, when it is done: a hint, the log is the truth."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The events of one change, and the place of the last of them."""

    release_id: str
    rows: list[Values]
    place: Place


@dataclass(slots=True)
class Log:
    """What a transaction appends at its end."""

    entries: list[Entry] = field(default_factory=list)
    keys: list[tuple[str, Place]] = field(default_factory=list)
    last: int = 0
    """The last position that was written down."""

    def take(self, other: "Log") -> None:
        """Append what another one holds, too."""
        self.entries += other.entries
        self.keys += other.keys

    async def write(self, link: Link) -> None:
        """Write it all down, and tell the places. Raises StoreError."""
        entries, self.entries = self.entries, []
        keys, self.keys = self.keys, []
        session = Session(link)
        rows = [row for entry in entries for row in entry.rows]
        if rows:
            session.post(HOLD_LOG, ONCE)
            (end,) = await session.fetch_all(LAST_POSITION)
            positions = count(end["position"] + 1)
            session.post(_APPEND, [{**row, "position": next(positions)} for row in rows])
            self.last = end["position"] + len(rows)
            _tell(entries, end["position"])
        for entry in entries:
            if not entry.rows:
                (last,) = await session.fetch_all(POSITION_OF, release_id=entry.release_id)
                entry.place.known = last["position"]
        session.post(_PLACE_KEY, [{"of_key": key, "position": place.position} for key, place in keys])
        await session.flush()


def _tell(entries: list[Entry], position: int) -> None:
    for entry in entries:
        position += len(entry.rows)
        if entry.rows:
            entry.place.known = position
