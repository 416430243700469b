"""Let positions follow the newest event, under a lock.

The row they came from grew with each commit that an old snapshot, of a backup for example, might still look at.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop `event_log`, which PostgreSQL alone has."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_table("event_log")
