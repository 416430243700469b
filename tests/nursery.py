"""A process that has imported everything once, and forks servers: each begins in a sixth of the time.

One runs for all the tests of a process, and every `Server` that needs no interpreter of its own comes from it. Such a
server is a process of its own: it is signalled and killed as others are. A keeper, forked before it, waits for its end
and tells the exit code, since only a parent is told. Of the nursery it has nothing but what was imported.
"""

import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import IO, Any

ROOT = Path(__file__).parents[1]

MOST = 2**20
"""Bytes of a request at most: arguments and environment."""

SERVING = "phaseboard.cli.main:app"
"""What a server runs, unless it is watched: a module and what is called there."""

IMPORTED = (
    "httpcore",
    "phaseboard.cli.main",
    "phaseboard.cli.serve",
    "phaseboard.store.sqlite.schema",
    *(f"phaseboard.engine.executors.{name}" for name in ("command", "manual", "simulated", "webhook")),
)
"""What every server imports."""


class Process:
    """A forked server, as `subprocess.Popen` has them."""

    def __init__(self, told: IO[bytes], output: IO[str]) -> None:
        self.stdout = output
        self.pid = int(told.readline())
        self.returncode: int | None = None
        self._told = told
        self._lock = Lock()

    def poll(self) -> int | None:
        """Return the exit code (negative: a signal's), None while it runs."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises TimeoutExpired."""
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(f"server {self.pid}", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to stop."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash would."""
        self.send_signal(signal.SIGKILL)

    def _look(self, timeout: float | None) -> int | None:
        if self.returncode is None and self._is_told(timeout):
            with self._lock:
                if self.returncode is None:
                    self.returncode = int(self._told.readline())
                    self._told.close()
        return self.returncode

    def _is_told(self, timeout: float | None) -> bool:
        waiting = select.poll()
        try:
            waiting.register(self._told, select.POLLIN)
        except ValueError:  # closed: another thread has read it
            return False
        return bool(waiting.poll(None if timeout is None else timeout * 1000))


class Nursery:
    """What forks servers."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._lock = Lock()

    def fork(
        self, arguments: Sequence[str], folder: Path, env: Mapping[str, str], log: IO[str], runs: str = SERVING
    ) -> Process:
        """Fork a server with these arguments; what it prints is read from the process, errors go to the log."""
        output, prints = os.pipe()
        told, tells = os.pipe()
        asked = {"arguments": arguments, "folder": str(folder), "env": dict(env), "runs": runs}
        with self._lock:
            socket.send_fds(self._line, [json.dumps(asked).encode()], [prints, log.fileno(), tells])
        os.close(prints)
        os.close(tells)
        return Process(os.fdopen(told, "rb", buffering=0), os.fdopen(output))


_running: list[Nursery] = []
"""The nursery of this process, if there is one."""


def running_nursery() -> Nursery | None:
    """Return the nursery that runs."""
    return _running[-1] if _running else None


@contextmanager
def nursery() -> Iterator[Nursery]:
    """Give the nursery that runs, or run one until the block is left."""
    if forks := running_nursery():
        yield forks
        return
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MOST)
        command = [sys.executable, "-m", "tests.nursery", str(theirs.fileno())]
        env = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
        process = subprocess.Popen(command, cwd=ROOT, env=env, pass_fds=[theirs.fileno()])
        theirs.close()
        _running.append(Nursery(ours))
        try:
            yield _running[-1]
        finally:
            _running.pop()
            process.kill()  # of the servers that it forked each has a keeper
            process.wait()


def main(line: socket.socket) -> None:
    """Fork a server for each request that comes, until no more can come; in a server, run it and return."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers are not waited for
    while True:
        request, handles, _, _ = socket.recv_fds(line, MOST, 3)
        if not request:
            os._exit(0)  # there is nothing to tidy up, which would take a second
        if os.fork() == 0:
            break
        for handle in handles:
            os.close(handle)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    *standard, tells = handles
    line.close()
    if pid := os.fork():
        keep(pid, tells, standard)
    os.close(tells)
    asked = json.loads(request)
    become(asked, standard)
    module, _, name = asked["runs"].partition(":")
    getattr(import_module(module), name)()


def keep(pid: int, tells: int, standard: Sequence[int]) -> None:
    """Tell the id of a server, and how it has ended."""
    for handle in standard:
        os.close(handle)
    os.write(tells, b"%d\n" % pid)
    _, status = os.waitpid(pid, 0)
    os.write(tells, b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def become(request: Mapping[str, Any], standard: Sequence[int]) -> None:
    """Take the arguments, the folder, the environment and the standard handles of a server."""
    null = os.open(os.devnull, os.O_RDONLY)
    for number, handle in enumerate((null, *standard)):
        os.dup2(handle, number)
        os.close(handle)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    sys.argv = request["arguments"]


if __name__ == "__main__":
    for name in IMPORTED:
        import_module(name)
    gc.collect()
    gc.freeze()  # what was imported is not looked through by each server anew
    main(socket.socket(fileno=int(sys.argv[1])))
