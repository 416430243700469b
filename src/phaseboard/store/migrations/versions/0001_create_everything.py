"""Create everything.

What is spelled out here stays as it is: later schemas are revisions of their own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

STAGE_STATUS = ("PENDING", "IN_PROGRESS", "COMPLETED")
RELEASE_STATUS = ("PENDING", "IN_PROGRESS", "PAUSED", "SUBMITTED", "COMPLETED", "ARCHIVED")
CRON_STATUS = ("PENDING", "RUNNING", "PAUSED", "COMPLETED")
PAUSE_TYPE = ("NONE", "AWAITING_STAGE_TRIGGER", "USER_REQUESTED", "TASK_FAILURE")
CYCLE_STATUS = ("NOT_STARTED", "IN_PROGRESS", "DONE", "ABANDONED")
STAGE = ("STAGE_1", "STAGE_2", "STAGE_3")
TASK_STATUS = ("PENDING", "IN_PROGRESS", "AWAITING_CALLBACK", "COMPLETED", "FAILED", "SKIPPED")
PHASE = (
    *("NOT_STARTED", "KICKOFF", "AWAITING_REGRESSION", "REGRESSION_CYCLE_STARTING", "REGRESSION_CYCLE_RUNNING"),
    *("REGRESSION_AWAITING_NEXT_CYCLE", "AWAITING_POST_REGRESSION", "POST_REGRESSION", "SUBMITTED", "COMPLETED"),
    *("PAUSED_BY_USER", "PAUSED_BY_FAILURE", "ARCHIVED"),
)


def upgrade() -> None:
    """Create all tables and their indexes."""
    create_releases()
    create_cron_jobs()
    create_cycles()
    create_tasks()
    create_events()
    create_idempotency_keys()


def create_releases() -> None:
    """Create `releases`: a list is read along an index in its order, whole or phase by phase."""
    op.create_table(
        "releases",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("stage1", TEXT, nullable=False),
        sa.Column("stage2", TEXT, nullable=False),
        sa.Column("stage3", TEXT, nullable=False),
        sa.Column("phase", TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("next_cycle_at", sa.BigInteger),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("version", TEXT, nullable=False),
        sa.Column("time_zone", TEXT, nullable=False),
        sa.Column("search_text", TEXT, nullable=False),
        sa.Column("created_by", TEXT),
        sa.Column("secret", TEXT, nullable=False),
        sa.Column("reviews", TEXT, nullable=False),
        sa.Column("plan", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        one_of("status", RELEASE_STATUS),
        one_of("stage1", STAGE_STATUS),
        one_of("stage2", STAGE_STATUS),
        one_of("stage3", STAGE_STATUS),
        one_of("phase", PHASE),
    )
    for order in ("created_at", "updated_at", "next_cycle_at"):
        op.create_index(f"ix_releases_{order}", "releases", [order, "id"])
        op.create_index(f"ix_releases_phase_{order}", "releases", ["phase", order, "id"])


def create_cron_jobs() -> None:
    """Create `cron_jobs`."""
    op.create_table(
        "cron_jobs",
        sa.Column("release_id", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("pauseType", TEXT, server_default="NONE", nullable=False),
        sa.Column("due_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("release_id"),
        one_of("status", CRON_STATUS),
        one_of("pauseType", PAUSE_TYPE),
        of_a_release(),
    )
    create_due_index("cron_jobs", "release_id")


def create_cycles() -> None:
    """Create `regression_cycles`."""
    op.create_table(
        "regression_cycles",
        sa.Column("release_id", TEXT, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("status", TEXT),
        sa.Column("scheduled_at", sa.BigInteger, nullable=False),
        sa.Column("opened_at", sa.BigInteger),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("finished_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("release_id", "number"),
        one_of("status", CYCLE_STATUS),
        sa.CheckConstraint("(opened_at IS NULL) = (status IS NULL)", name="opened"),
        of_a_release(),
    )


def create_tasks() -> None:
    """Create `release_tasks`."""
    op.create_table(
        "release_tasks",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("release_id", TEXT, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("stage", TEXT, nullable=False),
        sa.Column("cycle", sa.Integer),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("try_number", sa.Integer, nullable=False),
        sa.Column("retries_left", sa.Integer, nullable=False),
        sa.Column("claims", sa.Integer, nullable=False),
        sa.Column("lease_token", sa.Integer, nullable=False),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("not_before", sa.BigInteger),
        sa.Column("deadline", sa.BigInteger),
        sa.Column("finished_at", sa.BigInteger),
        sa.Column("attempts", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        one_of("stage", STAGE),
        one_of("status", TASK_STATUS),
        sa.UniqueConstraint("release_id", "number"),
        of_a_release(),
    )
    create_due_index("release_tasks", "id")


def create_events() -> None:
    """Create `release_events`; in PostgreSQL its positions come from the one row of `event_log`."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "release_events",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer, "sqlite"), autoincrement=sqlite, nullable=False),
        sa.Column("release_id", TEXT, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("occurred_at", sa.BigInteger, nullable=False),
        sa.Column("actor", TEXT),
        sa.Column("data", TEXT, nullable=False),
        sa.Column("snapshot", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("position"),
        of_a_release(),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_release_events_release_id", "release_events", ["release_id", "position"])
    if not sqlite:
        op.create_table("event_log", sa.Column("position", sa.BigInteger, nullable=False))
        op.execute("INSERT INTO event_log (position) VALUES (0)")


def create_idempotency_keys() -> None:
    """Create `idempotency_keys`."""
    op.create_table(
        "idempotency_keys",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("fingerprint", TEXT, nullable=False),
        sa.Column("release_id", TEXT, nullable=False),
        sa.Column("task_id", TEXT),
        sa.Column("snapshot", TEXT, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])


def one_of(column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    """Return the CHECK that keeps a column to some values (and NULL, where it may be)."""
    quoted = f'"{column}"' if column != column.lower() else column
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{quoted} IN ({listed})", name=column.lower())


def of_a_release() -> sa.ForeignKeyConstraint:
    """Return the reference to `releases`."""
    return sa.ForeignKeyConstraint(["release_id"], ["releases.id"])


def create_due_index(table: str, key: str) -> None:
    """Create the index over what waits for its time."""
    waits = sa.text("due_at IS NOT NULL")
    op.create_index(f"ix_{table}_due_at", table, ["due_at", key], sqlite_where=waits, postgresql_where=waits)
