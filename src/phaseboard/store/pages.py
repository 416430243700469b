"""Lists of releases in SQL.

A page is read along indexes, never by sorting what it does not show. It consists of *runs*: stretches of one index in
the order of the list. A list has one run, or one for each phase that its filter lets through; ordered by the next
cycle, the releases without one make runs of their own, at the end. Each run yields at most a page, the merged runs the
page that is shown. The SQL depends on the shape of the request alone, so it is built once for each.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, literal, select, tuple_, union_all

from phaseboard.domain.enums import Phase
from phaseboard.domain.phase import PHASE_TABLE
from phaseboard.store.derived import folded
from phaseboard.store.dialects import within
from phaseboard.store.instants import to_ms
from phaseboard.store.port import OrderField, ReleaseFilter, ReleasePage
from phaseboard.store.statement import Statement
from phaseboard.store.statements import STATUS
from phaseboard.store.tables import cron_jobs, releases

_STATUS_OF = {row.phase: row.status for row in PHASE_TABLE}

COLUMN = {
    OrderField.CREATED_AT: "created_at",
    OrderField.UPDATED_AT: "updated_at",
    OrderField.NEXT_CYCLE_AT: "next_cycle_at",
}
"""The column that a list is ordered by."""


class Stretch(NamedTuple):
    """The releases with a time or those without, from the mark on or from their beginning."""

    timed: bool
    marked: bool


class Shape(NamedTuple):
    """What the SQL of a page depends on; `phases` is the number of phases the filter lets through, 0 for all."""

    column: str
    ascending: bool
    stretches: tuple[Stretch, ...]
    phases: int
    text: bool
    since: bool


def page_query(page: ReleasePage) -> tuple[Statement, dict[str, Any]] | None:
    """Return the statement for a page in the direction it is walked, None when the page is empty in any case."""
    phases = _phases(page.filter)
    stretches = _stretches(page)
    if phases == () or not stretches:
        return None
    wanted = page.filter
    shape = Shape(
        column=COLUMN[page.order],
        ascending=page.descending is page.backwards,
        stretches=stretches,
        phases=len(phases or ()),
        text=wanted.text is not None,
        since=wanted.updated_since is not None,
    )
    at, release_id = page.after or (None, "")
    values: dict[str, Any] = {f"phase_{number}": phase for number, phase in enumerate(phases or ())}
    values |= {"limit": max(page.limit, 0), "at": _ms(at), "id": release_id}
    values |= {"text": folded(wanted.text or ""), "since": _ms(wanted.updated_since)}
    return _statement(shape), values


def _phases(wanted: ReleaseFilter) -> tuple[Phase, ...] | None:
    """Return the phases a filter lets through, None for all: each phase belongs to one status."""
    if not wanted.phases and not wanted.statuses:
        return None
    return tuple(
        phase
        for phase in Phase
        if (not wanted.phases or phase in wanted.phases)
        and (not wanted.statuses or _STATUS_OF[phase] in wanted.statuses)
    )


def _stretches(page: ReleasePage) -> tuple[Stretch, ...]:
    """Return what is walked through; only NEXT_CYCLE_AT has releases without a time."""
    walk = [False, True] if page.backwards else [True, False]
    mark = None
    if page.after is not None:
        mark = page.after[0] is not None
        walk = walk[walk.index(mark) :]
    has_untimed = page.order is OrderField.NEXT_CYCLE_AT
    return tuple(Stretch(timed, timed is mark) for timed in walk if timed or has_untimed)


@lru_cache(maxsize=256)
def _statement(shape: Shape) -> Statement:
    runs = [
        _run(shape, stretch, rank, None if shape.phases == 0 else number)
        for rank, stretch in enumerate(shape.stretches)
        for number in range(max(shape.phases, 1))
    ]
    found = union_all(*(select(run.subquery()) for run in runs)).subquery("found")
    ordered = _directed((found.c.rank,), (found.c.at, found.c.id), ascending=shape.ascending)
    keys = select(found).order_by(*ordered).limit(bindparam("limit")).subquery("keys")
    rows = keys.join(releases, releases.c.id == keys.c.id).join(cron_jobs, cron_jobs.c.release_id == keys.c.id)
    ordered = _directed((keys.c.rank,), (keys.c.at, keys.c.id), ascending=shape.ascending)
    return Statement(select(*STATUS).select_from(rows).order_by(*ordered))


def _run(shape: Shape, stretch: Stretch, rank: int, phase: int | None) -> Select[Any]:
    key, release_id = releases.c[shape.column], releases.c.id
    tests = _tests(shape)
    if phase is not None:
        tests.append(releases.c.phase == bindparam(f"phase_{phase}"))
    if shape.column == COLUMN[OrderField.NEXT_CYCLE_AT]:
        tests.append(key.is_not(None) if stretch.timed else key.is_(None))
    if stretch.marked:
        tests.append(_beyond((key, release_id) if stretch.timed else (release_id,), ascending=shape.ascending))
    by = (key, release_id) if stretch.timed else (release_id,)
    return (
        select(literal(rank).label("rank"), key.label("at"), release_id.label("id"))
        .where(*tests)
        .order_by(*_directed((), by, ascending=shape.ascending))
        .limit(bindparam("limit"))
    )


def _tests(shape: Shape) -> list[ColumnElement[bool]]:
    tests: list[ColumnElement[bool]] = []
    if shape.text:
        tests.append(within(releases.c.search_text, "text"))
    if shape.since:
        tests.append(releases.c.updated_at >= bindparam("since"))
    return tests


def _beyond(by: Sequence[ColumnElement[Any]], *, ascending: bool) -> ColumnElement[bool]:
    mark: tuple[BindParameter[Any], ...] = (bindparam("at"), bindparam("id"))
    here, there = tuple_(*by), tuple_(*mark[-len(by) :])
    return here > there if ascending else here < there


def _directed(
    first: Sequence[ColumnElement[Any]], by: Sequence[ColumnElement[Any]], *, ascending: bool
) -> list[ColumnElement[Any]]:
    return [*first, *(column if ascending else column.desc() for column in by)]


def _ms(instant: datetime | None) -> int | None:
    return None if instant is None else to_ms(instant)
