"""Real servers for tests: `phaseboard serve` in a process of its own, on a free port of the loopback.

    with running_server(tmp_path, "--lease", "1") as server:
        httpx.get(f"{server.url}/healthz")
        server.kill()      # as a crash would end it
        server.restart()   # on the same file and port

`start` returns once the server has said where it serves: nothing has to be polled for. At the end the process is ended
by its own id, and what it wrote to standard error must hold no traceback unless `expects_traceback` was set.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self

from tests.nursery import SERVING, Process, running_nursery

PHASEBOARD = Path(sys.executable).with_name("phaseboard")
_NEVER_AWAITED = re.compile(r"Exception ignored in: <coroutine object [^\n]*_async_resolver.*(?:\n(?![\[{]).*)*")
"""What Python says at its end of resolvers that graphql-core began and left, as it does when their sibling fails."""

_SERVES = "Phaseboard serves http://"


class ServerEnded(AssertionError):
    """A server ended before it served; `exit_code` and `stderr` tell how."""

    def __init__(self, exit_code: int, stderr: str) -> None:
        super().__init__(f"the server ended with exit code {exit_code}:\n{stderr}")
        self.exit_code = exit_code
        self.stderr = stderr


class Server:
    """One `phaseboard serve` on one file, or on the database of a URL; `start` it, or use `running_server`.

    Without `configured` it gets no flags for port and file: the test gives them, as flags of its own or in `env`. It is
    forked by the nursery where one runs, and started as a program with a `command`, or settings of Python in `env`;
    `runs` is what runs in a fork instead.
    """

    def __init__(
        self,
        folder: Path,
        *flags: str,
        command: Sequence[str | Path] = (PHASEBOARD,),
        env: Mapping[str, str] | None = None,
        database: Path | None = None,
        database_url: str | None = None,
        configured: bool = True,
        runs: str = SERVING,
    ) -> None:
        self.folder = folder
        self.database = database or folder / "phaseboard.db"
        self.database_url = database_url or f"sqlite:///{self.database}"
        self.url = ""
        self.expects_traceback = False
        self._command = command
        self._flags = flags
        self._runs = runs
        self._configured = configured
        self._env = clean_environment(env)
        self._log = folder / f"{self.database.name}.stderr"
        self._process: subprocess.Popen[str] | Process | None = None

    @property
    def process(self) -> "subprocess.Popen[str] | Process":
        """The process started last."""
        assert self._process, "the server was never started"
        return self._process

    @property
    def pid(self) -> int:
        """The process's id."""
        return self.process.pid

    @property
    def stderr(self) -> str:
        """All that was written to standard error so far, by every process of this server."""
        return self._log.read_text() if self._log.exists() else ""

    def start(self, *flags: str) -> Self:
        """Start and wait until it says where it serves. Raises ServerEnded when it ends instead."""
        port = self.url.rpartition(":")[2] or "0"
        where = ["--port", port, "--database-url", self.database_url] if self._configured else []
        with self._log.open("a") as log:
            arguments = ["serve", *self._flags, *where, *flags]
            self._process = started(arguments, self.folder, self._env, log, command=self._command, runs=self._runs)
        assert self._process.stdout
        for line in self._process.stdout:
            if line.startswith(_SERVES):
                self.url = line.removeprefix("Phaseboard serves ").split()[0]
                return self
        raise ServerEnded(self.ended(), self.stderr)

    def ended(self, within: float | None = None) -> int:
        """Wait until the process has ended, at most some seconds; returns its exit code (negative: a signal's)."""
        if self.process.stdout:
            self.process.stdout.close()
        return self.process.wait(within)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process."""
        self.process.send_signal(number)

    def kill(self) -> int:
        """End the process as a crash would; returns its exit code."""
        self.process.kill()
        return self.ended()

    def terminate(self) -> int:
        """Stop the server with SIGTERM and wait until it has ended; returns its exit code."""
        self.process.terminate()
        return self.ended()

    def restart(self, *flags: str) -> Self:
        """Start again on the same file and port; a process that still runs is terminated first."""
        self.terminate()
        return self.start(*flags)

    def close(self) -> None:
        """End the process for good."""
        if self._process:
            self.kill()

    def check(self) -> None:
        """Raise AssertionError when the log holds a traceback that the test did not expect."""
        told = _NEVER_AWAITED.sub("", self.stderr)
        assert self.expects_traceback or "Traceback" not in told, told


def started(
    arguments: Sequence[str],
    folder: Path,
    env: Mapping[str, str],
    log: IO[str],
    *,
    command: Sequence[str | Path] = (PHASEBOARD,),
    runs: str = SERVING,
) -> "subprocess.Popen[str] | Process":
    """Start the command: forked by the nursery where one runs, unless it needs an interpreter of its own."""
    own = command != (PHASEBOARD,) or _python(env) != _python(os.environ)
    if not own and (forks := running_nursery()):
        return forks.fork(["phaseboard", *arguments], folder, env, log, runs)
    return subprocess.Popen(
        [*command, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        cwd=folder,
        env=env,
    )


def _python(env: Mapping[str, str]) -> dict[str, str]:
    """Return what an environment tells Python when it starts."""
    return {name: value for name, value in env.items() if name.startswith("PYTHON")}


def printed(*arguments: str, folder: Path, env: Mapping[str, str] | None = None) -> str:
    """Run the command to its end and return what it printed; it has to succeed."""
    with Path(os.devnull).open("w") as log:
        process = started(arguments, folder, clean_environment(env), log)
    assert process.stdout
    with process.stdout:
        told = process.stdout.read()
    assert process.wait() == 0, f"phaseboard {' '.join(arguments)}"
    return told.strip()


@contextmanager
def running_server(
    folder: Path,
    *flags: str,
    command: Sequence[str | Path] = (PHASEBOARD,),
    env: Mapping[str, str] | None = None,
    database: Path | None = None,
    database_url: str | None = None,
) -> Iterator[Server]:
    """Start a server that keeps its data in the folder; it is ended and its log checked when the block is left."""
    server = Server(folder, *flags, command=command, env=env, database=database, database_url=database_url)
    try:
        yield server.start()
    finally:
        server.close()
    server.check()


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment without settings of Phaseboard and of terminals, and with `extra`."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PHASEBOARD_", "COVERAGE_"))}
    return {**kept, "NO_COLOR": "1", "TERM": "dumb", **(extra or {})}
