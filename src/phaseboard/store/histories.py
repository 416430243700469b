"""Stretches of the histories of many releases, read in one statement.

Where the stretch of a release ends is looked up along the index of its events; what lies before that is read.
"""

from typing import Any

from sqlalchemy import BindParameter, ColumnElement, ScalarSelect, Select, bindparam, func, select, tuple_

from phaseboard.store.dialects import POSTGRES, Dialect, listed
from phaseboard.store.statement import Statement
from phaseboard.store.statements import AFTER_ALL, BEFORE_ALL
from phaseboard.store.tables import release_events

_WANTED = listed("ids")
_RELEASE = _WANTED.c.value
_MARK: BindParameter[int] = bindparam("after")


def _histories(dialect: Dialect, *, backwards: bool) -> Select[Any]:
    position, end = release_events.c.position, _end(dialect, backwards=backwards)
    within = position > func.coalesce(end, BEFORE_ALL) if backwards else position < func.coalesce(end, AFTER_ALL)
    beyond = position < _MARK if backwards else position > _MARK
    return select(release_events).join(_WANTED, release_events.c.release_id == _RELEASE).where(beyond, within)


def _end(dialect: Dialect, *, backwards: bool) -> ScalarSelect[int]:
    """Return the position of the first event of a release after its stretch, null when there is none."""
    log = release_events.alias("log").c
    order = (log.release_id.desc(), log.position.desc()) if backwards else (log.release_id, log.position)
    found = select(log.position).where(*_beyond(dialect, log, backwards=backwards)).order_by(*order)
    return found.offset(bindparam("limit")).limit(1).correlate(_WANTED).scalar_subquery()


def _beyond(dialect: Dialect, log: Any, *, backwards: bool) -> tuple[ColumnElement[bool], ...]:
    """Return what events of a release beyond the mark are found by.

    Where PostgreSQL looks for one release in the order of positions, it may go through the log of all releases.
    """
    if dialect is not POSTGRES:
        return log.release_id == _RELEASE, log.position < _MARK if backwards else log.position > _MARK
    key, mark = tuple_(log.release_id, log.position), tuple_(_RELEASE, _MARK)
    return (key < mark, log.release_id >= _RELEASE) if backwards else (key > mark, log.release_id <= _RELEASE)


def _statement(*, backwards: bool) -> Statement:
    return Statement(lambda dialect: _histories(dialect, backwards=backwards))


HISTORIES = {backwards: _statement(backwards=backwards) for backwards in (False, True)}
"""By whether they are read backwards; the events come in no order."""
