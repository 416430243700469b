"""The executor that runs a program of the server.

`PHASEBOARD_COMMANDS` says which: a JSON object from the name that plans use to an absolute path, to a name on the
server's PATH, or to a list of one of these and fixed first arguments. Plans choose the further arguments and variables,
so allow only programs that are safe with any, best a script made for the purpose.
"""

import json
import shutil
from collections.abc import Mapping
from datetime import timedelta
from os import defpath
from pathlib import Path
from signal import Signals
from typing import ClassVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from phaseboard.engine.executors.command_settings import CommandSettings
from phaseboard.engine.executors.excerpt import last_line
from phaseboard.engine.executors.output import KeptOutput
from phaseboard.engine.executors.port import Done, Failed, Job, Result
from phaseboard.engine.executors.process import run_process
from phaseboard.engine.executors.secret_values import redactor_for_program

COMMANDS = "PHASEBOARD_COMMANDS"

Programs = Mapping[str, tuple[str, ...]]
_ALLOWED = TypeAdapter(dict[str, str | list[str]])


class CommandExecutor:
    """Runs programs that the server's settings allow by name, without a shell, in a clean environment."""

    settings: ClassVar[type[BaseModel]] = CommandSettings
    callback_timeout: ClassVar[timedelta] = timedelta(hours=1)

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._programs = _programs(environ.get(COMMANDS, "{}"))
        self._environ = _clean(environ)

    def check(self, settings: CommandSettings) -> list[str]:
        """Return why the program may not run here; empty when it may."""
        if settings.program in self._programs:
            return []
        allowed = f"allowed are: {', '.join(sorted(self._programs))}" if self._programs else f"{COMMANDS} allows none"
        return [f'The program "{settings.program}" is not allowed on this server; {allowed}.']

    async def execute(self, job: Job, settings: CommandSettings) -> Result:
        """Run the program to its end; the end of its output is kept."""
        if problems := self.check(settings):
            return Failed(message=problems[0])
        program, *fixed = self._programs[settings.program]
        found = shutil.which(program, path=self._environ["PATH"])
        if found is None:
            return Failed(message=f'The program "{settings.program}" is not installed on this server.')
        output = KeptOutput(redactor_for_program(job, settings.args, settings.env))
        try:
            code = await run_process(
                [found, *fixed, *settings.args], {**self._environ, **settings.env, **_variables(job)}, output
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            return Failed(message=f'The program "{settings.program}" could not be started: {reason}.')
        return _ended(settings.program, code, output.text())

    async def close(self) -> None:
        """There is nothing to let go of: a program ends with its attempt."""


def _ended(name: str, code: int, output: str) -> Result:
    if code == 0:
        return Done(output=output)
    how = f"ended with code {code}" if code > 0 else f"was ended by {_signal_name(-code)}"
    line = last_line(output)
    return Failed(message=f'The program "{name}" {how}{f": {line}" if line else "."}', output=output)


def _signal_name(number: int) -> str:
    try:
        return Signals(number).name
    except ValueError:
        return f"signal {number}"


def _variables(job: Job) -> dict[str, str]:
    return {
        "PHASEBOARD_TASK": job.task_id,
        "PHASEBOARD_ATTEMPT": str(job.attempt),
        "PHASEBOARD_IDEMPOTENCY_KEY": job.idempotency_key,
        "PHASEBOARD_RELEASE": job.release_id,
        "PHASEBOARD_VERSION": job.release_version,
        "PHASEBOARD_CYCLE": job.cycle_tag or "",
        "PHASEBOARD_CALLBACK_URL": job.callback_url,
        "PHASEBOARD_CALLBACK_SECRET": job.callback_secret,
    }


def _clean(environ: Mapping[str, str]) -> dict[str, str]:
    """Return all of the server's environment that programs get to see: the rest may hold passwords."""
    clean = {"PATH": environ.get("PATH", defpath), "LANG": environ.get("LANG", "C.UTF-8")}
    return clean | ({"HOME": environ["HOME"]} if "HOME" in environ else {})


def _programs(text: str) -> Programs:
    try:
        allowed = _ALLOWED.validate_python(json.loads(text or "{}"), strict=True)
    except (ValueError, RecursionError, ValidationError):
        raise ValueError(f"{COMMANDS} must be a JSON object from names to paths or lists of arguments.") from None
    return {name: _argv(name, entry) for name, entry in allowed.items()}


def _argv(name: str, entry: str | list[str]) -> tuple[str, ...]:
    argv = (entry,) if isinstance(entry, str) else tuple(entry)
    if not name or not argv or not argv[0] or any("\0" in part for part in argv):
        raise ValueError(f'{COMMANDS} names no program for "{name}".')
    if "/" in argv[0] and not Path(argv[0]).is_absolute():
        raise ValueError(f'{COMMANDS} must give "{name}" an absolute path or a name on the PATH, found "{argv[0]}".')
    return argv
