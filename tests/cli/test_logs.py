"""What the log looks like, and what never gets into it."""

import json
import logging
import re
import socket
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from phaseboard.api.exchange import Exchange, begin
from phaseboard.cli.logs import JsonLines, TextLines, configure_logs
from phaseboard.engine.secrets import callback_secret
from phaseboard.store.errors import Unavailable
from tests.servers import Server, ServerEnded, running_server

SOURCES = Path(__file__).parents[2] / "src" / "phaseboard"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def logging_restored() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("phaseboard")
    kept = root.handlers[:], root.level, ours.level
    yield
    root.handlers[:] = kept[0]
    root.setLevel(kept[1])
    ours.setLevel(kept[2])


def record(message: str = "lease lost", fault: Exception | None = None, **extra: Any) -> logging.LogRecord:
    exc_info = (type(fault), fault, None) if fault else None
    made = logging.LogRecord("phaseboard.engine", logging.WARNING, __file__, 1, message, (), exc_info)
    made.__dict__.update(extra)
    return made


def test_a_line_for_people() -> None:
    line = TextLines().format(record(action="task.lease_lost", task="tsk-1"))
    assert re.fullmatch(f"{TIME} WARNING lease lost action=task.lease_lost task=tsk-1", line)


def test_a_line_for_machines() -> None:
    told = json.loads(JsonLines().format(record(action="task.lease_lost", task="tsk-1", seconds=0.5)))
    assert re.fullmatch(TIME, told.pop("time"))
    assert told == {
        "level": "WARNING", "message": "lease lost", "action": "task.lease_lost", "task": "tsk-1", "seconds": 0.5,
    }  # fmt: skip


def test_a_traceback_stays_with_its_record() -> None:
    line = JsonLines().format(record(fault=ValueError("two\nlines"), action="api.fault"))
    assert "\n" not in line
    assert json.loads(line)["exception"].endswith("ValueError: two\nlines")
    assert TextLines().format(record(fault=ValueError("why"), action="x")).endswith("\nValueError: why")


@pytest.mark.parametrize("form", [TextLines(), JsonLines()])
def test_of_a_database_that_is_away_all_is_said_in_a_line(form: logging.Formatter) -> None:
    with pytest.raises(Unavailable) as raised:
        raise Unavailable("it does not answer:\nDETAIL: recovery")
    told = record("cannot read the log", action="loop.publish")
    told.exc_info = raised.type, raised.value, raised.tb
    line = form.format(told)
    assert "Traceback" not in line
    assert "Unavailable: it does not answer:" in line
    assert "recovery" in line


def test_every_record_has_an_action() -> None:
    assert json.loads(JsonLines().format(record()))["action"] == "phaseboard.engine"


@pytest.mark.parametrize("form", [TextLines(), JsonLines()])
def test_what_comes_from_outside_makes_no_line_of_its_own(form: logging.Formatter) -> None:
    line = form.format(record("bad\nname", action="x", operation="A\n2024 ERROR forged\x1b[31m", odd={"a": object()}))
    assert "\n" not in line
    assert "\x1b" not in line


async def test_records_of_a_request_carry_its_id() -> None:
    begin(Exchange("r-1"))
    assert json.loads(JsonLines().format(record(action="x")))["request"] == "r-1"


@pytest.mark.usefixtures("logging_restored")
@pytest.mark.parametrize(("stream", "form", "is_json"), [
    (Terminal(), "auto", False), (StringIO(), "auto", True), (StringIO(), "text", False), (Terminal(), "json", True),
])  # fmt: skip
def test_the_form_follows_who_reads(
    monkeypatch: pytest.MonkeyPatch, stream: StringIO, form: str, is_json: bool
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    configure_logs("info", form)
    logging.getLogger("phaseboard.x").info("told", extra={"action": "x"})
    assert stream.getvalue().startswith("{") is is_json
    assert "told" in stream.getvalue()


@pytest.mark.usefixtures("logging_restored")
def test_of_others_only_what_goes_wrong_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    configure_logs("debug")
    for name in ("httpcore.http11", "httpx", "aiosqlite", "websockets.server", "uvicorn.error"):
        logging.getLogger(name).info("Authorization: Bearer canary")
    logging.getLogger("phaseboard.x").debug("ours")
    assert "canary" not in stream.getvalue()
    assert "ours" in stream.getvalue()


@pytest.mark.process
@pytest.mark.parametrize(("level", "told"), [("warning", 0), ("debug", 3)])
def test_requests_that_are_none_are_counted_and_do_not_flood_the_log(tmp_path: Path, level: str, told: int) -> None:
    with running_server(tmp_path, "--log-level", level) as server:
        where = "127.0.0.1", int(server.url.rpartition(":")[2])
        for line in (b"no HTTP\r\n\r\n", b"\0\r\n\r\n", b"GET / HTTP/1.1\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"):
            with socket.create_connection(where, 10) as connection:
                connection.sendall(line)
                assert connection.recv(100)
        for query, origin, status in (("", "http://elsewhere.example", 403), ("?token=x", None, 400)):
            with pytest.raises(InvalidStatus) as refused:
                connect(f"ws{server.url[4:]}/graphql{query}", additional_headers={"Origin": origin} if origin else {})
            assert refused.value.response.status_code == status
            assert json.loads(refused.value.response.body or b"")["errors"][0]["message"]
        assert "phaseboard_malformed_requests_total 2.0" in httpx.get(f"{server.url}/metrics").text
        server.terminate()
        records = [json.loads(line) for line in server.stderr.splitlines()]
    assert [record["level"] for record in records if record["action"] == "uvicorn.error"] == ["DEBUG"] * told


def test_all_of_our_records_name_their_action() -> None:
    call = re.compile(r"\blog(?:ger)?\.(?:debug|info|warning|error|exception)\((?:[^()]|\([^()]*\))*\)")
    calls = [found for path in SOURCES.rglob("*.py") for found in call.findall(path.read_text())]
    assert len(calls) > 10
    for found in calls:
        assert '"action"' in found or re.search(r"extra=(extra|_ACTION)\b", found), found


def test_a_format_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ServerEnded, match="PHASEBOARD_LOG_FORMAT"):
        Server(tmp_path, "--log-format", "xml").start()


CANARIES = ("canary-token", "canary-header", "canary-query", "canary-body", "canary-secret", "canary-payload")
PLAN = {
    "name": "Canaries", "version": "1",
    "kickoff": [{"name": "Call", "executor": "webhook", "with": {
        "url": "http://127.0.0.1:9/x?token=canary-query", "headers": {"Authorization": "Bearer canary-header"},
        "body": {"password": "canary-body"}, "awaitCallback": True,
    }}],
    "regression": {"cycles": [{"after": "0s"}], "tasks": [{"name": "Look", "executor": "manual"}]},
    "preRelease": [{"name": "Submit", "executor": "manual", "submission": True}],
}  # fmt: skip
CREATE = (
    "mutation ($input: CreateReleaseInput!) { createRelease(input: $input) { release { id } userErrors { message } } }"
)
START = "mutation ($id: ID!) { startRelease(input: {releaseId: $id}) { userErrors { message } } }"
FOLLOW = (
    "subscription ($id: ID!) { releaseStatus(releaseId: $id) { currentPhase release { tasks { failureReason } } } }"
)


@pytest.mark.process
def test_secrets_never_get_into_the_log(tmp_path: Path) -> None:
    with running_server(tmp_path, "--log-level", "debug") as server:
        headers = {"Authorization": "Bearer canary-token", "Phaseboard-Secret": "canary-secret"}
        with httpx.Client(base_url=server.url, headers=headers) as client:
            release = _asked(client, CREATE, input=PLAN)["createRelease"]["release"]["id"]
            _asked(client, START, id=release)
            _until(client, release, "PAUSED_BY_FAILURE")
            task = release.replace("rel-", "tsk-") + "-1"
            assert client.post(f"/callbacks/{task}/1", json={"outcome": "SUCCEEDED"}).status_code == 403
            assert client.get("/graphql?token=canary-query").status_code == 400
            client.post("/graphql", content=b"{not json canary-payload")
            client.post("/graphql", json={"query": "{ canary-payload }"})
            _socket(server.url)
        server.terminate()
        log = server.stderr
    secret = _secret_of(tmp_path / "phaseboard.db", release)
    assert secret
    for canary in (*CANARIES, secret, callback_secret(secret, task, 1)):
        assert canary not in log
    assert all(json.loads(line)["action"] for line in log.splitlines())


@pytest.mark.process
def test_what_a_called_system_repeats_is_kept_without_secrets(tmp_path: Path) -> None:
    with repeating() as host, running_server(tmp_path) as server:
        plan = json.loads(json.dumps(PLAN).replace("127.0.0.1:9", host))
        with httpx.Client(base_url=server.url) as client:
            release = _asked(client, CREATE, input=plan)["createRelease"]["release"]["id"]
            _asked(client, START, id=release)
            seen = _until(client, release, "PAUSED_BY_FAILURE")
        server.terminate()
    kept = dict(_kept(tmp_path / "phaseboard.db"))
    assert "canary-header" in kept.pop("releases"), "the plan itself has it"
    assert "500 Broken" in kept["release_events"]
    assert "500 Broken" in kept["release_tasks"]
    for canary in CANARIES:
        assert [table for table, rows in kept.items() if canary in rows] == []
        assert canary not in seen


@contextmanager
def repeating() -> Iterator[str]:
    """Run a server that answers each request with an error that repeats it; give its host and port."""

    class Repeats(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["content-length"])).decode()
            self.send_response(500, "Broken")
            self.end_headers()
            self.wfile.write(f"{self.path}\n{self.headers}\n{asked}".encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Repeats) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def _kept(database: Path) -> Iterator[tuple[str, str]]:
    """Yield each table's name and all that is in it."""
    with closing(sqlite3.connect(database)) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            yield table, str(connection.execute(f'SELECT * FROM "{table}"').fetchall())


def _asked(client: httpx.Client, query: str, **variables: Any) -> Any:
    answer = client.post("/graphql", json={"query": query, "variables": variables}).json()
    assert "errors" not in answer, answer
    return answer["data"]


def _until(client: httpx.Client, release: str, phase: str) -> str:
    """Follow a release until it is in a phase; return all that was seen."""
    asked = {"query": FOLLOW, "variables": {"id": release}}
    seen = ""
    with client.stream("POST", "/graphql", json=asked, headers={"Accept": "text/event-stream"}) as response:
        for line in response.iter_lines():
            seen += line
            if phase in line:
                return seen
    raise AssertionError(seen)


def _socket(url: str) -> None:
    address = f"ws{url.removeprefix('http')}/graphql?x=canary-query"
    protocol = Subprotocol("graphql-transport-ws")
    with connect(
        address, subprotocols=[protocol], additional_headers={"Authorization": "Bearer canary-token"}
    ) as socket:
        socket.send('{"type": "connection_init", "payload": {"token": "canary-payload"}}')
        socket.send('{"type": "canary-payload"}')
        with suppress(ConnectionClosed):
            while True:
                socket.recv(10)


def _secret_of(database: Path, release: str) -> str:
    with closing(sqlite3.connect(database)) as connection:
        (secret,) = connection.execute("SELECT secret FROM releases WHERE id = ?", (release,)).fetchone()
    return str(secret)
