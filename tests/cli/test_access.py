"""The flags of `serve` that say who is let in."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.access.issuing import AUDIENCE, LocalIssuer, issuing
from tests.cli.command import Command
from tests.cli.tokens import PLAN, TOKEN, ask
from tests.servers import PHASEBOARD, clean_environment, running_server


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
