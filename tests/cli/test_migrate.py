"""`phaseboard migrate`, and what says so when it was forgotten."""

from pathlib import Path

import pytest

from tests.cli.command import Command
from tests.servers import Server, ServerEnded, running_server


def test_a_database_is_migrated_then_served(command: Command, tmp_path: Path, blank_postgres_url: str) -> None:
    server = Server(tmp_path, database_url=blank_postgres_url)
    with pytest.raises(ServerEnded) as ended:
        server.start()
    assert ended.value.exit_code == 2
    assert "phaseboard migrate" in ended.value.stderr
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
        refused = command("migrate", "--database-url", url)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert "served by another process" in refused.stderr


@pytest.mark.parametrize("url", ["postgresql://", "postgresql://anna:canary@db", "mysql://db/x", "postgresql:///"])
def test_an_address_that_names_no_database(command: Command, url: str) -> None:
    refused = command("migrate", "--database-url", url)
    assert refused.exit_code == 1
    assert "postgresql://user@host/database" in " ".join(refused.stderr.split())
    assert "canary" not in refused.stderr


def test_a_password_is_not_shown(command: Command) -> None:
    refused = command("migrate", "--database-url", "postgresql://anna:canary@127.0.0.1:1/board")
    assert refused.exit_code == 1
    assert "postgresql://anna@127.0.0.1:1/board does not answer" in " ".join(refused.stderr.split())
    assert "canary" not in refused.stderr
