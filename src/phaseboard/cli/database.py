"""The flags of `phaseboard serve` about its database."""

from typing import Annotated

import typer

Database = Annotated[
    str,
    typer.Option(
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
