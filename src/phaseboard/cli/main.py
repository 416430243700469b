"""The command `phaseboard`: its name, its help, its version; the commands are wired in `commands`."""

from typing import Annotated

import typer

from phaseboard import __version__
from phaseboard.cli.commands import Commands
from phaseboard.cli.errors import EXIT_CODES

app = typer.Typer(
    name="phaseboard", cls=Commands, no_args_is_help=True, epilog=EXIT_CODES, pretty_exceptions_enable=False
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"phaseboard {__version__}")
        raise typer.Exit


@app.callback()
def phaseboard(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Phaseboard drives mobile releases through their phases and shows everyone, live, where each one is.

    Start a server with `phaseboard serve`, or look around with
    `phaseboard demo`. The other commands talk to a server: the one that
    --url or PHASEBOARD_URL names, else http://127.0.0.1:8000.

    A release from its plan to its end:

        phaseboard release create plan.yaml
        phaseboard act start rel-...
        phaseboard watch rel-...
    """
