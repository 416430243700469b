"""The same API over SQLite and PostgreSQL: what clients send meets a real database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from phaseboard.domain.enums import Action, Phase
from phaseboard.store.port import Store
from phaseboard.store.postgres import PostgresStore
from phaseboard.store.sqlite.store import SQLiteStore
from tests.api.client import ask, codes, errors, mutate, perform, plan_input, status
from tests.api.serving import served
from tests.api.test_history import PAGE as HISTORY
from tests.api.test_listing import GARBAGE, ORDERS, ids, many, page
from tests.api.test_nodes import NODE, NONE
from tests.api.test_subscriptions import EVENTS, PHASES, START, STATUS, WAY, phases
from tests.domain import guide
from tests.engine.board import ID, Board, to_phase

ODD = ["", "\0", "\ud800", "\udfff\ud800", "rel-\0", "é", "😀", "x" * 100_000, "%", "_", "';--", '"']


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "sqlite":
        return SQLiteStore(tmp_path / "board.db")
    return PostgresStore(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def board(database: Store) -> AsyncIterator[Board]:
    async with Board(database).still() as board:
        yield board


@pytest.mark.parametrize("phase", ["PAUSED_BY_USER", "COMPLETED", "PAUSED_BY_FAILURE"])
async def test_a_release_reads_as_the_guides_example(board: Board, phase: str) -> None:
    await to_phase(board, Phase(phase))
    assert await status(board) in guide.EXAMPLES
    assert (await status(board))["currentPhase"] == phase


async def test_ids_of_any_form_name_nothing(board: Board) -> None:
    await board.add()
    for odd in [*ODD, *NONE]:
        assert await status(board, odd) is None
        assert await ask(board, NODE, id=odd) == {"node": None}
        assert await ask(board, "query ($id: ID!) { release(id: $id) { id } }", id=odd) == {"release": None}
        assert codes(await perform(board, "START", releaseId=odd)) == ["NOT_FOUND"]
        assert codes(await perform(board, "SKIP_TASK", taskId=odd)) == ["NOT_FOUND"]
        report = {"taskId": odd, "attempt": 1, "outcome": "FAILED"}
        assert codes(await mutate(board, "reportTaskResult", **report)) == ["NOT_FOUND"]
        review = {"releaseId": odd, "store": "APP_STORE", "decision": "APPROVED"}
        assert codes(await mutate(board, "reportStoreReview", **review)) == ["NOT_FOUND"]
        assert codes(await mutate(board, "completeRelease", releaseId=odd)) == ["NOT_FOUND"]


async def test_any_text_may_be_searched_for(board: Board) -> None:
    await board.add()
    for odd in ODD:
        if len(odd) <= 200 and odd:
            assert ids(await page(board, filter={"text": odd})) == []
    assert ids(await page(board, filter={"text": "mOBILE"})) == [ID]
    for since in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"):
        await page(board, filter={"updatedSince": since})


async def test_garbage_is_no_cursor(board: Board) -> None:
    await board.add()
    for garbage in GARBAGE:
        assert await errors(board, HISTORY, id=ID, after=garbage)
        assert await errors(board, "query ($after: String) { releases(after: $after) { nodes { id } } }", after=garbage)


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: f"{order['field']}-{order['direction']}")
async def test_walking_the_pages_gives_each_release_once(board: Board, order: dict[str, str]) -> None:
    made = await many(board)
    found = await page(board, first=3, by=order)
    walked = ids(found)
    while found["pageInfo"]["hasNextPage"]:
        found = await page(board, first=3, after=found["pageInfo"]["endCursor"], by=order)
        walked += ids(found)
    assert sorted(walked) == sorted(made)
    assert walked == ids(await page(board, last=100, by=order))


async def test_a_repeated_request_answers_with_its_first_result(board: Board) -> None:
    first = await mutate(board, "createRelease", **plan_input(idempotencyKey="k1 é 😀"))
    again = await mutate(board, "createRelease", **plan_input(idempotencyKey="k1 é 😀"))
    assert again == {**first, "replayed": True}
    release_id = first["release"]["id"]
    started = await perform(board, "START", releaseId=release_id, idempotencyKey="k2")
    await board.act(Action.PAUSE, release_id=release_id)
    assert await perform(board, "START", releaseId=release_id, idempotencyKey="k2") == {**started, "replayed": True}
    assert codes(await perform(board, "PAUSE", releaseId=release_id, idempotencyKey="k2")) == [
        "IDEMPOTENCY_KEY_CONFLICT"
    ]


async def test_the_streams_tell_the_whole_way(database: Store) -> None:
    async with Board(database).running() as live, served(live) as address:
        await live.add()
        async with address.socket() as client, address.sse(EVENTS, id=ID, after=START) as stream:
            await client.subscribe(PHASES, id=ID, after=START)
            await live.released()
            assert [change["to"] for change in await phases(client)] == WAY
            log = await live.events(ID)
            assert [(await stream.next())["releaseEvents"]["revision"] for _ in log] == [one.revision for one in log]
            await client.subscribe(STATUS, operation="2", id=ID)
            assert (await client.next("2"))["releaseStatus"]["currentPhase"] == "COMPLETED"
