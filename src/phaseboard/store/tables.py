"""The tables, named after the guide. Snake case, save for `pauseType`, which is the guide's own word.

Instants are milliseconds since 1970, UTC. Columns marked *derived* follow from the others; they are there because a
query needs an index on them, and are written by the function that writes the rest.

    releases            one row a release; phase, next_cycle_at and search_text are derived
    cron_jobs           its cron job; due_at (derived) is when `advance` has something to do
    regression_cycles   opened and still scheduled ones; scheduled is what has no status
    release_tasks       due_at (derived) is when the task may be claimed, lease_until the end of its last lease;
                        executor (derived) is that of the plan while the task is counted
    release_events      the log
    pruned_events       the newest event of each release that the log does not keep any more
    idempotency_keys    the first result under each key
    access_tokens       who may do what; the secrets are not here, only their hashes
"""

from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from phaseboard.domain.enums import (
    CronStatus,
    PauseType,
    Phase,
    RegressionCycleStatus,
    ReleaseStatus,
    Stage,
    StageStatus,
    TaskStatus,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Texts are compared letter by letter, in PostgreSQL too, whatever the language of its database."""


def _one_of(column: str, kind: type[StrEnum]) -> CheckConstraint:
    """Return the CHECK that keeps a column to the values of an enum (and NULL, where it may be)."""
    values = ", ".join(f"'{member}'" for member in kind)
    quoted = f'"{column}"' if column != column.lower() else column
    return CheckConstraint(f"{quoted} IN ({values})", name=column.lower())


def _release_id(*, primary_key: bool = False) -> Column[str]:
    return Column("release_id", TEXT, ForeignKey("releases.id"), primary_key=primary_key, nullable=False)


def _partial_index(name: str, where: ColumnElement[bool], *columns: ColumnElement[Any], unique: bool = False) -> None:
    Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


releases = Table(
    "releases",
    metadata,
    Column("id", TEXT, primary_key=True, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("status", TEXT, nullable=False),
    Column("stage1", TEXT, nullable=False),
    Column("stage2", TEXT, nullable=False),
    Column("stage3", TEXT, nullable=False),
    Column("phase", TEXT, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("next_cycle_at", BigInteger),
    Column("name", TEXT, nullable=False),
    Column("version", TEXT, nullable=False),
    Column("time_zone", TEXT, nullable=False),
    Column("search_text", TEXT, nullable=False),
    Column("created_by", TEXT),
    Column("secret", TEXT, nullable=False),
    Column("reviews", TEXT, nullable=False),
    Column("plan", TEXT, nullable=False),
    Column("phase_since", BigInteger, nullable=False, server_default="0"),
    _one_of("status", ReleaseStatus),
    _one_of("stage1", StageStatus),
    _one_of("stage2", StageStatus),
    _one_of("stage3", StageStatus),
    _one_of("phase", Phase),
)

cron_jobs = Table(
    "cron_jobs",
    metadata,
    _release_id(primary_key=True),
    Column("status", TEXT, nullable=False),
    Column("pauseType", TEXT, nullable=False, server_default=PauseType.NONE),
    Column("due_at", BigInteger),
    _one_of("status", CronStatus),
    _one_of("pauseType", PauseType),
)

regression_cycles = Table(
    "regression_cycles",
    metadata,
    _release_id(primary_key=True),
    Column("number", Integer, primary_key=True, nullable=False),
    Column("status", TEXT),
    Column("scheduled_at", BigInteger, nullable=False),
    Column("opened_at", BigInteger),
    Column("started_at", BigInteger),
    Column("finished_at", BigInteger),
    _one_of("status", RegressionCycleStatus),
    CheckConstraint("(opened_at IS NULL) = (status IS NULL)", name="opened"),
)

release_tasks = Table(
    "release_tasks",
    metadata,
    Column("id", TEXT, primary_key=True, nullable=False),
    _release_id(),
    Column("number", Integer, nullable=False),
    Column("stage", TEXT, nullable=False),
    Column("cycle", Integer),
    Column("name", TEXT, nullable=False),
    Column("status", TEXT, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("try_number", Integer, nullable=False),
    Column("retries_left", Integer, nullable=False),
    Column("claims", Integer, nullable=False),
    Column("lease_token", Integer, nullable=False),
    Column("lease_until", BigInteger),
    Column("due_at", BigInteger),
    Column("not_before", BigInteger),
    Column("deadline", BigInteger),
    Column("finished_at", BigInteger),
    Column("attempts", TEXT, nullable=False),
    Column("executor", TEXT),
    _one_of("stage", Stage),
    _one_of("status", TaskStatus),
    UniqueConstraint("release_id", "number"),
)

release_events = Table(
    "release_events",
    metadata,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, nullable=False),
    _release_id(),
    Column("revision", Integer, nullable=False),
    Column("type", TEXT, nullable=False),
    Column("occurred_at", BigInteger, nullable=False),
    Column("actor", TEXT),
    Column("data", TEXT, nullable=False),
    Column("snapshot", TEXT, nullable=False),
    sqlite_autoincrement=True,
)

pruned_events = Table(
    "pruned_events",
    metadata,
    _release_id(primary_key=True),
    Column("position", BigInteger, nullable=False),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("key", TEXT, primary_key=True, nullable=False),
    Column("fingerprint", TEXT, nullable=False),
    Column("release_id", TEXT, nullable=False),
    Column("task_id", TEXT),
    Column("snapshot", TEXT, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

access_tokens = Table(
    "access_tokens",
    metadata,
    Column("id", TEXT, primary_key=True, nullable=False),
    Column("name", TEXT, nullable=False),
    Column("hash", TEXT, nullable=False),
    Column("scopes", TEXT, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
)

# A list is read along an index in its order, whole or phase by phase; what is due is found among what waits alone.
# What is counted of releases stands in one of these as well.
_r, _t = releases.c, release_tasks.c
Index("ix_releases_created_at", _r.created_at, _r.id)
Index("ix_releases_updated_at", _r.updated_at, _r.id)
Index("ix_releases_next_cycle_at", _r.next_cycle_at, _r.id)
Index("ix_releases_phase_created_at", _r.phase, _r.created_at, _r.id)
Index("ix_releases_phase_updated_at", _r.phase, _r.updated_at, _r.id, _r.phase_since)
Index("ix_releases_phase_next_cycle_at", _r.phase, _r.next_cycle_at, _r.id)
_partial_index("ix_cron_jobs_due_at", cron_jobs.c.due_at.is_not(None), cron_jobs.c.due_at, cron_jobs.c.release_id)
_partial_index("ix_release_tasks_due_at", _t.due_at.is_not(None), _t.due_at, _t.id)
_partial_index("ix_release_tasks_counted", _t.executor.is_not(None), _t.status, _t.executor)
Index("ix_release_events_release_id", release_events.c.release_id, release_events.c.position)
Index("ix_pruned_events_position", pruned_events.c.position)
Index("ix_idempotency_keys_created_at", idempotency_keys.c.created_at)
_partial_index("ix_access_tokens_name", access_tokens.c.revoked_at.is_(None), access_tokens.c.name, unique=True)
