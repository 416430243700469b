"""T4: a process that dies right before or right after each kind of commit; the next one takes everything up again."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest

from tests.e2e.plans import simulated, simulated_plan
from tests.reliability.database import backends_of
from tests.reliability.invariants import check_invariants
from tests.reliability.scale import CHAOS, SEED, scaled
from tests.reliability.storm import Storm, storm, until
from tests.reliability.victim import die_at
from tests.reliability.witness import KINDS
from tests.servers import Server, ServerEnded

ROUNDS = scaled(1, 20)
KILLED = -9
HAND_BACK = "hand back"

pytestmark = [pytest.mark.process, pytest.mark.timeout(300 + 120 * ROUNDS)]


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def databases(request: pytest.FixtureRequest) -> Sequence[str]:
    """Return the database of the only node; none for a file."""
    return [request.getfixturevalue("postgres_url")] if request.param == "PostgreSQL" else []


@pytest.mark.parametrize("when", ["before", "after"])
async def test_each_commit_may_be_the_last_one(
    tmp_path: Path, when: str, databases: Sequence[str], figures: Callable[[str], None]
) -> None:
    chance = Random(f"{SEED} {when}")
    kinds = [kind for _ in range(ROUNDS) for kind in chance.sample(KINDS, len(KINDS))]
    endless = []
    async with storm(tmp_path, chance, databases=databases) as around:
        await asyncio.to_thread(around.server.kill)
        for kind in kinds:
            if await started_to_die(around, f"{when} {kind} {nth(kind, chance)}"):
                endless += [await hand_back(around)] if kind == HAND_BACK else []
                async with around.patience():
                    assert await ended(around.server) == KILLED
        die_at(around.server.folder, "")
        await asyncio.to_thread(around.server.start)
        for release_id in endless:
            await around.load.archive(release_id)
    history = await around.history()
    history.left_over += [left for url in databases for left in await backends_of(url)]
    figures(f"{len(kinds)} crashes at {len(set(kinds))} points, {around.figures(history)}")
    check_invariants(history)


def nth(kind: str, chance: Random) -> int:
    """Return which commit of a kind it is to be: in the short form the first, of what comes once a server too."""
    return chance.randint(1, 3) if CHAOS and kind != HAND_BACK else 1


async def started_to_die(around: Storm, point: str) -> bool:
    """Start the server, to die at a point that it comes to by itself; False when it came there while starting."""
    die_at(around.server.folder, point)
    try:
        await asyncio.to_thread(around.server.start)
    except ServerEnded as died:
        if died.exit_code != KILLED:
            raise
        return False
    return True


async def hand_back(around: Storm) -> str:
    """Stop the server while a task runs that does not end in time; returns its release."""
    plan = simulated_plan(simulated("slow", 3600))
    release_id: str = (await around.load.send("createRelease", **plan))["release"]["id"]
    started = await around.load.send("startRelease", releaseId=release_id)
    await around.load.told_of(release_id, started["status"]["revision"] + 1)
    around.server.process.terminate()
    return release_id


async def ended(server: Server) -> int:
    """Wait until the process has ended; may be given up."""
    await until(lambda: server.process.poll() is not None)
    return server.ended()
