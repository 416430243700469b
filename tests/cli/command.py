"""`phaseboard ...` run in this process, which is fast, or in one of its own, which can be interrupted."""

import subprocess
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Self

from typer.testing import CliRunner

from phaseboard.cli.main import app
from tests.servers import PHASEBOARD, clean_environment


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it printed."""

    exit_code: int
    stdout: str
    stderr: str


class Command:
    """The command, told where its server is by PHASEBOARD_URL."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, *arguments: str | Path, stdin: str | bytes = "", **env: str) -> Ended:
        """Run it to its end; nothing but an exit may come out of it."""
        given = {"PHASEBOARD_URL": self.url, "PHASEBOARD_TOKEN": None, "COLUMNS": "100", "TZ": "UTC", **env}
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin, env=given)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Ended(result.exit_code, result.stdout, result.stderr)

    def done(self, *arguments: str | Path, stdin: str | bytes = "", **env: str) -> str:
        """Run it, and return what it printed; it has to succeed."""
        ended = self(*arguments, stdin=stdin, **env)
        assert ended.exit_code == 0, ended.stderr
        return ended.stdout.strip()

    def created(self, plan: str) -> str:
        """Create a release from a plan's text; returns its id."""
        return self.done("release", "create", "-", stdin=plan)

    def until(self, release: str, phase: str) -> None:
        """Wait until a release is in a phase, by watching it."""
        with Watching(self.url, release) as watching:
            watching.until(phase)


class Watching:
    """`phaseboard watch` in a process of its own, its output piped."""

    def __init__(self, url: str, release: str, *flags: str) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [PHASEBOARD, "watch", release, "--url", url, *flags],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=clean_environment({"TZ": "UTC"}),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    @property
    def phases(self) -> list[str]:
        """The phases printed so far."""
        return [line.split()[1] for line in self.lines]

    def until(self, phase: str) -> None:
        """Read until a phase is printed."""
        while self.phases[-1:] != [phase]:
            self.lines.append(self._line(self.process.stdout))

    def told(self, text: str) -> None:
        """Read until a note with a text is printed on stderr."""
        while text not in self._line(self.process.stderr):
            pass

    def ended(self) -> int:
        """Read to the end; returns the exit code."""
        stdout, stderr = self.process.communicate()
        assert "Traceback" not in stderr, stderr
        self.lines += stdout.splitlines()
        return self.process.returncode

    def _line(self, pipe: TextIOWrapper | None) -> str:
        assert pipe
        line = pipe.readline()
        assert line, "the watch ended"
        return line.rstrip("\n")
