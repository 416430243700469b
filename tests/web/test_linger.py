"""A client that is refused while it sends: it always gets to read why."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Server, running_server

PATIENCE = 10
MUCH = b" " * 1_000_000

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("linger"), "--limit", "requestSeconds=1") as running:
        yield running
    assert "Error" not in running.stderr


def head(length: int, *headers: str) -> bytes:
    lines = ["POST /graphql HTTP/1.1", "Host: localhost", "Content-Type: application/json", f"Content-Length: {length}"]
    return "\r\n".join((*lines, *headers, "", "")).encode()


def connected(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), PATIENCE)


def sent_and_read(server: Server, *parts: bytes) -> tuple[bytes, bytes]:
    """Send all of it before the first byte is read; return what is read until the end, split behind the head."""
    with connected(server) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)
        for part in parts:
            line.sendall(part)
        answer = b"".join(iter(lambda: line.recv(65_536), b""))
    first, _, rest = answer.partition(b"\r\n\r\n")
    return first, rest


@pytest.mark.parametrize("length", [len(MUCH), 10 * len(MUCH)])
def test_one_that_sends_too_much_reads_413(server: Server, length: int) -> None:
    first, rest = sent_and_read(server, head(length), MUCH)
    assert first.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in first
    assert b"has more than 262144 bytes" in rest


def test_one_that_sends_for_too_long_reads_408(server: Server) -> None:
    first, rest = sent_and_read(server, head(100_000), b" ")
    assert first.startswith(b"HTTP/1.1 408 ")
    assert rest == b'{"errors": [{"message": "The request took too long to become whole."}]}'


def test_one_that_sends_no_http_reads_400(server: Server) -> None:
    first, rest = sent_and_read(server, b"\x16\x03\x01 no HTTP\r\n", MUCH)
    assert first.startswith(b"HTTP/1.1 400 ")
    assert rest == b'{"errors": [{"message": "This is no request of HTTP/1.1."}]}'


def test_one_that_wants_to_leave_reads_its_answer_first(server: Server) -> None:
    first, rest = sent_and_read(server, head(len(MUCH), "Connection: close", "Host: evil.example"), MUCH)
    assert first.startswith(b"HTTP/1.1 403 ")
    assert rest.count(b"HTTP/1.1") == 0


def test_what_was_refused_early_is_not_refused_again(server: Server) -> None:
    first, rest = sent_and_read(server, head(100_000, "Host: evil.example"), b" ")
    assert first.startswith(b"HTTP/1.1 403 ")
    assert rest.count(b"HTTP/1.1") == 0


def test_such_a_client_holds_no_server_up(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, connected(server) as line:
        line.sendall(head(10 * len(MUCH)) + MUCH)
        assert line.recv(12) == b"HTTP/1.1 413"
        assert server.terminate() == 0
