"""A connection that is lost during COMMIT: nobody knows what became of it, and nothing may go wrong for that."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import pairwise

import pytest

from phaseboard.domain.enums import Action, Phase
from phaseboard.store.errors import Unavailable
from phaseboard.store.postgres import PostgresStore, listen
from tests.api.client import PAYLOAD, ask, post
from tests.api.nodes import Nodes, all_told, serving
from tests.api.serving import served
from tests.engine.board import ID, Board
from tests.engine.hands import PATIENCE
from tests.store.cutting import Cut, Scissors, cutting
from tests.store.hearing import HearingStore
from tests.store.scenes import act, add, send, start

PAUSE = f"mutation ($input: ReleaseActionInput!) {{ pauseRelease(input: $input) {{ {PAYLOAD} }} }}"
REVISION = "query ($id: ID!) { releaseStatus(releaseId: $id) { revision } }"
LIST = "{ releases { nodes { id revision } } }"
EVENTS = "subscription ($id: ID) { releaseEvents(releaseId: $id) { ... on ReleaseEvent { revision } } }"
GIVEN = {"releaseId": ID, "idempotencyKey": "pause-1", "reason": "freeze"}
STARTED = 2

went_through = {Cut.REQUEST: False, Cut.ANSWER: True}
each_way = pytest.mark.parametrize("cut", went_through)


@pytest.fixture
async def way(postgres_url: str) -> AsyncIterator[tuple[str, Scissors]]:
    async with cutting(postgres_url) as way:
        yield way


@pytest.fixture
async def store(way: tuple[str, Scissors]) -> AsyncIterator[PostgresStore]:
    store = PostgresStore(way[0], connections=2)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def scissors(way: tuple[str, Scissors]) -> Scissors:
    return way[1]


@pytest.fixture
async def nodes(way: tuple[str, Scissors], postgres_url: str) -> AsyncIterator[Nodes]:
    """The first of two goes the way that is cut."""
    async with serving(HearingStore(way[0]), HearingStore(postgres_url)) as nodes:
        await nodes[0].started()
        await all_told(nodes)
        for board in nodes:
            await kept(board)
        yield nodes


@pytest.fixture
def restful(monkeypatch: pytest.MonkeyPatch) -> None:
    """No beat tells what happened, unless somebody looks."""
    monkeypatch.setattr(listen, "BEAT_SECONDS", 3_600)


async def kept(board: Board) -> None:
    """Have a node keep a status and a list to answer with."""
    async with asyncio.timeout(PATIENCE):
        while board.server.recent.get(ID) is None:  # noqa: ASYNC110 - it was published, and is caught up right after
            await asyncio.sleep(0)
    for _ in range(2):
        await read(board)


async def read(board: Board) -> int:
    """Return the revision that a status and a list tell."""
    status = (await ask(board, REVISION, id=ID))["releaseStatus"]["revision"]
    assert await ask(board, LIST) == {"releases": {"nodes": [{"id": ID, "revision": status}]}}
    return int(status)


async def lose(nodes: Nodes, scissors: Scissors, cut: Cut) -> None:
    """Pause the release by a mutation whose COMMIT gets lost."""
    scissors.arm(cut)
    (error,) = (await post(nodes[0], PAUSE, input=GIVEN)).json()["errors"]
    assert error["extensions"]["code"] == "SERVICE_UNAVAILABLE"


async def repeat(board: Board) -> dict[str, object]:
    payload: dict[str, object] = (await ask(board, PAUSE, input=GIVEN))["pauseRelease"]
    assert payload["userErrors"] == []
    return payload


async def check_once(board: Board) -> None:
    """Check that the release was paused once, and told in order."""
    revisions = [event.revision for event in await board.events(ID)]
    assert all(later - earlier in (0, 1) for earlier, later in pairwise(revisions))
    paused = [event for event in await board.events(ID) if getattr(event.event, "after", None) is Phase.PAUSED_BY_USER]
    assert len(paused) == 1


@each_way
async def test_the_next_change_goes_on_from_what_is_committed(store: PostgresStore, scissors: Scissors, cut: Cut):
    await start(store)
    scissors.arm(cut)
    with pytest.raises(Unavailable):
        await send(store, "rel-1", act(Action.PAUSE))
    await scissors.finished()
    after = await send(store, "rel-1", act(Action.RESUME if went_through[cut] else Action.PAUSE))
    assert after.revision == (4 if went_through[cut] else 3)
    assert await store.read(lambda reader: reader.release("rel-1")) == after
    positions = [event.position for event in await store.read(lambda reader: reader.events(0, 100))]
    assert positions == list(range(1, len(positions) + 1))


@each_way
async def test_all_who_share_a_commit_are_told(store: PostgresStore, scissors: Scissors, cut: Cut):
    await start(store)
    scissors.arm(cut)
    work = [send(store, "rel-1", act(Action.PAUSE)), *(add(store, key) for key in "abc")]
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    await scissors.finished()
    assert {isinstance(outcome, Unavailable) for outcome in outcomes} == {True}
    for key in "abc":
        found = await store.read(lambda reader, key=key: reader.release(f"rel-{key}"))
        assert (found is not None) == went_through[cut]
    await asyncio.gather(*(send(store, f"rel-{key}", act(Action.START)) for key in "abc" if went_through[cut]))


@each_way
async def test_a_repeat_under_the_same_key_is_carried_out_once(nodes: Nodes, scissors: Scissors, cut: Cut):
    await lose(nodes, scissors, cut)
    payload = await repeat(nodes[0])
    assert (payload["replayed"], payload["status"]["revision"]) == (went_through[cut], STARTED + 1)
    assert await read(nodes[0]) == STARTED + 1
    for board in nodes:
        assert (await repeat(board))["replayed"] is True
    await check_once(nodes[1])


@each_way
async def test_nothing_old_is_answered_afterwards(restful: None, nodes: Nodes, scissors: Scissors, cut: Cut):
    await lose(nodes, scissors, cut)
    for _ in range(3):
        assert await read(nodes[0]) == STARTED + went_through[cut]


@each_way
async def test_what_is_kept_is_given_out_again(nodes: Nodes, scissors: Scissors, cut: Cut):
    await lose(nodes, scissors, cut)
    await kept(nodes[0])
    before = nodes[0].server.answers.hits
    assert await read(nodes[0]) == STARTED + went_through[cut]
    assert nodes[0].server.answers.hits == before + 2


@pytest.mark.parametrize("cut", [Cut.ANSWER, Cut.LATE])
async def test_followers_of_every_node_are_told_what_went_through(nodes: Nodes, scissors: Scissors, cut: Cut):
    async with AsyncExitStack() as stack:
        clients = []
        for board in nodes:
            address = await stack.enter_async_context(served(board))
            client = await stack.enter_async_context(address.socket())
            await client.subscribe(EVENTS, id=ID)
            await client.alive()
            clients.append(client)
        await lose(nodes, scissors, cut)
        await scissors.finished()
        for client in clients:
            assert (await client.next())["releaseEvents"]["revision"] == STARTED + 1
    await check_once(nodes[1])


async def test_a_commit_that_arrives_late_is_waited_for_by_the_repeat(nodes: Nodes, scissors: Scissors):
    await lose(nodes, scissors, Cut.LATE)
    assert await read(nodes[0]) == STARTED
    repeating = asyncio.create_task(repeat(nodes[0]))
    await scissors.finished()
    payload = await repeating
    assert (payload["replayed"], payload["status"]["revision"]) == (True, STARTED + 1)
    await all_told(nodes)
    assert [await read(board) for board in nodes] == [STARTED + 1] * 2
    await check_once(nodes[1])


@pytest.mark.parametrize("cut", [Cut.ANSWER, Cut.LATE])
async def test_who_repeats_reads_nothing_older_than_was_answered(nodes: Nodes, scissors: Scissors, cut: Cut):
    """Whatever a node heard of it by then."""
    await lose(nodes, scissors, cut)
    await kept(nodes[0])
    await scissors.finished()
    for board in nodes:
        assert (await repeat(board))["replayed"] is True
        assert await read(board) == STARTED + 1
