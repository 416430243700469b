"""Note which events are gone, so that the log may be pruned."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create `pruned_events`."""
    op.create_table(
        "pruned_events",
        sa.Column("release_id", TEXT, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("release_id", name="pk_pruned_events"),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name="fk_pruned_events_release_id"),
    )
    op.create_index("ix_pruned_events_position", "pruned_events", ["position"])
