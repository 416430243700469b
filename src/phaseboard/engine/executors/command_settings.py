"""What plans may say of a program."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from phaseboard.engine.executors.settings import ExecutorSettings

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED = re.compile(
    r"PATH|HOME|IFS|ENV|BASH_ENV|(?:PHASEBOARD|LD|DYLD)_.*|PYTHON.*|PERL5.*|RUBY(?:OPT|LIB)|NODE_OPTIONS"
    r"|JAVA_TOOL_OPTIONS"
)


def _text(value: str) -> str:
    if "\0" in value:
        raise ValueError("must not contain a NUL character")
    return value


def _variable(name: str) -> str:
    if not _VARIABLE.fullmatch(name):
        raise ValueError("must be letters, digits and underscores, and not begin with a digit")
    if _RESERVED.fullmatch(name):
        raise ValueError("is the server's to set: it decides what runs")
    return name


Text = Annotated[str, AfterValidator(_text)]
Variable = Annotated[str, AfterValidator(_variable)]


class CommandSettings(ExecutorSettings):
    """Settings of `executor: command`."""

    program: str = Field(min_length=1, max_length=200, description="A name that the server's settings allow.")
    args: list[Text] = Field(default_factory=list, max_length=1000, description="Arguments, one string each; no shell.")
    env: dict[Variable, Text] = Field(
        default_factory=dict,
        max_length=200,
        description="Environment variables; not those that decide which code runs, such as PATH.",
    )
