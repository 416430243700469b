"""T14: tasks that end their process, or never let go of it: attempts are bounded, then FAILED, and the others go on.

What raises, loops, answers nonsense or cannot be read back harms nobody within one process: see `tests/engine`.
"""

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from phaseboard.domain.tasks import MAX_CLAIMS
from tests.e2e.client import BEGINNING, EVENTS, Api, connect
from tests.e2e.plans import simulated, simulated_plan
from tests.reliability.invariants import check_invariants
from tests.reliability.storm import history_in, until
from tests.servers import Server, ServerEnded, running_server

EXITS = 3
POISON = f"""
import os, time
from datetime import timedelta
from pydantic import BaseModel

class Nothing(BaseModel):
    pass

class Executor:
    settings = Nothing
    callback_timeout = timedelta(hours=1)
    def __init__(self, environ): pass
    async def close(self): pass

class Exits(Executor):
    async def execute(self, job, settings):
        os._exit({EXITS})

class Blocks(Executor):
    async def execute(self, job, settings):
        with open(os.environ["POISONED"], "a") as poisoned:
            poisoned.write("x")
        time.sleep(3600)
"""
ENTRY_POINTS = "[phaseboard.executors]\nexits = poison:Exits\nblocks = poison:Blocks\n"

pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]


@pytest.fixture
def plugin(tmp_path: Path) -> dict[str, str]:
    """Install a package with executors that are poison; returns the environment in which it is found."""
    (tmp_path / "poison.py").write_text(POISON)
    info = tmp_path / "poison-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: poison\nVersion: 1\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    path = f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    return {"PYTHONPATH": path, "POISONED": str(tmp_path / "poisoned")}


@pytest.mark.parametrize("executor", ["exits", "blocks"])
async def test_it_fails_in_the_end_and_the_others_go_on(tmp_path: Path, plugin: dict[str, str], executor: str) -> None:
    with running_server(tmp_path, "--lease", "1", env=plugin) as server:
        async with connect(server.url) as api:
            good = await started(api, simulated("good", 0.1))
            bad = await started(api, {"name": "bad", "executor": executor, "timeoutSeconds": 3600})
            for number in range(1, MAX_CLAIMS + 1):
                assert await ended(server, tmp_path / "poisoned", number) == (EXITS if executor == "exits" else -9)
                await again(server)
            async with api.socket(EVENTS, after=BEGINNING) as seen:
                await seen.until(lambda item: (item["releaseId"], item.get("phaseTo")) == (good, "SUBMITTED"))
                failed = await seen.until(lambda item: (item["releaseId"], item.get("to")) == (bad, "FAILED"))
            assert f"Handed out {MAX_CLAIMS} times" in failed["reason"]
        assert await asyncio.to_thread(server.terminate) == 0
        check_invariants(await history_in(server.database))


async def started(api: Api, task: dict[str, object]) -> str:
    """Start a release with one task in kickoff; a task that ends the server may do so before it has answered."""
    created = await api.act("createRelease", **simulated_plan(task))
    release_id: str = created["release"]["id"]
    with suppress(httpx.HTTPError):
        await api.act("startRelease", releaseId=release_id)
    return release_id


async def ended(server: Server, poisoned: Path, times: int) -> int:
    """Wait until the server has ended by itself, or was ended because it lets nobody in any more."""
    await until(lambda: server.process.poll() is not None or (poisoned.exists() and poisoned.stat().st_size >= times))
    server.process.kill()
    return server.ended()


async def again(server: Server) -> None:
    """Start the server as something that looks after it would; it may end before it serves."""
    try:
        await asyncio.to_thread(server.start)
    except ServerEnded as died:
        if died.exit_code != EXITS:
            raise
