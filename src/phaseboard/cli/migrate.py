"""`phaseboard migrate`: bring a database to the schema that this version works with."""

import asyncio
from typing import Annotated

import typer

from phaseboard.cli.console import note
from phaseboard.cli.errors import CliError
from phaseboard.settings import Settings, SettingsInvalid
from phaseboard.store.choice import migrate_at
from phaseboard.store.errors import StoreError

Database = Annotated[
    str,
    typer.Option(
        "--database-url",
        envvar="PHASEBOARD_DATABASE_URL",
        help="The database: postgresql://user@host/database, or sqlite:///path/to/file.db.",
    ),
]
DEFAULT_DATABASE = Settings().database_url


def migrate(*, database_url: Database = DEFAULT_DATABASE) -> None:
    """Create the tables of a database, or bring them to what this version works with.

    A server on PostgreSQL does not start before; an SQLite file is migrated by its server, too.
    It is one transaction: of many at once one does the work, and one that is stopped leaves everything as it was.

    Example: phaseboard migrate --database-url postgresql://phaseboard@db.example.com/phaseboard
    """
    try:
        settings = Settings(database_url=database_url)
        changed = asyncio.run(migrate_at(settings.database_url))
    except (SettingsInvalid, StoreError) as error:
        raise CliError(str(error)) from None
    note(f"{settings.database} {'is up to date now' if changed else 'was up to date already'}.")
