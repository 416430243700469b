"""`phaseboard doctor`: what it finds on each database and server, and what it says to do."""

import asyncio
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from phaseboard.cli import database_checks
from phaseboard.domain.enums import Action
from phaseboard.store.port import Store
from phaseboard.store.postgres import PostgresStore, blockers
from phaseboard.store.postgres.link import LOG
from phaseboard.store.sqlite.store import SQLiteStore
from tests.cli.command import Command, Ended
from tests.cli.test_main import answering, http
from tests.postgres import holding, run_sql
from tests.servers import running_server
from tests.store.scenes import act, add, claim, send

MINUTES = timedelta(minutes=5)


class Doctor:
    """The command on one database."""

    def __init__(self, command: Command, url: str) -> None:
        self._command = command
        self.url = url

    def __call__(self, *flags: str, **env: str) -> Ended:
        return self._command("doctor", *flags, PHASEBOARD_DATABASE_URL=self.url, **env)

    def well(self, *flags: str, **env: str) -> str:
        ended = self(*flags, **env)
        assert ended.exit_code == 0, ended.stdout + ended.stderr
        assert "✗" not in ended.stdout
        return ended.stdout

    def ill(self, *flags: str, **env: str) -> str:
        ended = self(*flags, **env)
        assert ended.exit_code == 1, ended.stdout + ended.stderr
        assert "✗" in ended.stdout
        return ended.stdout


@pytest.fixture
def file(command: Command, tmp_path: Path) -> Doctor:
    return Doctor(command, f"sqlite:///{tmp_path / 'phaseboard.db'}")


@pytest.fixture
def postgres(command: Command, postgres_url: str) -> Doctor:
    return Doctor(command, postgres_url)


@pytest.fixture(params=["file", "postgres"])
def doctor(request: pytest.FixtureRequest, command: Command) -> Doctor:
    found: Doctor = request.getfixturevalue(request.param)
    if request.param == "file":
        assert command("migrate", "--database-url", found.url).exit_code == 0
    return found


def scene(url: str, *keys: str, ago: timedelta = MINUTES, claimed: bool = True, until: timedelta = -MINUTES) -> None:
    """Start releases whose tasks are due since then; of the first one a task was claimed, `until` so long from now."""

    async def make() -> None:
        store: Store = SQLiteStore(url.removeprefix("sqlite:///")) if url.startswith("sqlite") else PostgresStore(url)
        await store.open()
        now = datetime.now(UTC)
        for key in keys:
            await add(store, key, now=now - ago)
            await send(store, f"rel-{key}", act(Action.START), now=now - ago)
        if claimed:
            await claim(store, f"tsk-{keys[0]}-1", now + until, now=now - ago)
        await store.close()

    asyncio.run(make())


def test_all_is_well(doctor: Doctor) -> None:
    told = doctor.well()
    assert "answers in" in told
    assert "events up to 0" in told


def test_tasks_that_nobody_takes_are_told(doctor: Doctor) -> None:
    scene(doctor.url, "1", "2", "3")
    told = doctor.ill()
    assert "tsk-1-1: due for 5 min" in told
    assert "and 2 more" in told
    assert "Does a server run on this database?" in told
    assert "events up to" in told


def test_what_is_ready_since_a_moment_ago_is_no_alarm(doctor: Doctor) -> None:
    scene(doctor.url, "1", ago=timedelta(), claimed=False)
    assert "none waits for long" in doctor.well()


def test_tasks_that_wait_for_room_are_no_alarm(doctor: Doctor) -> None:
    scene(doctor.url, "1", "2", until=MINUTES)
    told = " ".join(doctor.well().split())
    assert "tsk-1-2, tsk-2-1, tsk-2-2: due for 5 min" in told
    assert "; 1 task runs meanwhile." in told
    assert "raise PHASEBOARD_CONCURRENT_TASKS" in told


def test_a_server_on_it_is_looked_at(doctor: Doctor, tmp_path: Path) -> None:
    with running_server(tmp_path, database_url=doctor.url) as server:
        told = doctor.well("--url", server.url)
        assert f"{server.url} is ready" in told
        assert "the end of the log" in told
        assert ("served by a process" if "sqlite" in doctor.url else "1 node listens") in told
    told = doctor.ill("--url", server.url)
    assert f"{server.url} does not answer" in told
    assert "Start it" in told


def test_the_password_of_a_server_is_not_shown(file: Doctor, tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        url = server.url.replace("://", "://anna:canary@")
        assert f"{server.url} is ready" in file.well("--url", url)
    told = file.ill("--url", url)
    assert f"{server.url} does not answer" in told
    assert "canary" not in told


def test_a_server_of_another_database_is_told(doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phaseboard.cli.server_checks.PATIENCE", 0.5)
    scene(doctor.url, "1")
    (tmp_path / "other").mkdir()
    with running_server(tmp_path / "other") as server:
        told = doctor.ill("--url", server.url)
    assert re.search(r"It is told up to 0, the log reaches up to [1-9]", told)
    assert "Is it on this database?" in told


def test_what_asks_for_a_token_is_told(file: Doctor, tmp_path: Path) -> None:
    with running_server(tmp_path, "--auth", "tokens") as server:
        told = file.well("--url", server.url)
        assert "asks for a token" in told
        refused = file.well("--url", server.url, "--token", "pb_canary")
        assert "canary" not in refused


def test_what_is_no_server_of_ours(file: Doctor, tmp_path: Path) -> None:
    with running_server(tmp_path), answering(http("500 No", '["no"]', "application/json")) as strange:
        told = file.ill("--url", strange)
    assert "is no Phaseboard server" in told


# Files


def test_a_file_that_is_not_there_is_not_made(file: Doctor, tmp_path: Path) -> None:
    told = file.ill()
    assert "There is no" in told
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_none_of_ours(file: Doctor, tmp_path: Path) -> None:
    (tmp_path / "phaseboard.db").write_text("a letter to my aunt")
    assert "✗" in file.ill()
    assert (tmp_path / "phaseboard.db").read_text() == "a letter to my aunt"


def test_a_file_that_another_program_keeps(file: Doctor, tmp_path: Path) -> None:
    scene(file.url, "1")
    with closing(sqlite3.connect(tmp_path / "phaseboard.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        told = file.ill()
    assert "Another program keeps" in told
    assert "served by nobody now" in told
    assert "End the backup" in told


# PostgreSQL


def test_a_database_without_tables(command: Command, blank_postgres_url: str) -> None:
    told = Doctor(command, blank_postgres_url).ill()
    assert "phaseboard migrate" in told


def test_a_database_that_does_not_answer_and_its_password(command: Command) -> None:
    ended = Doctor(command, "postgresql://anna:canary@127.0.0.1:1/board")
    told = ended.ill()
    assert "postgresql://anna@127.0.0.1:1/board does not answer" in told
    assert "canary" not in told


def test_an_address_that_names_no_database(command: Command) -> None:
    refused = Doctor(command, "mysql://db/x")()
    assert refused.exit_code == 1
    assert "postgresql://user@host/database" in " ".join(refused.stderr.split())


def test_notifications_and_clock_are_tried(postgres: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    told = postgres.well()
    assert "get through in" in told
    assert "0 nodes listen" in told
    assert "ms" in told
    assert "not listened for" in postgres.well(PHASEBOARD_DATABASE_LISTEN="off")
    monkeypatch.setattr(database_checks, "APART", timedelta())
    assert "time server (NTP)" in postgres.ill()


@pytest.mark.parametrize(
    ("statement", "held"),
    [
        (f"SELECT pg_advisory_xact_lock({LOG})", "the end of the log, which every change needs"),
        ("SELECT id FROM releases FOR UPDATE", "locks on releases"),
        ("UPDATE release_tasks SET due_at = due_at", "locks on release_tasks"),
    ],
)
def test_who_keeps_nodes_from_committing(
    postgres: Doctor, monkeypatch: pytest.MonkeyPatch, statement: str, held: str
) -> None:
    with holding(postgres.url, statement) as pid:
        assert "nobody holds one for long" in postgres.well()
        monkeypatch.setattr(blockers, "LONG", timedelta())
        told = " ".join(postgres.ill().split())
    assert f"Process {pid} (postgres) has held {held} for " in told
    assert f"SELECT pg_terminate_backend({pid})" in told
    assert "nobody holds one for long" in postgres.well()


def test_who_only_reads_keeps_nobody(postgres: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blockers, "LONG", timedelta())
    with holding(postgres.url, "SELECT id FROM releases"):
        assert "nobody holds one for long" in postgres.well()


def test_who_keeps_nodes_from_committing_as_another_user(
    postgres: Doctor, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blockers, "LONG", timedelta(milliseconds=100))
    run_sql(postgres.url, "CREATE ROLE phaseboard_looker LOGIN IN ROLE pg_read_all_data")
    try:
        with holding(postgres.url, "SELECT id FROM releases FOR UPDATE") as pid:
            told = Doctor(command, f"{postgres.url}&user=phaseboard_looker".replace("postgres:@", "")).ill()
    finally:
        run_sql(postgres.url, "DROP ROLE phaseboard_looker")
    assert f"Process {pid} (postgres) has held locks on releases for more than" in " ".join(told.split())


def test_a_table_that_is_locked_is_told_with_who_locks_it(postgres: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blockers, "LONG", timedelta())
    with holding(postgres.url, "LOCK TABLE release_events") as pid:
        told = " ".join(postgres.ill().split())
    assert f"Process {pid} (postgres) has held locks on release_events" in told
    assert "does not answer" in told
    assert "Look at its log and its load" in told


def test_a_newer_schema(postgres: Doctor) -> None:
    run_sql(postgres.url, "UPDATE alembic_version SET version_num = '9999'")
    assert "newer Phaseboard" in postgres.ill()
