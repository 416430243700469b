"""`phaseboard migrate`, and what says so when it was forgotten."""

import subprocess
from pathlib import Path

import pytest

from phaseboard.store import choice
from phaseboard.store.postgres import schema
from phaseboard.store.sqlite.guard import FileGuard
from tests.cli.command import Command
from tests.postgres import holding
from tests.servers import PHASEBOARD, Server, ServerEnded, clean_environment, running_server
from tests.store.test_address import UNREADABLE

MANY = 8


def test_a_database_is_migrated_then_served(command: Command, tmp_path: Path, blank_postgres_url: str) -> None:
    server = Server(tmp_path, database_url=blank_postgres_url)
    with pytest.raises(ServerEnded) as ended:
        server.start()
    assert ended.value.exit_code == 2
    assert "Create them: phaseboard migrate (with the same --database-url" in ended.value.stderr
    for told in ("up to date now", "up to date already"):
        done = command("migrate", PHASEBOARD_DATABASE_URL=blank_postgres_url)
        assert (done.exit_code, done.stdout) == (0, "")
        assert told in done.stderr
    with running_server(tmp_path, database_url=blank_postgres_url):
        made = command(
            "token", "create", "--name", "ci", "--scope", "admin", PHASEBOARD_DATABASE_URL=blank_postgres_url
        )
        assert made.exit_code == 0
        listed = command("token", "list", PHASEBOARD_DATABASE_URL=blank_postgres_url)
        assert "ci" in listed.stdout


def test_a_file_is_migrated_too(command: Command, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    for told in ("up to date now", "up to date already"):
        done = command("migrate", "--database-url", url)
        assert done.exit_code == 0
        assert told in done.stderr
    with running_server(tmp_path, database=tmp_path / "new.db"):
        done = command("migrate", "--database-url", url)
        assert (done.exit_code, done.stdout) == (0, "")
        assert "up to date already" in done.stderr


def test_a_file_that_stays_locked_is_not_touched(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "LOCK_SECONDS", 0.0)
    guard = FileGuard(tmp_path / "new.db")
    guard.acquire()
    refused = command("migrate", "--database-url", f"sqlite:///{tmp_path / 'new.db'}")
    guard.release()
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "served by another process" in refused.stderr
    assert not (tmp_path / "new.db").exists()


def test_a_database_that_another_one_migrates(
    command: Command, blank_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "LOCK_SECONDS", 1)
    with holding(blank_postgres_url, f"SELECT pg_advisory_xact_lock({schema.LOCK})"):
        refused = command("migrate", PHASEBOARD_DATABASE_URL=blank_postgres_url)
    told = " ".join(refused.stderr.split())
    assert refused.exit_code == 1
    assert "Is another migration under way" in told
    assert "Start it" not in told


@pytest.mark.process
def test_of_many_at_once_on_a_file_one_does_it(tmp_path: Path) -> None:
    flags = ["migrate", "--database-url", f"sqlite:///{tmp_path / 'new.db'}"]
    started = [
        subprocess.Popen([PHASEBOARD, *flags], stderr=subprocess.PIPE, text=True, env=clean_environment())
        for _ in range(MANY)
    ]
    told = [process.communicate()[1] for process in started]
    assert [process.returncode for process in started] == [0] * MANY, told
    assert sum("is up to date now" in one for one in told) == 1
    assert sum("was up to date already" in one for one in told) == MANY - 1


@pytest.mark.parametrize("url", ["postgresql://", "postgresql://anna:canary@db", "mysql://db/x", "postgresql:///"])
def test_an_address_that_names_no_database(command: Command, url: str) -> None:
    refused = command("migrate", "--database-url", url)
    assert refused.exit_code == 1
    assert "postgresql://user@host/database" in " ".join(refused.stderr.split())
    assert "canary" not in refused.stderr


@pytest.mark.parametrize("url", UNREADABLE)
@pytest.mark.parametrize("words", [["migrate"], ["doctor"], ["token", "list"]], ids=" ".join)
def test_an_address_that_cannot_be_read_is_not_shown(command: Command, words: list[str], url: str) -> None:
    refused = command(*words, PHASEBOARD_DATABASE_URL=url)
    assert refused.exit_code == 1
    assert "PHASEBOARD_DATABASE_URL" in refused.stderr
    assert "canary" not in refused.stdout + refused.stderr


def test_a_port_of_the_environment_that_is_none(command: Command) -> None:
    refused = command("migrate", "--database-url", "postgresql://anna:canary@/board", PGPORT="abc", PGHOST="127.0.0.1")
    assert refused.exit_code == 1
    assert "postgresql://anna@localhost/board cannot be used" in " ".join(refused.stderr.split())


def test_a_password_is_not_shown(command: Command) -> None:
    refused = command("migrate", "--database-url", "postgresql://anna:canary@127.0.0.1:1/board")
    assert refused.exit_code == 1
    assert "postgresql://anna@127.0.0.1:1/board does not answer" in " ".join(refused.stderr.split())
    assert "canary" not in refused.stderr
