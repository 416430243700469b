"""Programs of public clients, run by Node against a real server.

    found = await run_program("graphql_ws.mjs", server)

A program speaks in lines of JSON: it may ask the test to do something to the server (`please`), and says at its end
what it found. Anything else than a clean end fails the test with what the program wrote to standard error.
"""

import asyncio
import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.benchmarks.machine import node
from tests.servers import Server

PROGRAMS = Path(__file__).with_name("programs")
PACKAGES = Path(__file__).with_name("node_modules")
PATIENCE = 90.0


async def run_program(name: str, server: Server, *, until: float = PATIENCE) -> Any:
    """Run a program to its end; returns what it found."""
    assert PACKAGES.exists(), "the public clients are not installed: `make test` does that"
    process = await asyncio.create_subprocess_exec(
        node(), PROGRAMS / name, server.url,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        limit=2**22, env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    assert process.stderr
    complaints = asyncio.create_task(process.stderr.read())
    try:
        async with asyncio.timeout(until):
            found = await _conversation(process, server)
            assert (await process.wait(), await complaints) == (0, b""), (await complaints).decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await complaints
        process._transport.close()  # type: ignore[attr-defined]
    return found


async def _conversation(process: asyncio.subprocess.Process, server: Server) -> Any:
    assert process.stdin
    assert process.stdout
    found = None
    async for line in process.stdout:
        message = json.loads(line)
        if "please" in message:
            await asyncio.to_thread(_do, message["please"], server)
            process.stdin.write(b"\n")
        else:
            found = message["found"]
    return found


def _do(what: str, server: Server) -> None:
    match what:
        case "kill":
            server.kill()
        case "stop":
            assert server.terminate() == 0
        case "start":
            server.start()
        case "damage":
            _damage(server.database)
        case _:
            raise AssertionError(f"nobody can do this: {what}")


def _damage(database: Path) -> None:
    """Take the histories away: reading one is a fault of the server from now on."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("ALTER TABLE release_events RENAME TO taken_away")
