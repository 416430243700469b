"""Reading from a database, as `Reader` of the port says."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from operator import itemgetter
from typing import Any, TypeVar

from phaseboard.domain.events import RecordedEvent
from phaseboard.domain.release import Release
from phaseboard.store import statements as sql
from phaseboard.store._census_sql import SQLCensusReader
from phaseboard.store._tokens_sql import SQLTokenReader
from phaseboard.store.decode import Row, event_of, instant_of, release_of, remembered_of, status_of
from phaseboard.store.errors import Undecodable
from phaseboard.store.histories import HISTORIES
from phaseboard.store.instants import from_ms, to_ms
from phaseboard.store.pages import COLUMN, page_query
from phaseboard.store.port import DueTask, Listed, ReleasePage, Remembered, Status
from phaseboard.store.session import Session

T = TypeVar("T")
Parts = dict[str, list[Row]]

logger = logging.getLogger(__name__)


class SQLReader(SQLTokenReader, SQLCensusReader):
    def __init__(self, session: Session) -> None:
        self._session = session

    async def status(self, release_id: str) -> Status | None:
        rows, cycles = await self._statuses([release_id])
        return status_of(rows[0], cycles[release_id]) if rows else None

    async def statuses(self, release_ids: Sequence[str]) -> Mapping[str, Status | Undecodable]:
        rows, cycles = await self._statuses(release_ids)
        return {row["id"]: _decoded(row, lambda row: status_of(row, cycles[row["id"]])) for row in rows}

    async def release(self, release_id: str) -> Release | None:
        rows, cycles, tasks = await self._releases([release_id])
        return release_of(rows[0], cycles[release_id], tasks[release_id]) if rows else None

    async def releases(self, release_ids: Sequence[str]) -> Mapping[str, Release | Undecodable]:
        rows, cycles, tasks = await self._releases(release_ids)
        found: dict[str, Release | Undecodable] = {}
        for row in rows:
            if found:
                await asyncio.sleep(0)  # a large one takes milliseconds: others get to run in between
            found[row["id"]] = _decoded(row, lambda row: release_of(row, cycles[row["id"]], tasks[row["id"]]))
        return found

    async def page(self, page: ReleasePage) -> list[tuple[Listed, int]]:
        query = page_query(page)
        if query is None or page.limit <= 0:
            return []
        statement, values = query
        rows = await self._session.fetch_all(statement, **values)
        cycles = _parts(await self._session.fetch_all(sql.CYCLES, ids=sql.listed(row["id"] for row in rows)))
        shown = _legible(rows, lambda row: _listed(row, cycles[row["id"]]))
        missing = len(rows) - len(shown) if len(rows) == page.limit else 0
        if page.backwards:
            shown.reverse()
        if not missing:
            return shown
        last = (instant_of(rows[-1][COLUMN[page.order]]), rows[-1]["id"])
        more = await self.page(replace(page, limit=missing, after=last))
        return [*more, *shown] if page.backwards else [*shown, *more]

    async def events(
        self, after: int, limit: int, release_id: str | None = None, *, backwards: bool = False
    ) -> list[RecordedEvent]:
        statement = sql.EVENTS[backwards, release_id is not None]
        values = {"after": _bounded(after), "limit": max(limit, 0), "release_id": release_id}
        rows = await self._session.fetch_all(statement, **values)
        found = _legible(rows, event_of)
        if rows and not found:
            return await self.events(rows[-1]["position"], limit, release_id, backwards=backwards)
        return found

    async def histories(
        self, release_ids: Sequence[str], after: int, limit: int, *, backwards: bool = False
    ) -> Mapping[str, Sequence[RecordedEvent]]:
        if limit <= 0:
            return {}
        values = {"ids": sql.listed(dict.fromkeys(release_ids)), "after": _bounded(after), "limit": limit}
        stretches = _parts(await self._session.fetch_all(HISTORIES[backwards], **values))
        found: dict[str, Sequence[RecordedEvent]] = {}
        for release_id, rows in stretches.items():
            if found:
                await asyncio.sleep(0)
            rows.sort(key=itemgetter("position"), reverse=backwards)
            found[release_id] = _legible(rows, event_of)
            if not found[release_id]:
                found[release_id] = await self.events(rows[-1]["position"], limit, release_id, backwards=backwards)
        return found

    async def last_position(self) -> int:
        rows = await self._session.fetch_all(sql.LAST_POSITION)
        return int(rows[0]["position"])

    async def first_position(self, release_id: str | None = None) -> int:
        statement = sql.PRUNED if release_id is None else sql.PRUNED_OF
        rows = await self._session.fetch_all(statement, release_id=release_id)
        return int(rows[0]["position"]) + 1

    async def due_releases(self, now: datetime, limit: int, beyond: str = "") -> list[str]:
        rows = await self._session.fetch_all(sql.DUE_RELEASES, now=to_ms(now), limit=max(limit, 0), beyond=beyond)
        return [row["release_id"] for row in rows]

    async def due_tasks(self, now: datetime, limit: int, beyond: DueTask | None = None) -> list[DueTask]:
        due_at, task_id = (to_ms(beyond.due_at), beyond.task_id) if beyond else (sql.BEFORE_ALL, "")
        values = {"now": to_ms(now), "limit": max(limit, 0), "due_at": due_at, "id": task_id}
        rows = await self._session.fetch_all(sql.DUE_TASKS, **values)
        return [DueTask(row["id"], row["release_id"], from_ms(row["due_at"]), row["claims"]) for row in rows]

    async def next_due(self, after: datetime | None = None) -> datetime | None:
        rows = await self._session.fetch_all(sql.NEXT_DUE, after=sql.BEFORE_ALL if after is None else to_ms(after))
        return instant_of(rows[0]["due_at"])

    async def recall(self, key: str) -> Remembered | None:
        rows = await self._session.fetch_all(sql.RECALL, key=key)
        return replace(remembered_of(rows[0]), key=key) if rows else None

    async def _statuses(self, release_ids: Sequence[str]) -> tuple[list[Row], Parts]:
        ids = sql.listed(release_ids)
        rows, cycles = await self._session.fetch_each((sql.STATUSES, sql.CYCLES), ids=ids)
        return rows, _parts(cycles)

    async def _releases(self, release_ids: Sequence[str]) -> tuple[list[Row], Parts, Parts]:
        ids = sql.listed(release_ids)
        rows, cycles, tasks = await self._session.fetch_each((sql.RELEASES, sql.CYCLES, sql.TASKS), ids=ids)
        return rows, _parts(cycles), _parts(tasks)


def _parts(rows: Iterable[Row]) -> Parts:
    """Return the rows of each release."""
    parts: Parts = defaultdict(list)
    for row in rows:
        parts[row["release_id"]].append(row)
    return parts


def _listed(row: Row, cycles: Sequence[Row]) -> tuple[Listed, int]:
    status = status_of(row, cycles)
    return Listed(snapshot=status.snapshot, next_cycle_at=instant_of(row["next_cycle_at"])), status.position


def _decoded(row: Row, decode: Callable[[Any], T]) -> T | Undecodable:
    """Return what a row holds, or its fault, which is logged."""
    try:
        return decode(row)
    except Undecodable as fault:
        logger.exception("A row is damaged.", extra={"action": "store.damaged"})
        return fault


def _legible(rows: Iterable[Row], decode: Callable[[Any], T]) -> list[T]:
    """Return what can be decoded."""
    found = (_decoded(row, decode) for row in rows)
    return [one for one in found if not isinstance(one, Undecodable)]


def _bounded(position: int) -> int:
    return max(min(position, sql.AFTER_ALL), sql.BEFORE_ALL)
