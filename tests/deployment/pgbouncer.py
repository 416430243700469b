"""A real pgbouncer before the tests' PostgreSQL, with fewer sessions than the nodes hold connections.

The program is Debian's package `pgbouncer`. Without it the tests say so and are skipped; with TESTS_NEED_PGBOUNCER=1,
which continuous integration sets, they fail.
"""

import os
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.deployment.nginx import free_port

NEEDED = "TESTS_NEED_PGBOUNCER"
SESSIONS = {"transaction": 3, "session": 20}
"""How many sessions of PostgreSQL all clients share: fewer than there are connections, where it pools transactions."""

CONFIGURATION = """
[databases]
* = host={host} port={port} user={user}{password}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listens}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
default_pool_size = {sessions}
"""
PATIENCE = 10.0
AGAIN = 0.02


def program() -> str:
    """Return the program; skips or fails the test where there is none."""
    found = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        missing = "pgbouncer is not installed: the Debian package pgbouncer brings it"
        if os.environ.get(NEEDED):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


class Bouncer:
    """One pgbouncer; its port stays the same over restarts."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self._program = program()
        self._folder = folder
        self._database = urlsplit(database_url)
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The way to the database through it."""
        return f"postgresql://{self._user}@127.0.0.1:{self._port}{self._database.path}"

    def start(self, mode: str) -> Self:
        """Pool `transaction` or `session`; whoever was connected is cut off."""
        self.stop()
        written = self._folder / "pgbouncer.ini"
        written.write_text(
            CONFIGURATION.format(
                host=self._host,
                port=self._database.port or 5432,
                user=self._user,
                password=f" password={self._database.password}" if self._database.password else "",
                listens=self._port,
                mode=mode,
                sessions=SESSIONS[mode],
            )
        )
        log = self._folder / "pgbouncer.stderr"
        with log.open("a") as stderr:
            command = [self._program, *self._as_owner(), written]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr)
        self._listening(self._process, log)
        return self

    def stop(self) -> None:
        """End it, and cut off whoever is connected."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def _host(self) -> str:
        return self._database.hostname or parse_qs(self._database.query)["host"][0]

    @property
    def _user(self) -> str:
        return self._database.username or "postgres"

    def _as_owner(self) -> list[str]:
        """Return what makes it run as who owns the database, since it does not as root."""
        if os.getuid():
            return []
        host = Path(self._host)
        return ["-u", host.owner() if host.is_dir() else "nobody"]

    def _listening(self, process: subprocess.Popen[bytes], log: Path) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and process.poll() is None:
            with suppress(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", self._port)).close()
                return
            time.sleep(AGAIN)
        raise AssertionError(f"pgbouncer does not listen:\n{log.read_text()}")
