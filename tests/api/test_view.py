"""Queries that read in several steps, while releases change between them: each release is shown at one revision."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import pytest

from phaseboard.api.scalars import Cursor, format_cursor
from phaseboard.api.schema import UNAVAILABLE
from phaseboard.api.view import View
from phaseboard.store.errors import Unavailable
from phaseboard.store.memory import MemoryStore
from phaseboard.store.port import Reader, Store
from phaseboard.store.postgres import PostgresStore
from phaseboard.store.sqlite.store import READERS, SQLiteStore
from tests.api.client import ask, post
from tests.api.truth import Truth
from tests.engine.board import Board
from tests.store.scenes import add

T = TypeVar("T")


STORES: dict[str, Callable[[pytest.FixtureRequest], Store]] = {
    "memory": lambda _: MemoryStore(),
    "sqlite": lambda request: SQLiteStore(request.getfixturevalue("tmp_path") / "board.db"),
    "postgres": lambda request: PostgresStore(request.getfixturevalue("postgres_url"), connections=READERS + 1),
}


@pytest.fixture(params=sorted(STORES))
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    opened = STORES[request.param](request)
    await opened.open()
    yield opened
    await opened.close()


async def known(view: View) -> int:
    """Return how many releases a view shows, asked three times at once."""
    ids = [f"rel-{number}" for number in range(9)]
    found = await asyncio.gather(*[view.read(lambda reader: reader.statuses(ids)) for _ in range(3)])
    assert found[0] == found[1] == found[2]
    return len(found[0])


async def test_while_a_view_is_held_it_stays_as_it_is(store: Store) -> None:
    view = View(store)
    await add(store, "0")
    async with view.held():
        assert await known(view) == 1
        await add(store, "1")
        assert await known(view) == 1
        assert await known(View(store)) == 2
    assert await known(view) == 2


async def test_views_beyond_the_readers_wait_for_their_turn(store: Store) -> None:
    await add(store, "0")

    async def look() -> int:
        view = View(store)
        async with view.held():
            return await known(view)

    assert await asyncio.gather(*(look() for _ in range(3 * READERS))) == [1] * (3 * READERS)


async def test_who_stops_waiting_for_a_view_leaves_nothing_behind(store: Store) -> None:
    await add(store, "0")
    entered = asyncio.Event()

    async def look() -> None:
        async with View(store).held():
            entered.set()
            await asyncio.Event().wait()

    looks = [asyncio.create_task(look()) for _ in range(3 * READERS)]
    await entered.wait()
    for task in reversed(looks):
        task.cancel()
    await asyncio.wait(looks)
    assert await known(View(store)) == 1


class Changing(MemoryStore):
    """Has something happen before each read."""

    def __init__(self) -> None:
        super().__init__()
        self.before: Callable[[], Awaitable[Any]] | None = None

    async def read(self, work: Callable[[Reader], Awaitable[T]]) -> T:
        before, self.before = self.before, None
        if before is not None:
            try:
                await before()
            finally:
                self.before = before
        return await super().read(work)


REVISIONS = {
    "releases { nodes { revision tasks { release { revision } } } }",
    "releases { nodes { revision events(last: 1) { nodes { revision } } } }",
    'releases { nodes { revision } } status: releaseStatus(releaseId: "rel-1") { revision }',
    'release(id: "rel-1") { revision events(last: 1) { nodes { revision } } }',
    'release(id: "rel-1") { revision tasks { release { revision events(last: 1) { nodes { revision } } } } }',
}  # fmt: skip


def revisions(found: Any) -> list[int]:
    """Return all revisions in an answer, in their order."""
    if isinstance(found, list):
        return [revision for one in found for revision in revisions(one)]
    if not isinstance(found, dict):
        return []
    own = [found["revision"]] if "revision" in found else []
    return own + [revision for one in found.values() for revision in revisions(one)]


@pytest.mark.parametrize("fields", sorted(REVISIONS))
async def test_a_release_is_shown_at_one_revision_though_it_changes_before_each_read(fields: str) -> None:
    async with Board(changing := Changing(), answers=True).still() as board:
        truth = Truth(board)
        for _ in range(3):
            await truth.change("1")
        changing.before = lambda: truth.change("1")
        shown = revisions(await ask(board, f"{{ {fields} }}"))
        assert len(shown) > 1
        assert len(set(shown)) == 1


@pytest.mark.parametrize("window", ["first: 2", f'last: 1, before: "{format_cursor(Cursor(9))}"'])
async def test_no_event_is_newer_than_its_release(window: str) -> None:
    async with Board(changing := Changing(), answers=True).still() as board:
        truth = Truth(board)
        await truth.change("1")
        changing.before = lambda: truth.change("1")
        query = f'{{ release(id: "rel-1") {{ revision events({window}) {{ nodes {{ revision }} }} }} }}'
        first, *others = revisions(await ask(board, query))
        assert others
        assert all(other <= first for other in others)


async def test_a_view_that_is_not_to_be_had_is_told_of() -> None:
    async with Board(changing := Changing()).still() as board:
        truth = Truth(board)
        await truth.change("1")

        async def change_twice() -> None:
            if len(truth.history["1"]) > 3:
                raise Unavailable("The database is away.")
            await truth.change("1")

        changing.before = change_twice
        answer = await post(board, '{ release(id: "rel-1") { revision events(last: 1) { nodes { revision } } } }')
        assert answer.status_code == 503
        assert answer.json()["errors"][0]["extensions"]["code"] == UNAVAILABLE
