"""`phaseboard token` on files."""

import asyncio
from pathlib import Path

import pytest

from phaseboard.store.sqlite.store import SQLiteStore
from tests.cli.command import Command
from tests.cli.tokens import TOKEN, Tokens


@pytest.fixture
def tokens(command: Command, tmp_path: Path) -> Tokens:
    return Tokens(command, tmp_path / "tokens.db")


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
