"""Writing to a database, as `Writer` of the port says."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import takewhile

from phaseboard.domain.actor import Actor
from phaseboard.domain.events import Event
from phaseboard.domain.release import Release
from phaseboard.store import statements as sql
from phaseboard.store._reader import SQLReader
from phaseboard.store._tokens_sql import SQLTokenWriter
from phaseboard.store.encode import (
    Values,
    changed_task_rows,
    cron_row,
    cycle_rows,
    event_rows,
    new_task_rows,
    release_row,
    remembered_row,
    state_row,
)
from phaseboard.store.errors import Conflict
from phaseboard.store.instants import cut, cut_after, to_ms
from phaseboard.store.port import Change, Place, Remembered


class SQLWriter(SQLReader, SQLTokenWriter):
    async def release(self, release_id: str) -> Release | None:
        return self._session.draft.get(release_id) or await self._loaded(release_id)

    async def add(self, release: Release, events: Sequence[Event], now: datetime, actor: Actor | None) -> Place:
        release = cut(release)
        if not await self._session.fetch_all(sql.ADD_RELEASE, **release_row(release)):
            raise Conflict(f"There is a release {release.id} already.")
        self._session.post(sql.ADD_CRON, [cron_row(release)])
        self._put_cycles([], cycle_rows(release))
        self._session.post(sql.ADD_TASK, new_task_rows(None, release, now))
        return await self._record(release, events, now, actor)

    async def save(
        self, before: Release, after: Release, events: Sequence[Event], now: datetime, actor: Actor | None
    ) -> Place:
        after = cut_after(before, after)
        self._save_state(before, after)
        old, new = cron_row(before), cron_row(after)
        if old != new:
            self._session.post(sql.SAVE_CRON, [{**new, "of_release": after.id}])
        if before.cycles is not after.cycles or before.scheduled is not after.scheduled:
            self._put_cycles(cycle_rows(before), cycle_rows(after))
        self._session.post(sql.SAVE_TASK, changed_task_rows(before, after, now))
        self._session.post(sql.ADD_TASK, new_task_rows(before, after, now))
        return await self._record(after, events, now, actor)

    async def lease(self, task_id: str, token: int, expires_at: datetime) -> None:
        self._session.post(sql.LEASE, [{"task_id": task_id, "token": token, "until": to_ms(expires_at)}])

    async def is_due(self, task_id: str, now: datetime) -> bool:
        return bool(await self._session.fetch_all(sql.IS_DUE, id=task_id, now=to_ms(now)))

    async def renew(self, task_id: str, token: int, expires_at: datetime) -> bool:
        return bool(await self._session.fetch_all(sql.LEASE, task_id=task_id, token=token, until=to_ms(expires_at)))

    async def remember(self, remembered: Remembered) -> None:
        if remembered.place.known is None:
            await self._session.flush()
        if not await self._session.fetch_all(sql.REMEMBER, **remembered_row(cut(remembered))):
            raise Conflict(f"The idempotency key {remembered.key} is in use already.")

    async def prune(self, before: datetime, limit: int) -> int:
        oldest = await self._session.fetch_all(sql.OLDEST_EVENTS, limit=max(limit, 0))
        old = list(takewhile(lambda row: row["occurred_at"] < to_ms(before), oldest))
        if old:
            newest = {row["release_id"]: row["position"] for row in old}
            noted = [{"release_id": release_id, "position": position} for release_id, position in newest.items()]
            self._session.post(sql.NOTE_PRUNED, noted)
            self._session.post(sql.PRUNE, [{"until": old[-1]["position"]}])
        return len(old)

    async def forget(self, before: datetime, limit: int) -> int:
        return len(await self._session.fetch_all(sql.FORGET, before=to_ms(before), limit=max(limit, 0)))

    async def _loaded(self, release_id: str) -> Release | None:
        loaded = await super().release(release_id)
        if loaded is not None:
            self._session.draft.put(loaded)
        return loaded

    def _save_state(self, before: Release, after: Release) -> None:
        same = _state(before) == _state(after)
        statement = sql.TOUCH_RELEASE if same else sql.SAVE_RELEASE
        values = {
            **({} if same else state_row(after)),
            "release_id": before.id,
            "expected": before.revision,
            "revision": after.revision,
            "updated_at": to_ms(after.updated_at),
        }
        changed = Conflict(f"{before.id} changed since revision {before.revision} was read.")
        self._session.require(statement, values, changed)

    def _put_cycles(self, before: list[Values], after: list[Values]) -> None:
        known = {row["number"]: row for row in before}
        changed = [row for row in after if known.pop(row["number"], None) != row]
        self._session.post(sql.PUT_CYCLE, changed)
        self._session.post(sql.DROP_CYCLE, list(known.values()))

    async def _record(self, release: Release, events: Sequence[Event], now: datetime, actor: Actor | None) -> Place:
        """Append to the log; the place is known once the last event was written, at the latest with the commit."""
        new = event_rows(release, events, now, actor)
        self._session.changes.append(Change(release.id, release.revision))
        self._session.draft.put(release)
        place = Place()

        def told(rows: Sequence[Mapping[str, int]]) -> None:
            place.known = rows[0]["position"]

        self._session.post(sql.ADD_EVENTS, new[:-1])
        if new:
            self._session.promise(sql.ADD_LAST_EVENT, new[-1], told)
        else:
            self._session.promise(sql.POSITION_OF, {"release_id": release.id}, told)
        return place


def _state(release: Release) -> tuple[object, ...]:
    """Return all that `state_row` is made from, besides the plan, which never changes."""
    return release.status, release.stages, release.cron, release.cycles, release.scheduled, release.reviews
