"""The servers that are measured: `phaseboard serve` on an SQLite file, and its peers; each on a core of its own.

A peer is a script under `peers/` that gets the captured status as a file, says `serves http://127.0.0.1:<port><path>`
and runs until it is killed here, by its own id.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.benchmarks.callers import Connection, get, post
from tests.benchmarks.machine import CLIENT_CORE, PEERS, SERVER_CORE, node, on_core
from tests.benchmarks.status import SUBSCRIPTION, Captured, action, create_release, query
from tests.servers import running_server


@dataclass(frozen=True, slots=True)
class Target:
    """A server that runs, and how to ask it for what is measured."""

    pid: int
    port: int
    query: bytes
    """The HTTP request of the status query."""
    pause: bytes
    resume: bytes
    """The HTTP requests that change the release."""
    watch: str
    """The path of its WebSocket."""
    subscribe: dict[str, Any] | None
    """The payload of the subscription; None when connecting is enough."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A server by its name; `start` gives it the captured status."""

    name: str
    start: Callable[[Captured], AbstractContextManager[Target]]


@dataclass(frozen=True, slots=True)
class Own:
    """Our server, as far as a client has to know it."""

    pid: int
    port: int


@contextmanager
def own_server(*flags: str, env: Mapping[str, str] | None = None, database: Path | None = None) -> Iterator[Own]:
    """Run `phaseboard serve` on its core, on an SQLite file of its own or on a copy of one."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        copy = _copied(database, Path(folder)) if database else None
        with on_core(SERVER_CORE):
            running = running_server(Path(folder), *flags, env=env, database=copy)
            server = stack.enter_context(running)
        yield Own(server.pid, int(server.url.rpartition(":")[2]))


def _copied(database: Path, folder: Path) -> Path:
    """Return a copy that is on the disk: else its pages go there while the server waits for its own."""
    copy = Path(shutil.copy(database, folder))
    with copy.open("r+b") as file:
        os.fsync(file.fileno())
    return copy


@contextmanager
def _phaseboard(environment: Mapping[str, str]) -> Iterator[Target]:
    with own_server(env=environment) as server:
        with closing(Connection(server.port)) as connection:
            release_id = create_release(connection).release_id
        yield Target(
            pid=server.pid,
            port=server.port,
            query=query(release_id),
            pause=action("pauseRelease", release_id),
            resume=action("resumeRelease", release_id),
            watch="/graphql",
            subscribe={"query": SUBSCRIPTION, "variables": {"id": release_id}},
        )


@contextmanager
def _peer(script: str, captured: Captured) -> Iterator[Target]:
    with TemporaryDirectory() as folder:
        states = Path(folder) / "status.json"
        states.write_text(json.dumps(asdict(captured), ensure_ascii=False))
        interpreter = node() if script.endswith(".mjs") else sys.executable
        with on_core(SERVER_CORE):
            process = subprocess.Popen(
                [interpreter, PEERS / script, states],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "NODE_ENV": "production"},
            )
        try:
            assert process.stdout
            port, path = _served(process.stdout.readline())
            bare = path == "/constant"
            change = post("/change", {})
            yield Target(
                pid=process.pid,
                port=port,
                query=query(captured.release_id, path),
                pause=change,
                resume=change,
                watch="/follow" if bare else path,
                subscribe=None if bare else {"query": SUBSCRIPTION, "variables": {"id": captured.release_id}},
            )
        finally:
            process.kill()
            process.communicate()


@contextmanager
def _getting(captured: Captured) -> Iterator[Target]:
    with STARLETTE.start(captured) as target:
        yield replace(target, query=get("/constant"))


def _served(line: str) -> tuple[int, str]:
    if not line.startswith("serves http://"):
        raise RuntimeError(f"a peer did not start: {line!r}")
    port, slash, path = line.strip().removeprefix("serves http://").partition(":")[2].partition("/")
    return int(port), slash + path


def capture() -> Captured:
    """Return what our server answers for the release: what the peers serve."""
    with own_server() as server, closing(Connection(server.port)) as connection:
        return create_release(connection)


def phaseboard(**environment: str) -> Contestant:
    """Return our own server, with these settings."""
    return Contestant("Phaseboard", lambda _: _phaseboard(environment))


def _of(name: str, script: str) -> Contestant:
    return Contestant(name, lambda captured: _peer(script, captured))


STARLETTE = _of("bare Starlette", "starlette_peer.py")
STARLETTE_GET = Contestant("the same without a body (GET)", _getting)
STRAWBERRY = _of("Strawberry as it comes", "strawberry_peer.py")
GRAPHQL_WS = _of("graphql-ws on Node", "graphql_ws.mjs")
APOLLO = _of("Apollo Server", "apollo.mjs")
YOGA = _of("GraphQL Yoga", "yoga.mjs")
MERCURIUS = _of("Mercurius with JIT", "mercurius.mjs")


def client_core() -> AbstractContextManager[None]:
    """Keep the load generator off the server's core."""
    return on_core(CLIENT_CORE)
