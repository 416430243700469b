"""Find the tasks that are handed out, to count them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index the status of the few tasks that are handed out."""
    handed_out = sa.text("status IN ('IN_PROGRESS', 'AWAITING_CALLBACK')")
    op.create_index(
        "ix_release_tasks_handed_out",
        "release_tasks",
        ["status", "release_id"],
        sqlite_where=handed_out,
        postgresql_where=handed_out,
    )
