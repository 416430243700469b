"""What Alembic runs migrations with: the connection it is handed. It touches neither logging nor standard output."""

from alembic import context

from phaseboard.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
