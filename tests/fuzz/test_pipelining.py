"""Tens of thousands of requests on one connection, whose answers are hardly read: they wait where they came from."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.fuzz.probe import bystander
from tests.fuzz.requests import FLOOD, SMALL
from tests.fuzz.responses import Responses
from tests.fuzz.scene import WAIT
from tests.servers import Server

READ = 300
"""Answers that the client reads meanwhile."""

GROWS = 20
"""Megabytes that the server may grow by: a request that waits in it takes kilobytes."""

pytestmark = pytest.mark.process


@pytest.mark.parametrize("request_", SMALL, ids=lambda request: request.split()[1].decode())
async def test_those_that_wait_take_little_memory(
    server: Server, figures: Callable[[str], None], request_: bytes
) -> None:
    address = urlsplit(server.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    responses = Responses(reader)
    async with bystander(server) as looks:
        before = peak(server.pid)
        writer.write(request_ * FLOOD * 3)
        for _ in range(READ):
            assert await responses.next()
        grown = peak(server.pid) - before
    writer.transport.abort()
    figures(f"grew by {grown} MB; others waited for {looks.worst * 1e3:.0f} ms of work")
    assert grown < GROWS
    assert looks.worst < WAIT


def peak(pid: int) -> int:
    """Return the megabytes of memory that a process had at most."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1_024 for line in lines if line.startswith("VmHWM"))
