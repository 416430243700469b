"""`phaseboard watch`: a release as it moves, on a terminal or as lines."""

import asyncio
from typing import Annotated

import typer

from phaseboard.cli.act import ReleaseId
from phaseboard.cli.client import PhaseboardClient
from phaseboard.cli.console import is_live, output
from phaseboard.cli.lines import print_lines
from phaseboard.cli.picture import show_picture
from phaseboard.cli.server import DEFAULT_URL, Server, Token, Url
from phaseboard.cli.zones import TimeZone, named_zone, viewer_zone

Lines = Annotated[bool, typer.Option("--lines", help="Print a line for each phase, as when the output is no terminal.")]


def watch(
    release: ReleaseId,
    *,
    lines: Lines = False,
    time_zone: TimeZone = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
) -> None:
    """Watch a release live until it is completed or archived.

    On a terminal: its phase, the progress of its stages, the countdown to
    the next cycle, its tasks and the last events. Elsewhere: a line for each
    phase. When the server restarts, the watch goes on by itself where it
    was. Ctrl-C ends it.

    Example: phaseboard watch rel-...
    """
    zone = named_zone(time_zone)
    client, console = PhaseboardClient(Server.of(url, token)), output()
    if lines or not is_live(console):
        asyncio.run(print_lines(client, release, time_zone))
    else:
        asyncio.run(show_picture(client, release, console, zone or viewer_zone()))
