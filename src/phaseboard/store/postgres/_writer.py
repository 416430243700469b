"""Writing to PostgreSQL: other nodes write too, so what is changed is locked before it is looked at."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Text, bindparam, func, select

from phaseboard.domain.actor import Actor
from phaseboard.domain.events import Event, RecordedEvent
from phaseboard.domain.release import Release
from phaseboard.store._writer import SQLWriter
from phaseboard.store.aggregates import Draft
from phaseboard.store.encode import event_rows
from phaseboard.store.errors import Contended, Undecodable
from phaseboard.store.instants import to_ms
from phaseboard.store.link import Link
from phaseboard.store.port import Change, Listed, Place, ReleasePage, Remembered, Status
from phaseboard.store.postgres.log import Entry, Log
from phaseboard.store.session import Session
from phaseboard.store.statement import Statement
from phaseboard.store.tables import release_tasks, releases

_LOCK = Statement(select(releases.c.revision).where(releases.c.id == bindparam("release_id")).with_for_update())
_IS_DUE = Statement(
    select(release_tasks.c.id)
    .join(releases, releases.c.id == release_tasks.c.release_id)
    .where(release_tasks.c.id == bindparam("id"), release_tasks.c.due_at <= bindparam("now"))
    .with_for_update(skip_locked=True)
)
"""A task that somebody else works on is not due: he will flush it."""

_LOCK_KEY = Statement(select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("key", type_=Text), 0))))
"""Of two requests with the same key the later one finds the result of the first."""

_PRUNING = "phaseboard prunes the log"
"""Nodes prune one after the other: what one notes of a release must not be older than what another has noted."""


class WriterSession(Session):
    """A connection, and what its work appends to the log; `before` is what the transaction appended already."""

    def __init__(self, link: Link, draft: Draft, before: Log | None = None) -> None:
        super().__init__(link, draft)
        self._whole = link
        self._before = before
        self.log = Log()

    def awaits_place(self, key: str) -> bool:
        """Whether a key was remembered in this transaction, and the place of its change is not known yet."""
        logs = (self.log, self._before) if self._before else (self.log,)
        return any(key == waiting for log in logs for waiting, _ in log.keys)

    async def complete_log(self) -> None:
        """Have the log hold what was appended so far. Raises Contended when that must wait for others' work to end."""
        if self._before is not None and (self._before.entries or self.log.entries):
            raise Contended("The log is not complete before the end of a shared transaction.")
        if self.log.entries:
            await self.flush()
            await self.log.write(self._whole)


class PostgresWriter(SQLWriter):
    _session: WriterSession

    async def release(self, release_id: str) -> Release | None:
        known = self._session.draft.own(release_id)
        if known is not None:
            return known
        locked = await self._session.fetch_all(_LOCK, release_id=release_id)
        if not locked:
            return None
        known = self._session.draft.get(release_id)
        if known is None or known.revision != locked[0]["revision"]:
            return await self._loaded(release_id)
        self._session.draft.put(known)
        return known

    async def is_due(self, task_id: str, now: datetime) -> bool:
        return bool(await self._session.fetch_all(_IS_DUE, id=task_id, now=to_ms(now)))

    async def recall(self, key: str) -> Remembered | None:
        """Return a first result; its change may be news to this node, so it is told like one of its own."""
        session = self._session
        await session.fetch_all(_LOCK_KEY, key=key)
        if session.awaits_place(key):
            await session.complete_log()
        first = await super().recall(key)
        if first is not None:
            session.changes.append(Change(first.release_id, first.snapshot.revision))
        return first

    async def remember(self, remembered: Remembered) -> None:
        await super().remember(remembered)
        if remembered.place.known is None:
            self._session.log.keys.append((remembered.key, remembered.place))

    async def status(self, release_id: str) -> Status | None:
        await self._session.complete_log()
        return await super().status(release_id)

    async def statuses(self, release_ids: Sequence[str]) -> Mapping[str, Status | Undecodable]:
        await self._session.complete_log()
        return await super().statuses(release_ids)

    async def page(self, page: ReleasePage) -> list[tuple[Listed, int]]:
        await self._session.complete_log()
        return await super().page(page)

    async def events(
        self, after: int, limit: int, release_id: str | None = None, *, backwards: bool = False
    ) -> list[RecordedEvent]:
        await self._session.complete_log()
        return await super().events(after, limit, release_id, backwards=backwards)

    async def histories(
        self, release_ids: Sequence[str], after: int, limit: int, *, backwards: bool = False
    ) -> Mapping[str, Sequence[RecordedEvent]]:
        await self._session.complete_log()
        return await super().histories(release_ids, after, limit, backwards=backwards)

    async def last_position(self) -> int:
        await self._session.complete_log()
        return await super().last_position()

    async def prune(self, before: datetime, limit: int) -> int:
        await self._session.complete_log()
        await self._session.fetch_all(_LOCK_KEY, key=_PRUNING)
        return await super().prune(before, limit)

    async def _record(self, release: Release, events: Sequence[Event], now: datetime, actor: Actor | None) -> Place:
        session, place = self._session, Place()
        session.changes.append(Change(release.id, release.revision))
        session.draft.put(release)
        session.log.entries.append(Entry(release.id, event_rows(release, events, now, actor), place))
        await session.flush()
        return place
