"""The clients of applications: Apollo Client and urql, with their caches, through a whole life and through faults."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from phaseboard.api.schema import FAULT
from tests.clients.programs import run_program
from tests.servers import Server, running_server

pytestmark = pytest.mark.process

MASKED = {"message": FAULT, "code": "INTERNAL_SERVER_ERROR"}
REFUSED = 3
"""Requests that each client has to see refused."""


@pytest.fixture
def faulty(tmp_path: Path) -> Iterator[Server]:
    """A server whose histories may be taken away: its log tells so."""
    with running_server(tmp_path) as server:
        server.expects_traceback = True
        yield server
        assert "no such table" in server.stderr


async def test_apollo_client(faulty: Server) -> None:
    found = await run_program("apollo.mjs", faulty)
    assert found["masked"] == [MASKED]
    assert found["refused"] == REFUSED


async def test_urql(faulty: Server) -> None:
    found = await run_program("urql.mjs", faulty)
    by_sse, by_socket = found["lives"]
    assert by_sse == by_socket
    assert found["masked"] == [MASKED, MASKED]
    assert found["refused"] == [REFUSED, REFUSED]
