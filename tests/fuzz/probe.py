"""A bystander: asks the server a small question again and again, in a process of its own, and notes how long it waits.

    async with bystander(server) as looks:
        ...
    looks.worst       the seconds of the server's CPU time that the longest wait held, as a usual core would take them

On a busy machine everybody waits for a core; what counts is what the server did meanwhile with the CPU time it got.
"""

import asyncio
import json
import os
import select
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlsplit

from tests.benchmarks.machine import cpu_seconds, slowness
from tests.servers import Server

PAUSE = 0.005
"""Seconds between two questions."""

LAG = 0.1
"""Seconds of work that one request may cost: so long the server's loop stands still."""

PATIENCE = 30.0

QUESTION = b'{"query": "{ service { time } }"}'


@dataclass
class Looks:
    """What the bystander saw."""

    count: int = 0
    worst: float = 0.0
    """Seconds of CPU time that the server used during the worst wait, as a usual core would take them."""
    late: int = 0
    """How many waits held more work than one request may cost."""
    longest: float = 0.0
    """Seconds of the longest wait, whoever had the cores."""
    doing: str = ""
    """What was under way during the worst wait."""

    def add(self, waited: float, busy: float, doing: Callable[[], str]) -> None:
        """Note one look."""
        self.count += 1
        work = min(busy, waited) / slowness()
        self.late += work > LAG
        self.longest = max(self.longest, waited)
        if work > self.worst:
            self.worst = work
            self.doing = doing()


@asynccontextmanager
async def bystander(server: Server, doing: Callable[[], str] = lambda: "") -> AsyncIterator[Looks]:
    """Look at the server until the block is left; `doing` tells what is under way."""
    looks = Looks()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.fuzz.probe", server.url, str(server.pid),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    assert await process.stdout.readline() == b"ready\n"
    reading = asyncio.create_task(_read(process.stdout, looks, doing))
    try:
        yield looks
    finally:
        process.stdin.close()
        await reading
        assert await process.wait() == 0, "the server did not answer a bystander"
        process._transport.close()  # type: ignore[attr-defined]


async def _read(lines: asyncio.StreamReader, looks: Looks, doing: Callable[[], str]) -> None:
    async for line in lines:
        looks.add(*json.loads(line), doing)


def main() -> None:
    """Look until standard input ends; print the seconds waited and the server's CPU time, once for each look."""
    url, pid = urlsplit(sys.argv[1]), int(sys.argv[2])
    assert url.hostname
    with closing(HTTPConnection(url.hostname, url.port, timeout=PATIENCE)) as connection:
        os.write(1, b"ready\n")
        while not select.select([sys.stdin], [], [], PAUSE)[0]:
            began, used = time.perf_counter(), cpu_seconds(pid)
            connection.request("POST", "/graphql", QUESTION, {"Content-Type": "application/json"})
            with connection.getresponse() as response:
                assert response.status == 200
                response.read()
            waited = time.perf_counter() - began
            os.write(1, json.dumps([waited, cpu_seconds(pid) - used]).encode() + b"\n")


if __name__ == "__main__":
    main()
