"""The flags about a database: which one, and how a server works with it."""

from typing import Annotated

import typer

from phaseboard.cli.errors import CliError
from phaseboard.settings import Settings, SettingsInvalid

DEFAULT_DATABASE = Settings().database_url

Database = Annotated[
    str,
    typer.Option(
        "--database-url",
        envvar="PHASEBOARD_DATABASE_URL",
        help="Where the data is kept: sqlite:///path/to/file.db or postgresql://user@host/database.",
    ),
]
DatabasePool = Annotated[
    int,
    typer.Option(envvar="PHASEBOARD_DATABASE_POOL", min=2, max=1000, help="Connections to PostgreSQL."),
]
DatabaseListen = Annotated[
    bool,
    typer.Option(envvar="PHASEBOARD_DATABASE_LISTEN", help="Listen for commits of other nodes; off: look for them."),
]
DatabasePoll = Annotated[
    float,
    typer.Option(
        envvar="PHASEBOARD_DATABASE_POLL", min=0.05, max=60, help="Seconds between two looks without listening."
    ),
]


def named_database(database_url: str, *, listen: bool = True) -> Settings:
    """Return the settings of a command that works on a database itself. Raises CliError."""
    try:
        return Settings(database_url=database_url, database_listen=listen)
    except SettingsInvalid as error:
        raise CliError(str(error)) from None
