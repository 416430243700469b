"""T11: callbacks that race with everything else; the nine cases one by one are in `tests/web/test_callbacks.py`.

In each race eight callbacks, the executor's own result, a person and the clock are let loose on one attempt at once.
"""

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from phaseboard.domain.enums import Action, TaskStatus
from phaseboard.domain.errors import Refusal
from phaseboard.domain.plan import Retries
from phaseboard.engine.secrets import callback_secret
from phaseboard.engine.steps import Claimed
from phaseboard.store.memory import MemoryStore
from phaseboard.store.port import DueTask, Store
from phaseboard.store.sqlite.schema import migrate
from phaseboard.store.sqlite.store import SQLiteStore
from tests.engine.board import FAILED, Board
from tests.factory import SECRET, make_plan, make_task
from tests.reliability.history import history_of
from tests.reliability.invariants import check_invariants
from tests.reliability.results import RUNNING
from tests.reliability.scale import SEED, scaled
from tests.reliability.witness import Fact, leases_of, watch

RACES = scaled(200, 2_000) // 2

pytestmark = pytest.mark.timeout(60 + RACES)


def sqlite_store(folder: Path) -> Store:
    migrate(folder / "empty.db")
    return SQLiteStore(shutil.copy(folder / "empty.db", folder / "races.db"))


STORES: dict[str, Callable[[Path], Store]] = {"memory": lambda _: MemoryStore(), "sqlite": sqlite_store}


@pytest.fixture(params=sorted(STORES))
async def board(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Board]:
    async with Board(STORES[request.param](tmp_path)).still() as board:
        yield board


async def test_one_of_all_takes_effect(board: Board, figures: Callable[[str], None]) -> None:
    facts: list[Fact] = []
    watch(board.store, facts.append)
    answers = Counter[str]()
    for number in range(RACES):
        answers += await race(board, f"r{number}", Random(f"{SEED} {number}"))
    history = await history_of(board.store)
    history.leases = leases_of(facts)
    figures(f"{RACES} races, {dict(answers)}")
    check_invariants(history)
    assert {"ACCEPTED", "DUPLICATE", "CONTRADICTION", "ARCHIVED", "WRONG_SECRET", "OLD_ATTEMPT"} <= answers.keys()


async def race(board: Board, key: str, chance: Random) -> Counter[str]:
    """Let everybody loose on the first attempt of a task; returns the answers to the callbacks."""
    retries = Retries(count=chance.randint(0, 1), delay=timedelta())
    task = make_task("only", retries=retries, callback_timeout=timedelta(seconds=30))
    release_id = await board.started(make_plan(kickoff=(task,)), key)
    claimed = await board.steps.claim(DueTask(f"tsk-{key}-1", release_id, board.clock()))
    assert claimed
    if chance.random() < 0.5:
        await board.park(claimed)
    if chance.random() < 0.5:
        await board.act(Action.PAUSE, release_id=release_id)
    contenders = [call_back(board, key, chance) for _ in range(8)]
    others = [contender(board, release_id, claimed) for contender in OTHERS if chance.random() < 0.4]
    everybody = [*contenders, *others]
    chance.shuffle(everybody)
    answers = Counter(answer for answer in await asyncio.gather(*everybody) if answer)
    assert answers["ACCEPTED"] == await results_by_callbacks(board, release_id) <= 1
    return answers


async def call_back(board: Board, key: str, chance: Random) -> str:
    secret = "wrong" if chance.random() < 0.1 else callback_secret(SECRET, f"tsk-{key}-1", 1)
    response = await board.http.post(
        f"/callbacks/tsk-{key}-1/1",
        json={"outcome": chance.choice(("SUCCEEDED", "FAILED"))},
        headers={"Phaseboard-Secret": secret},
    )
    answer: str = response.json()["answer"]
    return answer


async def end_well(board: Board, _: str, claimed: Claimed) -> None:
    await board.finish(claimed)


async def end_badly(board: Board, _: str, claimed: Claimed) -> None:
    await board.finish(claimed, FAILED)


async def park(board: Board, _: str, claimed: Claimed) -> None:
    await board.park(claimed)


async def archive(board: Board, release_id: str, _: Claimed) -> None:
    with suppress(Refusal):
        await board.act(Action.ARCHIVE, release_id=release_id)


async def time_out(board: Board, release_id: str, _: Claimed) -> None:
    board.clock.move(seconds=31)
    await board.steps.advance(release_id)


OTHERS: tuple[Callable[[Board, str, Claimed], Awaitable[None]], ...] = (end_well, end_badly, park, archive, time_out)


async def results_by_callbacks(board: Board, release_id: str) -> int:
    """Return how many results a callback brought, by the log."""
    ended = (TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.PENDING)
    return sum(
        recorded.actor is not None
        and recorded.actor.kind == "CALLBACK"
        and getattr(recorded.event, "before", None) in RUNNING
        and getattr(recorded.event, "after", None) in ended
        for recorded in await board.events(release_id)
    )
