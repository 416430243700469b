"""`phaseboard doctor`: look for what is wrong, and say what to do."""

import asyncio
from typing import Annotated

import typer

from phaseboard.cli.console import draw
from phaseboard.cli.database import DEFAULT_DATABASE, Database, named_database
from phaseboard.cli.database_checks import database_findings, last_position
from phaseboard.cli.findings import Finding, findings_table
from phaseboard.cli.server import Server, Token
from phaseboard.cli.server_checks import server_findings
from phaseboard.settings import Settings
from phaseboard.store.errors import StoreError

Listen = Annotated[
    bool, typer.Option(envvar="PHASEBOARD_DATABASE_LISTEN", help="Whether the servers listen for commits of others.")
]
Url = Annotated[
    str | None, typer.Option("--url", metavar="URL", help="A server to look at as well.", rich_help_panel="Server")
]


def doctor(
    *, database_url: Database = DEFAULT_DATABASE, database_listen: Listen = True, url: Url = None, token: Token = None
) -> None:
    """Look at a database, and with --url at a server on it: whether all is well, and what to do if not.

    Nothing is changed, also while servers run. It ends with 1 when something is wrong.

    Example: phaseboard doctor --database-url postgresql://phaseboard@db.example.com/phaseboard
    """
    settings = named_database(database_url, listen=database_listen)
    findings = asyncio.run(_examine(settings, Server.of(url, token) if url else None))
    draw(findings_table(findings))
    if not all(finding.well for finding in findings):
        raise typer.Exit(1)


async def _examine(settings: Settings, server: Server | None) -> list[Finding]:
    findings = await database_findings(settings)
    if server is not None:
        findings += await server_findings(server, await _end(settings, findings))
    return findings


async def _end(settings: Settings, findings: list[Finding]) -> int | None:
    """Return the end of the log, None where the database cannot be read."""
    if not any(finding.part == "log" for finding in findings):
        return None
    try:
        return await last_position(settings)
    except StoreError:
        return None
