"""Answers that are kept while releases change: as good as executed anew."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from phaseboard.access.scopes import Scope
from phaseboard.store.memory import MemoryStore
from phaseboard.store.port import Reader, Store, Writer
from phaseboard.store.sqlite.store import SQLiteStore
from tests.access.issued import bearer, issue
from tests.api.client import post
from tests.api.truth import ALL, KEYS, ONE, Truth
from tests.engine.board import Board


class Yielding(MemoryStore):
    """A store in memory that lets others run in the middle of what it does, as one in a file does."""

    async def read(self, work: Callable[[Reader], Awaitable[Any]]) -> Any:
        await asyncio.sleep(0)
        result = await super().read(work)
        await asyncio.sleep(0)
        return result

    async def write(self, work: Callable[[Writer], Awaitable[Any]]) -> Any:
        async def slowly(writer: Writer) -> Any:
            await asyncio.sleep(0)
            return await work(writer)

        return await super().write(slowly)


@asynccontextmanager
async def opened(store: Store) -> AsyncIterator[Board]:
    """A still board that keeps answers, and whose client may read."""
    async with Board(store, answers=True, auth="tokens").still() as board:
        board.http.headers.update(bearer(await issue(board, Scope.READ)))
        yield board


async def run(board: Board, seed: int, steps: int) -> None:
    """Read and change at the same time; each release has one writer at a time, so that it knows what it committed."""
    chance = random.Random(seed)
    truth = Truth(board)
    stranger = bearer(await issue(board, Scope.WRITE, name="stranger"))
    writing = (_write(truth, chance, key, steps) for key in KEYS)
    reading = (_read(truth, chance, 3 * steps) for _ in range(4))
    await asyncio.gather(*writing, *reading, _try(truth, chance, stranger, steps))
    for question in ALL:
        await truth.ask_all(question)
    for question in ONE:
        for key in KEYS:
            await truth.ask_one(question, key)
    truth.check()
    assert board.server.answers.hits > 0


async def _write(truth: Truth, chance: random.Random, key: str, steps: int) -> None:
    for _ in range(steps):
        await truth.change(key)
        await _turns(chance, 9)


async def _read(truth: Truth, chance: random.Random, steps: int) -> None:
    for _ in range(steps):
        if chance.random() < 0.4:
            await truth.ask_all(chance.choice(ALL))
        else:
            await truth.ask_one(chance.choice(ONE), chance.choice(KEYS))
        await _turns(chance, 3)


async def _try(truth: Truth, chance: random.Random, headers: dict[str, str], steps: int) -> None:
    """Ask the same in the name of one who may not read."""
    for _ in range(steps):
        question = chance.choice(ONE)
        answer = await post(truth.board, question.query, headers, id=question.target.format(chance.choice(KEYS)))
        assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        await _turns(chance, 3)


async def _turns(chance: random.Random, most: int) -> None:
    for _ in range(chance.randint(0, most)):
        await asyncio.sleep(0)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32))
def test_no_answer_is_older_than_the_last_commit(seed: int) -> None:
    async def memory() -> None:
        async with opened(Yielding()) as board:
            await run(board, seed, 12)

    asyncio.run(memory())


async def test_no_answer_is_older_than_the_last_commit_to_a_file(tmp_path: Path) -> None:
    async with opened(SQLiteStore(tmp_path / "board.db")) as board:
        await run(board, 7, 25)


async def test_a_list_read_while_a_commit_is_under_way_is_not_kept(tmp_path: Path) -> None:
    """The commit is visible before anybody is told of it: the list may be new already, or old still."""
    async with opened(SQLiteStore(tmp_path / "board.db")) as board:
        truth = Truth(board)
        await truth.change("1")
        for question in ALL * 10:
            await asyncio.gather(truth.ask_all(question), truth.change("1"), truth.ask_all(question))
            await truth.ask_all(question)
        truth.check()
