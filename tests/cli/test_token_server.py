"""`phaseboard token` beside servers that ask for tokens: they work at once, and end when they are to."""

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.api.serving import PROTOCOL
from tests.cli.command import Command, Watching
from tests.cli.tokens import PLAN, Tokens, ask
from tests.engine.hands import PATIENCE
from tests.servers import PHASEBOARD, Server, clean_environment, running_server

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Server]:
    with running_server(tmp_path, "--auth", "tokens", "--log-level", "debug") as server:
        yield server


@pytest.fixture
def issued(guarded: Server) -> Tokens:
    return Tokens(Command(guarded.url), guarded.database)


@pytest.mark.process
def test_a_token_works_at_once_and_ends_within_a_second(guarded: Server, issued: Tokens) -> None:
    assert ask(guarded, None).status_code == 401
    text = issued.create("ci", "admin")
    for _ in range(3):
        assert ask(guarded, text).json()["data"]["viewer"]["actor"] == {"kind": "TOKEN", "name": "ci"}
    with connect(f"ws{guarded.url.removeprefix('http')}/graphql", subprotocols=[PROTOCOL]) as socket:
        socket.send(json.dumps({"type": "connection_init", "payload": {"token": text}}))
        assert json.loads(socket.recv(PATIENCE)) == {"type": "connection_ack"}
        events = _following(guarded, text)
        issued("revoke", "ci")
        began = monotonic()
        assert _closed(socket) == 4403
        assert "UNAUTHENTICATED" in events.communicate(timeout=PATIENCE)[0]
        assert monotonic() - began < 1.5, "a second, and what the processes take"
    assert ask(guarded, text).status_code == 401
    assert text.rpartition("_")[2] not in guarded.stderr


def _closed(socket: ClientConnection) -> int:
    """Wait until the server closes a socket on which nothing comes; returns the code."""
    with pytest.raises(ConnectionClosed) as closed:
        socket.recv(PATIENCE)
    assert closed.value.rcvd
    return closed.value.rcvd.code


def _following(server: Server, token: str) -> "subprocess.Popen[str]":
    """Begin to follow all phases by curl, in a process of its own; returns once it follows."""
    process = subprocess.Popen(
        [
            *("curl", "-sN", f"{server.url}/graphql", "-H", "content-type: application/json"),
            *("-H", "accept: text/event-stream", "-H", f"authorization: Bearer {token}", "-D", "/dev/stderr"),
            *("-d", json.dumps({"query": "subscription { phaseChanged { to } }"})),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    assert any("200" in line for line in process.stderr)
    return process


@pytest.mark.process
def test_a_token_ends_when_it_expires(guarded: Server, issued: Tokens) -> None:
    text = issued.create("ci", expires="1500ms")
    with connect(f"ws{guarded.url.removeprefix('http')}/graphql", subprotocols=[PROTOCOL]) as socket:
        socket.send(json.dumps({"type": "connection_init", "payload": {"token": text}}))
        assert json.loads(socket.recv(PATIENCE)) == {"type": "connection_ack"}
        assert _closed(socket) == 4403
    assert "This token has expired." in ask(guarded, text).text


@pytest.mark.process
def test_many_tokens_are_made_while_the_server_writes(guarded: Server, issued: Tokens) -> None:
    boss = issued.create("boss", "admin")
    command = Command(guarded.url)

    def make(number: int) -> str:
        done = subprocess.run(
            [PHASEBOARD, "token", "create", "--name", f"t{number}", "--scope", "releases:read"],
            env=clean_environment({"PHASEBOARD_DATABASE_URL": f"sqlite:///{guarded.database}"}),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    with ThreadPoolExecutor(3) as pool:
        making = pool.map(make, range(6))
        for _ in range(10):
            command.done("release", "create", "-", stdin=PLAN, PHASEBOARD_TOKEN=boss)
    for text in making:
        assert len(ask(guarded, text).json()["data"]["releases"]["edges"]) == 10


@pytest.mark.process
def test_the_client_says_what_to_do_about_tokens(guarded: Server, issued: Tokens) -> None:
    command = Command(guarded.url)
    without = command("release", "list")
    assert without.exit_code == 1
    assert "give one with --token or PHASEBOARD_TOKEN" in without.stderr
    wrong = command("release", "list", PHASEBOARD_TOKEN="pb_wrong")
    assert "does not accept this token: it may have expired or been revoked." in wrong.stderr
    assert "pb_wrong" not in wrong.stderr
    reader, boss = issued.create("reader"), issued.create("boss", "admin")
    release = command.done("release", "create", "-", stdin=PLAN, PHASEBOARD_TOKEN=boss)
    assert command("release", "list", PHASEBOARD_TOKEN=reader).exit_code == 0
    refused = command("act", "start", release, PHASEBOARD_TOKEN=reader)
    assert refused.exit_code == 1
    assert "does not allow this with this token: it needs the scope releases:write." in refused.stderr
    assert command("act", "start", release, "--token", boss).exit_code == 0


@pytest.mark.process
def test_a_watch_ends_with_its_token(guarded: Server, issued: Tokens) -> None:
    boss, reader = issued.create("boss", "admin"), issued.create("reader")
    command = Command(guarded.url)
    release = command.done("release", "create", "-", stdin=PLAN, PHASEBOARD_TOKEN=boss)
    with Watching(guarded.url, release, "--token", reader) as watching:
        watching.until("NOT_STARTED")
        command.done("act", "start", release, PHASEBOARD_TOKEN=boss)
        watching.until("KICKOFF")
        issued("revoke", "reader")
        watching.told("it may have expired or been revoked")
        assert watching.ended() == 1
    refused = command("watch", release)
    assert (refused.exit_code, "PHASEBOARD_TOKEN" in refused.stderr) == (1, True)
