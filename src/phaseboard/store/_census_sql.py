"""Counting in a database, as `CensusReader` of `census` says: along indexes."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table, bindparam, case, func, literal_column, select

from phaseboard.domain.enums import Phase, TaskStatus
from phaseboard.store.census import MAX_DUE, Backlog, Census, PhaseCount
from phaseboard.store.decode import Row, instant_of
from phaseboard.store.instants import from_ms, to_ms
from phaseboard.store.session import Session
from phaseboard.store.statement import Statement
from phaseboard.store.tables import cron_jobs, release_tasks, releases

_COUNT = func.count().label("count")
_TASK = release_tasks.c


def _due(waiting: Table) -> Select[int, Any]:
    earliest = select(waiting.c.due_at, waiting.c.release_id).where(waiting.c.due_at <= bindparam("now"))
    some = earliest.order_by(waiting.c.due_at).limit(literal_column(str(MAX_DUE))).subquery()
    changed = releases.c.updated_at
    since = func.min(case((some.c.due_at > changed, some.c.due_at), else_=changed)).label("since")
    return select(_COUNT, since).select_from(some.join(releases, releases.c.id == some.c.release_id))


PHASES = Statement(
    select(releases.c.phase, _COUNT, func.min(releases.c.phase_since).label("since")).group_by(releases.c.phase)
)
TASKS = Statement(
    select(_TASK.status, _TASK.executor, _COUNT)
    .where(_TASK.executor.is_not(None))
    .group_by(_TASK.status, _TASK.executor)
)
DUE_RELEASES = Statement(_due(cron_jobs))
DUE_TASKS = Statement(_due(release_tasks))


class SQLCensusReader:
    _session: Session

    async def census(self, now: datetime) -> Census:
        statements = (PHASES, TASKS, DUE_RELEASES, DUE_TASKS)
        phases, tasks, due_releases, due_tasks = await self._session.fetch_each(statements, now=to_ms(now))
        return Census(
            phases={Phase(row["phase"]): PhaseCount(row["count"], from_ms(row["since"])) for row in phases},
            tasks={(TaskStatus(row["status"]), row["executor"]): row["count"] for row in tasks},
            due_releases=_backlog(due_releases[0]),
            due_tasks=_backlog(due_tasks[0]),
        )


def _backlog(row: Row) -> Backlog:
    return Backlog(row["count"], instant_of(row["since"]))
