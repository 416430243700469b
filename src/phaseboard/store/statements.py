"""What is asked of a database, as SQLAlchemy Core; lists of releases are in `pages`."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    Boolean,
    ClauseElement,
    ColumnElement,
    Select,
    Table,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    tuple_,
    union_all,
    update,
)

from phaseboard.domain.enums import ReleaseStatus, TaskStatus
from phaseboard.store.dialects import Dialect, among
from phaseboard.store.statement import Statement
from phaseboard.store.tables import (
    cron_jobs,
    idempotency_keys,
    pruned_events,
    regression_cycles,
    release_events,
    release_tasks,
    releases,
)

BEFORE_ALL, AFTER_ALL = -(2**63), 2**63 - 1
"""Below and above every instant and position."""

_UNKEPT = re.compile("[\x00\ud800-\udfff]")

_TASK = release_tasks.c
_DUE_TASK = (_TASK.id, _TASK.release_id, _TASK.due_at, _TASK.claims)

CRON = (cron_jobs.c.status.label("cron_status"), cron_jobs.c.pauseType)


def _position_of(release_id: ColumnElement[str] | None = None) -> Select[Any]:
    """Return the position of the newest event; of one that was pruned a note is left."""

    def newest(log: Table, *otherwise: object) -> Select[Any]:
        found = select(func.coalesce(func.max(log.c.position), *otherwise).label("position"))
        found = found if release_id is None else found.where(log.c.release_id == release_id)
        return found.correlate_except(log)

    return newest(release_events, newest(pruned_events, 0).scalar_subquery())


POSITION = _position_of(releases.c.id).scalar_subquery().label("position")
_WITHHELD = ("plan", "secret", "reviews", "search_text", "phase_since")
"""What no status tells; to get at a column that stands behind the plan, SQLite reads all of the plan."""

STATUS = (
    *(column for column in releases.c if column.name not in _WITHHELD),
    *CRON,
    POSITION,
)


def listed(keys: Iterable[str]) -> str:
    """Return the parameter `ids`; what cannot be kept as a text is no key of anything."""
    return json.dumps([key for key in keys if not _UNKEPT.search(key)])


def _setting(*names: str) -> dict[str, Any]:
    return {name: bindparam(name) for name in names}


_OF_THEIR_CRON = releases.join(cron_jobs, cron_jobs.c.release_id == releases.c.id)
_THESE = among(releases.c.id, "ids")

RELEASES = Statement(select(releases, *CRON).select_from(_OF_THEIR_CRON).where(_THESE))
STATUSES = Statement(select(*STATUS).select_from(_OF_THEIR_CRON).where(_THESE))
CYCLES = Statement(
    select(regression_cycles)
    .where(among(regression_cycles.c.release_id, "ids"))
    .order_by(regression_cycles.c.release_id, regression_cycles.c.number)
)
TASKS = Statement(select(release_tasks).where(among(_TASK.release_id, "ids")).order_by(_TASK.release_id, _TASK.number))

# Concatenated, the id cannot tempt the planner to walk all releases in its order: few are due.
_DUE_ID = cron_jobs.c.release_id.concat("")
DUE_RELEASES = Statement(
    select(cron_jobs.c.release_id)
    .where(cron_jobs.c.due_at <= bindparam("now"), bindparam("beyond") < _DUE_ID)
    .order_by(_DUE_ID)
    .limit(bindparam("limit"))
)
_BEYOND_TASK = tuple_(_TASK.due_at, _TASK.id) > tuple_(bindparam("due_at"), bindparam("id"))
DUE_TASKS = Statement(
    select(*_DUE_TASK)
    .where(_TASK.due_at <= bindparam("now"), _BEYOND_TASK)
    .order_by(_TASK.due_at, _TASK.id)
    .limit(bindparam("limit"))
)
IS_DUE = Statement(select(_TASK.id).where(_TASK.id == bindparam("id"), _TASK.due_at <= bindparam("now")))
_EARLIEST = union_all(
    *(
        select(func.min(due_at).label("due_at")).where(due_at > bindparam("after"))
        for due_at in (cron_jobs.c.due_at, _TASK.due_at)
    )
).subquery()
NEXT_DUE = Statement(select(func.min(_EARLIEST.c.due_at).label("due_at")))

_position = release_events.c.position
LAST_POSITION = Statement(_position_of())
POSITION_OF = Statement(_position_of(bindparam("release_id")))
_PRUNED = func.coalesce(func.max(pruned_events.c.position), 0).label("position")
PRUNED = Statement(select(_PRUNED))
PRUNED_OF = Statement(select(_PRUNED).where(pruned_events.c.release_id == bindparam("release_id")))


def _events(*, backwards: bool, of_release: bool) -> Select[Any]:
    mark: BindParameter[int] = bindparam("after")
    found = select(release_events).where(_position < mark if backwards else _position > mark)
    if of_release:
        found = found.where(release_events.c.release_id == bindparam("release_id"))
    return found.order_by(_position.desc() if backwards else _position).limit(bindparam("limit"))


EVENTS = {
    (backwards, of_release): Statement(_events(backwards=backwards, of_release=of_release))
    for backwards in (False, True)
    for of_release in (False, True)
}
"""By whether they are read backwards, and of one release alone."""


def _if_new(table: Table, key: ColumnElement[str]) -> Statement:
    """Return the statement that inserts a row and returns its key, or nothing when there is one like it."""
    return Statement(lambda dialect: dialect.insert(table).on_conflict_do_nothing().returning(key))


def _or_else(table: Table, key: Sequence[str], changing: Sequence[str]) -> Statement:
    """Return the statement that inserts a row, or changes the one with its key."""

    def written(dialect: Dialect) -> ClauseElement:
        new = dialect.insert(table)
        changes = {name: new.excluded[name] for name in changing}
        found: ClauseElement = new.on_conflict_do_update(index_elements=key, set_=changes)
        return found

    return Statement(written)


ADD_RELEASE = _if_new(releases, releases.c.id)
ADD_CRON = Statement(insert(cron_jobs))
ADD_TASK = Statement(insert(release_tasks))
_NEW_EVENT = insert(release_events).values(
    **_setting("release_id", "revision", "type", "occurred_at", "actor", "data", "snapshot")
)
ADD_EVENTS = Statement(_NEW_EVENT.inline())
ADD_LAST_EVENT = Statement(_NEW_EVENT.returning(_position))

OLDEST_EVENTS = Statement(
    select(_position, release_events.c.release_id, release_events.c.occurred_at)
    .where(_position > BEFORE_ALL)
    .order_by(_position)
    .limit(bindparam("limit"))
    .with_for_update()
)
NOTE_PRUNED = _or_else(pruned_events, ["release_id"], ["position"])
PRUNE = Statement(delete(release_events).where(_position <= bindparam("until")))

_THIS_REVISION = update(releases).where(
    releases.c.id == bindparam("release_id"), releases.c.revision == bindparam("expected")
)
_STATE = ("status", "stage1", "stage2", "stage3", "phase", "phase_since", "next_cycle_at", "reviews")
TOUCH_RELEASE = Statement(_THIS_REVISION.values(**_setting("revision", "updated_at")).returning(releases.c.id))
SAVE_RELEASE = Statement(_THIS_REVISION.values(**_setting("revision", "updated_at", *_STATE)).returning(releases.c.id))
SAVE_CRON = Statement(
    update(cron_jobs)
    .where(cron_jobs.c.release_id == bindparam("of_release"))
    .values(**_setting("status", "pauseType", "due_at"))
)

PUT_CYCLE = _or_else(
    regression_cycles, ["release_id", "number"], ["status", "scheduled_at", "opened_at", "started_at", "finished_at"]
)
DROP_CYCLE = Statement(
    delete(regression_cycles).where(
        regression_cycles.c.release_id == bindparam("release_id"), regression_cycles.c.number == bindparam("number")
    )
)

_TASK_STATE = ("status", "attempt", "try_number", "retries_left", "claims", "lease_token")
_TASK_REST = ("not_before", "deadline", "finished_at", "attempts", "executor")
SAVE_TASK = Statement(
    update(release_tasks)
    .where(_TASK.id == bindparam("task_id"))
    .values(
        **_setting(*_TASK_STATE, *_TASK_REST),
        lease_until=case((bindparam("keep_lease", type_=Boolean), _TASK.lease_until), else_=bindparam("lease_until")),
        due_at=case((bindparam("due_with_lease", type_=Boolean), _TASK.lease_until), else_=bindparam("due_at")),
    )
)
LEASE = Statement(
    update(release_tasks)
    .where(
        _TASK.id == bindparam("task_id"),
        _TASK.lease_token == bindparam("token"),
        _TASK.status == TaskStatus.IN_PROGRESS,
        select(releases.c.id)
        .where(releases.c.id == _TASK.release_id, releases.c.status != ReleaseStatus.ARCHIVED)
        .exists(),
    )
    .values(
        lease_until=bindparam("until"),
        due_at=case((_TASK.due_at.is_not(None), bindparam("until"))),
    )
    .returning(_TASK.id)
)

RECALL = Statement(select(idempotency_keys).where(idempotency_keys.c.key == bindparam("key")))
REMEMBER = _if_new(idempotency_keys, idempotency_keys.c.key)
FORGET = Statement(
    delete(idempotency_keys)
    .where(
        idempotency_keys.c.key.in_(
            select(idempotency_keys.c.key)
            .where(idempotency_keys.c.created_at < bindparam("before"))
            .order_by(idempotency_keys.c.created_at, idempotency_keys.c.key)
            .limit(bindparam("limit"))
        )
    )
    .returning(idempotency_keys.c.key)
)
