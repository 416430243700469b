"""What `phaseboard serve` refuses to start on: exit code 2, one line that names what to do, nothing touched.

Three of the refusals are seen in processes of their own; the others run the same command in this one, which is quicker.
"""

import asyncio
import logging
import socket
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from phaseboard.cli.main import app
from phaseboard.domain.actor import SYSTEM
from phaseboard.engine.clock import system_clock
from phaseboard.engine.use_cases import UseCases
from phaseboard.store.sqlite.store import SQLiteStore
from tests.factory import make_plan
from tests.postgres import holding
from tests.servers import Server, ServerEnded
from tests.store.test_address import UNREADABLE

pytestmark = pytest.mark.process

Refused = Callable[..., str]


def one_line(exit_code: object, stderr: str) -> str:
    """Return the one line with which a server that cannot start says why."""
    assert exit_code == 2, stderr
    (line,) = stderr.splitlines()
    assert line.startswith("phaseboard: ")
    return line


def refused_by_process(server: Server, *flags: str) -> str:
    """Return what a process of its own says when it refuses to start."""
    with pytest.raises(ServerEnded) as ended:
        server.start(*flags)
    return one_line(ended.value.exit_code, ended.value.stderr)


@pytest.fixture
def refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., str]]:
    """A function that runs `phaseboard serve` here, in an empty folder, and returns what it says."""
    root, ours = logging.getLogger(), logging.getLogger("phaseboard")
    handlers, level, our_level = root.handlers[:], root.level, ours.level
    monkeypatch.chdir(tmp_path)

    def run(*flags: str, **env: str) -> str:
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            app(["serve", "--port", "0", *flags])
        return one_line(ended.value.code, capfd.readouterr().err)

    yield run
    root.handlers[:] = handlers
    root.setLevel(level)
    ours.setLevel(our_level)


def test_a_file_that_another_server_serves(server: Server) -> None:
    second = Server(server.folder / "..", database=server.database)
    assert f"is being served by another process (pid {server.pid})" in refused_by_process(second)
    assert httpx.get(f"{server.url}/healthz").is_success


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        line = refused_by_process(Server(tmp_path), "--port", str(taken.getsockname()[1]))
    assert "Address already in use. Choose another port with --port." in line


def test_a_host_that_is_not_of_this_machine(refused: Refused) -> None:
    assert "Choose another address with --host." in refused("--host", "192.0.2.1")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PHASEBOARD_AUTH", "on", 'PHASEBOARD_AUTH is "on"; it is "off" or "tokens".'),
        ("PHASEBOARD_HOST", "0.0.0.0", "listen on 127.0.0.1 only (PHASEBOARD_HOST)"),
        ("PHASEBOARD_PUBLIC_URL", "ci.example", "it begins with http:// or https://"),
        ("PHASEBOARD_DATABASE_URL", "mysql://host/phaseboard", "write sqlite:///path/to/file.db"),
        ("PHASEBOARD_DATABASE_URL", "phaseboard.db", "write sqlite:///path/to/file.db"),
        ("PHASEBOARD_DATABASE_URL", "sqlite:///missing/phaseboard.db", "there is no folder"),
        ("PHASEBOARD_DATABASE_URL", "sqlite:///.", "write sqlite:///path/to/file.db"),
    ],
)
def test_settings_that_cannot_work(refused: Refused, tmp_path: Path, name: str, value: str, told: str) -> None:
    assert told in refused(**{name: value})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        *(("PHASEBOARD_DATABASE_URL", url, "PHASEBOARD_DATABASE_URL") for url in UNREADABLE),
        ("PHASEBOARD_PUBLIC_URL", "ftp://anna:canary@ci.example", "it begins with http:// or https://"),
        ("PHASEBOARD_ALLOWED_ORIGINS", "https://anna:canary@ci.example", 'names "ci.example"'),
        ("PHASEBOARD_OIDC_ISSUER", "ftp://anna:canary@ci.example", "'ci.example' has to begin with https://"),
    ],
)
def test_an_address_that_cannot_be_used_does_not_show_its_password(
    refused: Refused, name: str, value: str, told: str
) -> None:
    line = refused("--oidc-audience", "board" if "ISSUER" in name else "", **{name: value})
    assert told in line
    assert "canary" not in line


@pytest.mark.parametrize(("table", "auth"), [("release_events", "off"), ("access_tokens", "tokens")])
def test_a_database_that_falls_silent_while_the_server_starts(
    refused: Refused, postgres_url: str, table: str, auth: str
) -> None:
    with holding(postgres_url, f"LOCK TABLE {table}"):
        line = refused("--auth", auth, "--log-level", "error", PHASEBOARD_DATABASE_URL=postgres_url)
    assert "does not answer" in line
    assert "`phaseboard doctor` tells what is in its way" in line


@pytest.fixture(scope="module")
def good_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The content of a database with a release in it."""
    path = tmp_path_factory.mktemp("good") / "phaseboard.db"

    async def fill() -> None:
        store = SQLiteStore(path)
        await store.open()
        await UseCases(store, system_clock).create(make_plan(), SYSTEM)
        await store.close()

    asyncio.run(fill())
    return path.read_bytes()


def no_database(path: Path, good: bytes) -> None:
    path.write_text("a shopping list\n" * 100)


def overwritten(path: Path, good: bytes) -> None:
    path.write_bytes(good[:4096] + b"\xa5" * (len(good) - 4096))


def cut_off(path: Path, good: bytes) -> None:
    path.write_bytes(good[: len(good) // 2])


def newer(path: Path, good: bytes) -> None:
    altered(path, good, "UPDATE alembic_version SET version_num = '9999'")


def without_version(path: Path, good: bytes) -> None:
    altered(path, good, "DELETE FROM alembic_version")


def foreign(path: Path, good: bytes) -> None:
    altered(path, b"", "CREATE TABLE recipes (name TEXT)")


def without_write_bits(path: Path, good: bytes) -> None:
    """Refused whoever asks, though root could write to it."""
    path.write_bytes(good)
    path.chmod(0o444)


def altered(path: Path, good: bytes, statement: str) -> None:
    path.write_bytes(good)
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (no_database, "is damaged or not an SQLite database"),
        (overwritten, "is damaged or not an SQLite database"),
        (cut_off, "is damaged or not an SQLite database"),
        (without_version, "is damaged or not an SQLite database"),
        (newer, "was written by a newer Phaseboard (its schema is 9999). Install that version again"),
        (foreign, "is the database of another program. Name another file."),
        (without_write_bits, "is read-only. Make it writable"),
    ],
    ids=lambda case: case.__name__ if callable(case) else "",
)
def test_a_file_that_cannot_be_used_is_left_as_it_is(
    refused: Refused, tmp_path: Path, good_file: bytes, spoil: Callable[[Path, bytes], None], told: str
) -> None:
    path = tmp_path / "phaseboard.db"
    spoil(path, good_file)
    before = path.read_bytes()
    line = refused()
    assert told in line
    assert str(path) in line
    assert path.read_bytes() == before
    assert {left.name for left in tmp_path.iterdir()} - {"phaseboard.db.lock"} == {"phaseboard.db"}


def test_a_file_that_is_damaged_refused_by_a_process(tmp_path: Path, good_file: bytes) -> None:
    server = Server(tmp_path)
    overwritten(server.database, good_file)
    assert "Restore it from a backup, or name another file." in refused_by_process(server)


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="needs a folder in which not even root can make a file")
def test_a_folder_that_nobody_can_write_to(refused: Refused) -> None:
    assert "/proc/phaseboard.db.lock cannot be created." in refused("--database-url", "sqlite:////proc/phaseboard.db")


@pytest.mark.parametrize("level", ["nonsense", "WARNING", ""])
def test_a_log_level_that_is_none(refused: Refused, level: str) -> None:
    line = refused("--log-level", level)
    assert f'PHASEBOARD_LOG_LEVEL is "{level}"; it is one of debug, info, warning, error.' in line
