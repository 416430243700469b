"""A client that stops reading where hardly anything is told: its silence is all that tells of it."""

import select
import socket
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import httpx
import pytest

from phaseboard.cli.running import PING_EVERY, PING_PATIENCE
from phaseboard.web.websocket import PARTING
from tests.api.serving import PROTOCOL
from tests.servers import running_server

GONE = PING_EVERY + PING_PATIENCE + PARTING
SLACK = 10.0
"""Seconds that a busy machine may take more; with the pings of uvicorn as they come it would be 45 in all."""

HANDSHAKE = (
    "GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    f"Sec-WebSocket-Protocol: {PROTOCOL}\r\n\r\n"
).encode()
INIT = b'{"type":"connection_init"}'
FOLLOW = b'{"id":"1","type":"subscribe","payload":{"query":"subscription { phaseChanged { to } }"}}'


def text(message: bytes) -> bytes:
    """Return a client's frame of at most 125 bytes; its mask is zero."""
    return bytes([0x81, 0x80 | len(message), 0, 0, 0, 0]) + message


def test_it_is_to_be_gone_within_fifteen_seconds() -> None:
    assert GONE <= 15


@pytest.mark.process
def test_a_socket_that_is_not_read_is_closed_though_all_is_quiet(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        where = urlsplit(server.url)
        with socket.create_connection((where.hostname, where.port)) as client:
            client.sendall(HANDSHAKE)
            assert b" 101 " in client.recv(4_096)
            client.sendall(text(INIT) + text(FOLLOW))
            began = monotonic()
            poll = select.poll()
            poll.register(client, select.POLLRDHUP)
            assert poll.poll((GONE + SLACK) * 1_000), "nobody noticed"
            assert monotonic() - began > PING_EVERY
        told = httpx.get(f"{server.url}/metrics").text
        assert 'phaseboard_connections{transport="websocket"} 0.0' in told
