"""T5 on three nodes: kill -9 at random moments under load; the others go on, and take up what the dead one held."""

import asyncio
from collections.abc import Callable
from itertools import count
from pathlib import Path
from random import Random
from statistics import median

import pytest

from tests.e2e.plans import simulated, simulated_plan
from tests.postgres import run_sql
from tests.reliability.database import backends_of
from tests.reliability.invariants import check_invariants
from tests.reliability.scale import scaled, seeds
from tests.reliability.storm import CLIENTS, Storm, storm
from tests.reliability.subscribers import AGAIN
from tests.reliability.takeover import LIMIT, PROMISED, takeovers
from tests.reliability.victim import facts_in
from tests.servers import Server

NODES = 3
KILLS = scaled(25, 500)
EACH = 4
"""One of so many kills is that of a node that holds a task without an end."""

pytestmark = [pytest.mark.process, pytest.mark.timeout(300 + 15 * KILLS)]


@pytest.mark.parametrize("part", seeds(KILLS, parts=2), ids=str)
async def test_the_others_go_on(tmp_path: Path, postgres_url: str, part: range, figures: Callable[[str], None]) -> None:
    chance = Random(part.start)
    async with storm(tmp_path, chance, databases=[postgres_url] * NODES) as around:
        for number in count():
            if len(around.killed) >= len(part):
                break
            await (kill_the_holder if number % EACH == 0 else kill)(around, chance)
    history = await around.history()
    history.left_over += await backends_of(postgres_url)
    taken_up = takeovers(history, around.killed)
    within = f"{median(taken_up):.1f} s, the last of them {max(taken_up):.1f} s"
    figures(f"{len(around.killed)} kills, {len(taken_up)} takeovers within {within}, {around.figures(history)}")
    check_invariants(history)
    assert len(taken_up) >= number / EACH
    assert median(taken_up) <= PROMISED
    assert max(taken_up) <= LIMIT
    assert around.load.ended >= CLIENTS


async def kill(around: Storm, chance: Random) -> None:
    """Kill one node or two at a moment that chance picks; they come back while the others are at work, or later."""
    async with around.patience():
        await around.load.moves(chance.randint(1, 40))
    await asyncio.sleep(chance.uniform(0, 0.02))  # the moment is what is tested
    victims = chance.sample(around.servers, chance.choice((1, 1, 2)))
    for victim in victims:
        await around.kill(victim)
    if chance.random() < 0.5:
        async with around.patience():
            await around.load.moves(chance.randint(1, 20))
    await asyncio.gather(*(asyncio.to_thread(victim.start) for victim in victims))


async def kill_the_holder(around: Storm, chance: Random) -> None:
    """Kill the node that runs a task without an end; it is archived once another has it."""
    plan = simulated_plan(simulated("endless", 3600))
    release_id = (await around.load.send("createRelease", **plan))["release"]["id"]
    await around.load.send("startRelease", releaseId=release_id)
    task_id = f"tsk-{release_id.removeprefix('rel-')}-1"
    async with around.patience():
        while (holder := holder_of(around, task_id)) is None:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(AGAIN)
        await around.kill(holder)
        while await token_of(around, task_id) < 2:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(AGAIN)
    await asyncio.to_thread(holder.start)
    await around.load.archive(release_id)


def holder_of(around: Storm, task_id: str) -> Server | None:
    """Return the node that was given a task first, once it has noted that."""
    for server in around.servers:
        if any(fact.task_id == task_id and fact.what == "given" for fact in facts_in(server.folder)):
            return server
    return None


async def token_of(around: Storm, task_id: str) -> int:
    """Return the token under which a task was given last."""
    asked = f"SELECT lease_token FROM release_tasks WHERE id = '{task_id}'"
    rows = await asyncio.to_thread(run_sql, around.server.database_url, asked)
    token: int = rows[0]["lease_token"]
    return token
