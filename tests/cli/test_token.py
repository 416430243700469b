"""`phaseboard token` on files, and beside real servers that ask for tokens."""

import asyncio
import json
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from phaseboard.store.sqlite import SQLiteStore
from phaseboard.store.tokens import StoredToken
from tests.access.issuing import AUDIENCE, LocalIssuer, issuing
from tests.api.serving import PROTOCOL
from tests.cli.command import Command, Ended, Watching
from tests.engine.hands import PATIENCE
from tests.servers import PHASEBOARD, Server, clean_environment, running_server

TOKEN = re.compile(r"pb_[a-zA-Z0-9]{10}_[a-zA-Z0-9]{43}")
QUERY = {"query": "{ releases { edges { cursor } } viewer { actor { kind name } } }"}
PLAN = """
name: By hand
version: "1"
kickoff: [{name: look, executor: manual}]
regression: {cycles: [{after: 0s}], tasks: [{name: look, executor: manual}]}
preRelease: [{name: look, executor: manual}]
"""


class Tokens:
    """`phaseboard token ...` on one file."""

    def __init__(self, command: Command, path: Path) -> None:
        self.command = command
        self.path = path

    def __call__(self, *arguments: str) -> Ended:
        return self.command("token", *arguments, PHASEBOARD_DATABASE_URL=f"sqlite:///{self.path}")

    def create(self, name: str, *scopes: str, expires: str | None = None) -> str:
        """Return a new token's text."""
        chosen = [word for scope in scopes or ("releases:read",) for word in ("--scope", scope)]
        ended = self("create", "--name", name, *chosen, *(("--expires", expires) if expires else ()))
        assert ended.exit_code == 0, ended.stderr
        return ended.stdout.strip()

    def stored(self) -> list[StoredToken]:
        async def read() -> list[StoredToken]:
            store = SQLiteStore(self.path, tokens_only=True)
            await store.open()
            try:
                return await store.read(lambda reader: reader.all_tokens())
            finally:
                await store.close()

        return asyncio.run(read())


@pytest.fixture
def tokens(command: Command, tmp_path: Path) -> Tokens:
    return Tokens(command, tmp_path / "tokens.db")


# On a file


def test_a_token_is_printed_alone_and_explained_beside(tokens: Tokens) -> None:
    ended = tokens("create", "--name", "ci", "--scope", "tasks:report", "--scope", "releases:read", "--expires", "90d")
    assert TOKEN.fullmatch(ended.stdout.strip())
    (kept,) = tokens.stored()
    assert (kept.name, kept.scopes) == ("ci", ("releases:read", "tasks:report"))
    assert kept.expires_at
    assert (kept.expires_at - kept.created_at).days == 90
    assert f"ci ({kept.id}) may releases:read, tasks:report until 20" in ended.stderr
    assert "shown once" in ended.stderr
    assert ended.stdout.strip() not in ended.stderr


def test_nothing_of_the_secret_is_in_the_file_or_the_list(tokens: Tokens) -> None:
    secret = tokens.create("ci").rpartition("_")[2]
    assert secret not in tokens("list").stdout
    for file in tokens.path.parent.iterdir():
        assert secret.encode() not in file.read_bytes()


def test_tokens_are_listed_with_their_state(tokens: Tokens) -> None:
    assert tokens("list").exit_code == 1
    tokens.create("old")
    tokens("revoke", "old")
    tokens.create("ci", "admin", expires="12h")
    head, old, new = tokens("list").stdout.splitlines()
    assert head.split() == ["Id", "Name", "Created", "Expires", "State", "Scopes"]
    assert old.split()[1::2][1:] == ["never", "releases:read"]
    assert "revoked" in old
    assert [word for word in new.split() if word in ("ci", "live", "admin")] == ["ci", "live", "admin"]


def test_an_empty_list_says_what_to_do(tokens: Tokens) -> None:
    tokens.create("ci")
    tokens("revoke", "ci")
    assert "ci" in tokens("list").stdout
    other = Tokens(tokens.command, tokens.path.with_name("empty.db"))
    asyncio.run(_make(other.path))
    assert "phaseboard token create" in other("list").stderr


@pytest.mark.parametrize("by", ["name", "id"])
def test_a_token_is_revoked_once(tokens: Tokens, by: str) -> None:
    tokens.create("ci")
    (kept,) = tokens.stored()
    assert f"ci ({kept.id}) is revoked." in tokens("revoke", getattr(kept, by)).stderr
    again = tokens("revoke", getattr(kept, by))
    assert again.exit_code == 1
    assert ("revoked already" if by == "id" else "There is no token 'ci'") in again.stderr
    tokens.create("ci")


def test_a_name_is_used_once_at_a_time(tokens: Tokens) -> None:
    tokens.create("ci")
    ended = tokens("create", "--name", "ci", "--scope", "admin")
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert "There is a token named ci already: revoke it first, or choose another name." in ended.stderr
    assert len(tokens.stored()) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--name", "ci"), "Missing option '--scope'"),
        (("--scope", "admin"), "Missing option '--name'"),
        (("--name", "", "--scope", "admin"), "is no name for a token"),
        (("--name", "a b", "--scope", "admin"), "is no name for a token"),
        (("--name", "\x1b[2J", "--scope", "admin"), "is no name for a token"),
        (("--name", "ci", "--scope", "root"), "is no scope; there are"),
        (("--name", "ci", "--scope", "releases:read,admin"), "is no scope; there are"),
        (("--name", "ci", "--scope", "\x1b[2J"), "is no scope; there are"),
        (("--name", "ci", "--scope", "admin", "--expires", "soon"), "must be a duration"),
        (("--name", "ci", "--scope", "admin", "--expires", "2020-01-01"), "in the past"),
        (("--name", "ci", "--scope", "admin", "--expires", ""), "must be a duration"),
    ],
)
def test_mistakes_are_told_and_nothing_is_made(tokens: Tokens, arguments: tuple[str, ...], words: str) -> None:
    ended = tokens("create", *arguments)
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert words in " ".join(ended.stderr.replace("│", " ").split())
    assert "\x1b[2J" not in ended.stderr
    assert not tokens.path.exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgres://x", "PHASEBOARD_DATABASE_URL"),
        ("sqlite:///no/such/folder/x.db", "there is no folder"),
        ("sqlite:////dev/null", "/dev/null does not answer"),
        ("sqlite:////tmp", "is a folder"),
        ("sqlite:////..", "is a folder"),
        ("sqlite:////", "PHASEBOARD_DATABASE_URL"),
        ("sqlite:///", "PHASEBOARD_DATABASE_URL"),
    ],
)
def test_a_database_that_cannot_be_used_is_told(command: Command, url: str, words: str) -> None:
    ended = command("token", "create", "--name", "ci", "--scope", "admin", "--database-url", url)
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert words in ended.stderr


@pytest.mark.parametrize("arguments", [("list",), ("revoke", "ci")])
def test_only_create_makes_a_database(tokens: Tokens, arguments: tuple[str, ...]) -> None:
    ended = tokens(*arguments)
    assert ended.exit_code == 1
    assert "There is no database" in ended.stderr
    assert not tokens.path.exists()


async def _make(path: Path) -> None:
    store = SQLiteStore(path)
    await store.open()
    await store.close()


# Beside a server

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Server]:
    with running_server(tmp_path, "--auth", "tokens", "--log-level", "debug") as server:
        yield server


@pytest.fixture
def issued(guarded: Server) -> Tokens:
    return Tokens(Command(guarded.url), guarded.database)


def ask(server: Server, token: str | None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.post(f"{server.url}/graphql", json=QUERY, headers=headers, timeout=PATIENCE)


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


@pytest.mark.process
def test_a_server_without_tokens_says_how_to_make_one(tmp_path: Path) -> None:
    where = f"sqlite:///{tmp_path / 'phaseboard.db'}"
    started = [PHASEBOARD, "serve", "--port", "0", "--auth", "tokens", "--database-url", where]
    with subprocess.Popen(started, stdout=subprocess.PIPE, text=True, env=clean_environment()) as process:
        assert process.stdout
        told = ""
        for line in process.stdout:
            told += line
            if "Phaseboard serves" in line:
                break
        process.terminate()
    (create,) = re.findall(r"phaseboard (token create .*)", told)
    made = subprocess.check_output([PHASEBOARD, *create.split()], text=True, env=clean_environment())
    assert TOKEN.fullmatch(made.strip())


@pytest.mark.process
def test_people_of_an_issuer_are_let_in(tmp_path: Path) -> None:
    with issuing() as issuer, running_server(tmp_path, *_flags(issuer)) as server:
        claims = {"realm_access": {"roles": ["release-managers"]}, "email": "anna@example.com"}
        anna = issuer.token(**claims)
        command = Command(server.url)
        release = command.done("release", "create", "-", stdin=PLAN, PHASEBOARD_TOKEN=anna)
        shown = json.loads(command.done("release", "show", release, "--json", PHASEBOARD_TOKEN=anna))
        assert "anna@example.com" in json.dumps(shown)
        refused = command("release", "list", PHASEBOARD_TOKEN=issuer.token(email="bob@example.com", scope="admin"))
        assert "needs the scope releases:read" in refused.stderr
        assert command("release", "list", PHASEBOARD_TOKEN=issuer.token(**claims, exp=1)).exit_code == 1
        assert ask(server, issuer.token(**claims, aud="another")).status_code == 401
        assert anna not in server.stderr


def _flags(issuer: LocalIssuer) -> list[str]:
    mapping = "release-managers=releases:write,release-managers=releases:read"
    return [
        *("--auth", "tokens", "--oidc-issuer", issuer.url, "--oidc-audience", AUDIENCE, "--oidc-scopes", mapping),
        *("--oidc-scope-claim", "realm_access.roles", "--oidc-name-claim", "email"),
    ]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--auth", "on"), '"off" or "tokens"'),
        (("--host", "0.0.0.0"), "PHASEBOARD_AUTH=tokens"),
        (("--oidc-issuer", "https://login.example.com", "--oidc-audience", "a"), "without PHASEBOARD_AUTH=tokens"),
        (("--auth", "tokens", "--oidc-issuer", "https://login.example.com"), "PHASEBOARD_OIDC_AUDIENCE"),
        (("--auth", "tokens", "--oidc-audience", "a"), "without PHASEBOARD_OIDC_ISSUER"),
        (("--auth", "tokens", "--oidc-client-id", "board"), "without PHASEBOARD_OIDC_ISSUER"),
        (("--auth", "tokens", "--oidc-issuer", "http://login.example.com", "--oidc-audience", "a"), "https://"),
        (
            ("--auth", "tokens", "--oidc-issuer", "https://l.example", "--oidc-audience", "a", "--oidc-scopes", "a=b"),
            "PHASEBOARD_OIDC_SCOPES",
        ),
        (("--allowed-origins", "https://a.example/,https://b.example"), "PHASEBOARD_ALLOWED_ORIGINS"),
        (("--allowed-origins", "*"), "PHASEBOARD_ALLOWED_ORIGINS"),
    ],
)
def test_settings_that_let_in_the_wrong_ones_are_refused(
    command: Command, tmp_path: Path, flags: tuple[str, ...], words: str
) -> None:
    ended = command("serve", "--port", "0", "--database-url", f"sqlite:///{tmp_path / 'phaseboard.db'}", *flags)
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert words in ended.stderr
