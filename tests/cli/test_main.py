import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from phaseboard import __version__
from phaseboard.cli.commands import COMMANDS
from tests.cli.command import Command
from tests.cli.plans import PLAN

CLIENT_COMMANDS = [
    ("status", "rel-a"),
    ("status", "rel-a", "--json"),
    ("watch", "rel-a"),
    ("release", "list"),
    ("release", "show", "rel-a"),
    ("act", "start", "rel-a"),
    ("act", "complete", "rel-a"),
    ("act", "retry-task", "tsk-a-1"),
    ("report", "task", "tsk-a-1", "--attempt", "1", "--outcome", "succeeded"),
    ("report", "review", "rel-a", "--store", "app-store", "--decision", "approved"),
]


@contextmanager
def answering(reply: bytes, heard: list[bytes] | None = None) -> Iterator[str]:
    """Listen on a free port and give every connection the same reply, keeping what it said; yields the address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    request = connection.recv(65536)
                    if heard is not None:
                        heard.append(request)
                    connection.sendall(reply)

        thread = Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def http(status: str, body: str, content_type: str = "text/html") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\nConnection: close"
    return f"{head}\r\n\r\n{body}".encode()


def test_the_version(command: Command) -> None:
    assert command.done("--version") == f"phaseboard {__version__}"


def test_the_help_names_every_command_and_the_exit_codes(command: Command) -> None:
    text = command.done("--help")
    assert [name for name in COMMANDS if f" {name} " not in text] == []
    assert "3 server not reachable" in " ".join(text.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, command: Command) -> None:
    assert "Usage: " in command.done(name, "--help")


@pytest.mark.parametrize("arguments", CLIENT_COMMANDS, ids=" ".join)
def test_without_a_server_each_command_says_what_to_do(arguments: tuple[str, ...], command: Command) -> None:
    ended = command(*arguments)
    assert ended.exit_code == 3
    assert ended.stdout == ""
    assert ended.stderr == (
        "No Phaseboard server answers at http://127.0.0.1:9: "
        "start one with `phaseboard serve`, or name another with --url.\n"
    )


def test_creating_without_a_server_says_the_same(command: Command) -> None:
    ended = command("release", "create", "-", stdin=PLAN)
    assert (ended.exit_code, ended.stdout) == (3, "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",),
        ("stauts", "rel-a"),
        ("act", "strat", "rel-a"),
        ("status", "rel-a", "--url", "nowhere"),
        ("status", "rel-a", "--time-zone", "Mars/Base"),
        ("act", "start", "rel-a", "--expected-revision", "soon"),
        ("report", "task", "tsk-a-1", "--attempt", "0", "--outcome", "succeeded"),
        ("report", "task", "tsk-a-1", "--attempt", "1", "--outcome", "perhaps"),
        ("act", "start", "rel-a", "--expected-revision", str(2**31)),
        ("report", "task", "tsk-a-1", "--attempt", "9" * 5000, "--outcome", "succeeded"),
        ("release", "list", "--phase", "LUNCH"),
        ("release", "create", "missing.yaml"),
    ],
    ids=lambda arguments: " ".join(arguments)[:50],
)
def test_wrong_usage_ends_with_2(arguments: tuple[str, ...], command: Command) -> None:
    ended = command(*arguments)
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert "Usage: " in ended.stderr


def test_a_mistyped_command_gets_the_nearest_one(command: Command) -> None:
    assert "Did you mean 'status'?" in command("stauts", "rel-a").stderr
    assert "Did you mean 'start'?" in command("act", "strat", "rel-a").stderr


def test_an_option_of_the_server_stands_after_the_sub_command(command: Command) -> None:
    assert "http://127.0.0.1:1:" in command("status", "rel-a", "--url", "http://127.0.0.1:1").stderr


@pytest.mark.parametrize(
    ("reply", "exit_code", "words"),
    [
        (http("200 OK", "<html>"), 3, "is no Phaseboard server"),
        (http("200 OK", "[1]", "application/json"), 3, "is no Phaseboard server"),
        (http("200 OK", '"text"', "application/json"), 3, "is no Phaseboard server"),
        (http("200 OK", "{}", "application/json"), 3, "is no Phaseboard server"),
        (http("404 Not Found", "no"), 3, "is no Phaseboard server"),
        (http("502 Bad Gateway", "no"), 3, "cannot answer now (HTTP status 502)"),
        (http("401 Unauthorized", "no"), 1, "give one with --token or PHASEBOARD_TOKEN"),
        (http("403 Forbidden", "no"), 1, "does not allow this"),
        (http("200 OK", '{"errors":[{"message":"too deep"}]}', "application/json"), 1, "too deep"),
        (b"SSH-2.0-OpenSSH\r\n", 3, "No Phaseboard server answers"),
        (b"", 3, "No Phaseboard server answers"),
    ],
    ids=["page", "list", "text", "empty", "404", "502", "401", "403", "errors", "other protocol", "hangs up"],
)
def test_whatever_else_answers_there_ends_in_a_message(
    reply: bytes, exit_code: int, words: str, command: Command
) -> None:
    with answering(reply) as url:
        for arguments in (("status", "rel-a"), ("watch", "rel-a")):
            ended = command(*arguments, "--url", url)
            assert (ended.exit_code, ended.stdout) == (exit_code, "")
            assert words in ended.stderr


def test_the_token_is_sent_and_never_printed(command: Command) -> None:
    heard: list[bytes] = []
    with answering(http("401 Unauthorized", "no"), heard) as url:
        by_flag = command("status", "rel-a", "--url", url, "--token", "s3cret")
        by_name = command("status", "rel-a", "--url", url, PHASEBOARD_TOKEN="s3cret")
        command("status", "rel-a", "--url", url)
    assert [b"authorization: bearer s3cret" in request.lower() for request in heard] == [True, True, False]
    assert "s3cret" not in by_flag.stderr + by_name.stderr


def test_an_address_without_tls_is_told_from_one_where_nobody_is(command: Command) -> None:
    with answering(http("200 OK", "plain")) as url:
        ended = command("status", "rel-a", "--url", url.replace("http://", "https://"))
    assert ended.exit_code == 3
    assert "cannot be reached over TLS: " in ended.stderr
