"""What commands print on: results on stdout, notes and errors on stderr; plain unless a terminal shows it."""

import os
import sys

from rich.console import Console, RenderableType
from rich.text import Text

PIPE_WIDTH = 500
"""Columns of output that no terminal shows: wide enough that nothing is cut."""


def output() -> Console:
    """Return the console on stdout."""
    return _console(stderr=False)


def notes() -> Console:
    """Return the console on stderr."""
    return _console(stderr=True)


def draw(renderable: RenderableType) -> None:
    """Print a picture; where no terminal shows it, without the blanks that fill its lines."""
    console = output()
    if console.is_terminal:
        console.print(renderable)
        return
    with console.capture() as captured:
        console.print(renderable)
    for line in captured.get().splitlines():
        say(line.rstrip())


def say(text: str) -> None:
    """Print a line of the result as it is."""
    _write(output(), text)


def note(text: str, style: str = "") -> None:
    """Print a note for the person on stderr; what is piped stays the result alone."""
    _write(notes(), text, style)


def is_live(console: Console) -> bool:
    """Whether a console shows a picture that can be redrawn."""
    return console.is_terminal and not console.is_dumb_terminal


def _write(console: Console, text: str, style: str = "") -> None:
    console.print(Text(text, style=style), soft_wrap=True)


def _console(*, stderr: bool) -> Console:
    shown = (sys.stderr if stderr else sys.stdout).isatty()
    plain = bool(os.environ.get("NO_COLOR"))
    return Console(
        stderr=stderr,
        width=None if shown else PIPE_WIDTH,
        color_system=None if plain else "auto",
        highlight=False,
        markup=False,
        emoji=False,
    )
