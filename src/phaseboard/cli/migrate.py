"""`phaseboard migrate`: bring a database to the schema that this version works with."""

import asyncio

from phaseboard.cli.console import note
from phaseboard.cli.database import DEFAULT_DATABASE, Database, named_database
from phaseboard.cli.errors import CliError
from phaseboard.store.choice import migrate_at
from phaseboard.store.errors import StoreError


def migrate(*, database_url: Database = DEFAULT_DATABASE) -> None:
    """Create the tables of a database, or bring them to what this version works with.

    A server on PostgreSQL does not start before; an SQLite file is migrated by its server, too.
    It is one transaction: of many at once one does the work, and one that is stopped leaves everything as it was.

    Example: phaseboard migrate --database-url postgresql://phaseboard@db.example.com/phaseboard
    """
    settings = named_database(database_url)
    try:
        changed = asyncio.run(migrate_at(settings.database_url))
    except StoreError as error:
        raise CliError(str(error)) from None
    note(f"{settings.database} {'is up to date now' if changed else 'was up to date already'}.")
