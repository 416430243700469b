"""The top of the command tree: commands are imported when asked for and end with a message, never a traceback.

A client command so starts without the server's parts, in a third of the time.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from phaseboard.cli.console import note
from phaseboard.cli.errors import INTERRUPTED, CliError

COMMANDS: Mapping[str, str] = {
    "serve": "serve:serve",
    "demo": "demo:demo",
    "release": "release:app",
    "act": "act:app",
    "report": "report:app",
    "status": "status:status",
    "watch": "watch:watch",
    "plan": "plan:app",
    "token": "token:app",
    "migrate": "migrate:migrate",
    "doctor": "doctor:doctor",
    "schema": "schema:schema",
}
"""Each command's module and what in it is called: a function, or an app with sub-commands of its own."""


class Commands(TyperGroup):
    """The group of all commands."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        named: dict[str, Any] = dict.fromkeys(COMMANDS)
        self.commands = named

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, imported the first time; None when there is none of this name."""
        if cmd_name in COMMANDS and self.commands[cmd_name] is None:
            self.commands[cmd_name] = _loaded(cmd_name)
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: Any) -> Any:
        """Run a command; a CliError ends it with its text on stderr and its exit code."""
        try:
            return super().invoke(ctx)
        except CliError as error:
            note(str(error), style="red")
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None


def _loaded(name: str) -> Any:
    module, attribute = COMMANDS[name].split(":")
    found = getattr(import_module(f"phaseboard.cli.{module}"), attribute)
    if isinstance(found, typer.Typer):
        command: Any = get_group(found)
    else:
        alone = typer.Typer(add_completion=False)
        alone.command(name)(found)
        command = get_command(alone)
    command.name = name
    return command
