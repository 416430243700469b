"""Note since when releases are in their phase and who runs their tasks, to count both."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

SINCE = """
UPDATE releases SET phase_since = coalesce(
    (SELECT max(occurred_at) FROM release_events WHERE release_id = releases.id AND type = 'PHASE_CHANGED'), updated_at
)
"""
"""A phase whose beginning was pruned began at the last change, as far as anybody knows."""

COUNTED = """
SELECT release_tasks.id, release_tasks.stage, release_tasks.name, releases.plan
FROM release_tasks JOIN releases ON releases.id = release_tasks.release_id
LEFT JOIN regression_cycles ON regression_cycles.release_id = releases.id AND regression_cycles.number = cycle
WHERE release_tasks.status IN ('PENDING', 'IN_PROGRESS', 'AWAITING_CALLBACK', 'FAILED')
AND releases.status <> 'ARCHIVED' AND regression_cycles.finished_at IS NULL
AND 'IN_PROGRESS' = CASE stage WHEN 'STAGE_1' THEN stage1 WHEN 'STAGE_2' THEN stage2 ELSE stage3 END
"""
"""The open tasks of stages and cycles under way."""

EXECUTOR = "UPDATE release_tasks SET executor = :executor WHERE id = :id"
PARTS = {"STAGE_1": "kickoff", "STAGE_2": "regression", "STAGE_3": "pre_release"}


def upgrade() -> None:
    """Add `phase_since` and `executor`, and have the counts find them in indexes."""
    op.add_column("releases", sa.Column("phase_since", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("release_tasks", sa.Column("executor", TEXT))
    op.execute(SINCE)
    name_executors()
    op.drop_index("ix_releases_phase_updated_at", "releases")
    op.create_index("ix_releases_phase_updated_at", "releases", ["phase", "updated_at", "id", "phase_since"])
    op.drop_index("ix_release_tasks_handed_out", "release_tasks")
    counts = sa.text("executor IS NOT NULL")
    op.create_index(
        "ix_release_tasks_counted",
        "release_tasks",
        ["status", "executor"],
        sqlite_where=counts,
        postgresql_where=counts,
    )


def name_executors() -> None:
    """Take the executors of the tasks that are counted from the plans of their releases."""
    connection = op.get_bind()
    for task_id, stage, name, plan in connection.execute(sa.text(COUNTED)).all():
        (executor,) = (task["executor"] for task in json.loads(plan)[PARTS[stage]] if task["name"] == name)
        connection.execute(sa.text(EXECUTOR), {"id": task_id, "executor": executor})
