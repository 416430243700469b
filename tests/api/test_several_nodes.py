"""Three servers on one database: what one commits, all tell, and none answers with what was before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from phaseboard.access.scopes import Scope
from phaseboard.access.tokens import new_token
from phaseboard.activity import Activity, Kind
from phaseboard.domain.enums import Action, Phase, Stage
from phaseboard.domain.plan import CycleSpec
from phaseboard.engine.clock import Clock
from phaseboard.engine.steps import Claimed, Steps
from phaseboard.store.port import DueTask, Status, Store
from phaseboard.store.postgres import lanes
from tests.api.client import STATUS, ask, perform, post
from tests.api.nodes import Nodes, all_told, serving
from tests.api.serving import served
from tests.engine.board import ID, LEASE, Board
from tests.engine.hands import PATIENCE
from tests.factory import NOW, at, make_plan, make_task
from tests.store.hearing import HearingStore
from tests.store.test_postgres import transaction

REVISION = "query ($id: ID!) { releaseStatus(releaseId: $id) { revision } }"
AT_LEAST = """query ($id: ID!, $revision: Int) {
  releaseStatus(releaseId: $id, atLeastRevision: $revision) { revision cursor } }"""
WHOLE = """query ($id: ID!) {
  release(id: $id) { revision statusResponse { revision } tasks { release { revision } } } }"""
AGAIN = 0.05
"""Seconds between two requests for what nobody tells."""

LIST = "{ releases { nodes { id revision } } }"
EVENTS = "subscription { releaseEvents { ... on ReleaseEvent { revision releaseId } } }"
STAGE_2 = frozenset({Stage.STAGE_2})
NEWEST = "subscription ($id: ID!) { releaseStatus(releaseId: $id) { revision } }"


@pytest.fixture
async def nodes(postgres_url: str) -> AsyncIterator[Nodes]:
    async with serving(*(HearingStore(postgres_url) for _ in range(3))) as nodes:
        yield nodes


async def revision(board: Board, release_id: str = ID) -> int:
    return (await ask(board, REVISION, id=release_id))["releaseStatus"]["revision"]


async def toggled(board: Board, release_id: str = ID) -> int:
    """Pause or resume a release by a mutation; returns the revision that its answer tells."""
    release = await board.release(release_id)
    payload = await perform(board, release.snapshot.actions[0], releaseId=release_id)
    return payload["status"]["revision"]


async def test_what_one_commits_the_others_answer_with_once_it_was_told(nodes: Nodes):
    release_id = await nodes[0].started()
    for board in nodes * 3:
        await all_told(nodes)
        before = [await revision(each, release_id) for each in nodes for _ in range(2)]
        lists = [await ask(each, LIST) for each in nodes for _ in range(2)]
        hits = [each.server.answers.hits for each in nodes]
        made = await toggled(board)
        await all_told(nodes)
        assert set(before) == {made - 1}
        assert {await revision(each) for each in nodes} == {made}
        assert [await ask(each, LIST) for each in nodes] == [
            {"releases": {"nodes": [{"id": ID, "revision": made}]}}
        ] * 3
        assert lists == [{"releases": {"nodes": [{"id": ID, "revision": made - 1}]}}] * 6
        assert [each.server.answers.hits for each in nodes] == hits
    assert min(hits) >= 2 * 8


async def test_an_answer_shows_each_release_at_one_revision(postgres_url: str):
    stores = [HearingStore(postgres_url, poll=3600) for _ in range(2)]
    async with serving(*stores) as (first, second):
        await first.started()
        assert await revision(second) <= 2
        await perform(first, Action.PAUSE, releaseId=ID)
        assert await revision(second) <= 2, "it was told of nothing"
        shown = (await ask(second, WHOLE, id=ID))["release"]
        tasks = {task["release"]["revision"] for task in shown["tasks"]}
        assert ({shown["revision"], shown["statusResponse"]["revision"]}, tasks) == ({3}, {3})


async def test_a_release_that_was_not_there_is_found_once_it_was_told(nodes: Nodes):
    for board in nodes[1:]:
        assert await ask(board, STATUS, id=ID) == {"releaseStatus": None}
    await nodes[0].add()
    await all_told(nodes)
    for board in nodes[1:]:
        assert (await ask(board, STATUS, id=ID))["releaseStatus"]["currentPhase"] == "NOT_STARTED"


async def test_followers_of_every_node_are_told_the_same_in_order(nodes: Nodes):
    await nodes[0].started()
    await all_told(nodes)
    begin = len(await nodes[0].events(ID))
    async with AsyncExitStack() as stack:
        clients = []
        for board in nodes:
            address = await stack.enter_async_context(served(board))
            client = await stack.enter_async_context(address.socket())
            await client.subscribe(NEWEST, operation="newest", id=ID)
            assert (await client.next("newest"))["releaseStatus"]["revision"] == 2
            await client.subscribe(EVENTS)
            await client.alive()
            clients.append(client)
        for board in nodes * 3:
            last = await toggled(board)
        log = [event.revision for event in await nodes[0].events(ID)][begin:]
        for client in clients:
            seen: list[int] = []
            newest: list[int] = []
            while len(seen) < len(log) or newest[-1] < last:
                data = (await client.receive())["payload"]["data"]
                seen += [data["releaseEvents"]["revision"]] if "releaseEvents" in data else []
                newest += [data["releaseStatus"]["revision"]] if "releaseStatus" in data else []
            assert seen == log
            assert newest == sorted(set(newest))


# Tasks


async def test_tasks_that_one_node_makes_ready_are_taken_up_by_others(postgres_url: str):
    stores = [HearingStore(postgres_url) for _ in range(2)]
    async with serving(*stores, claiming=True, concurrent_tasks=1) as nodes:
        await nodes[0].started(make_plan(kickoff=(make_task("a"), make_task("b"))))
        calls = [await board.hands.taken() for board in nodes]
        assert {call.job.task_name for call in calls} == {"a", "b"}


async def test_a_task_whose_release_is_archived_on_one_node_is_cancelled_on_another(postgres_url: str):
    stores = [HearingStore(postgres_url) for _ in range(2)]
    async with serving(*stores, claiming=True) as (first, second):
        second.server.loop.stop_claiming()
        await first.started(make_plan(kickoff=(make_task("a"),)))
        call = await first.hands.taken("a")
        await second.act(Action.PAUSE, Action.ARCHIVE)
        await call.ended()
        assert call.cancelled


async def test_a_task_that_is_held_is_left_alone_and_taken_once_it_is_free(postgres_url: str):
    """Nobody tells of that, and no poll makes it good."""
    async with serving(HearingStore(postgres_url, poll=3_600)) as (board,):
        claims = board.server.loop._steps = Claims(board.store, board.clock, LEASE)
        await board.started(make_plan(kickoff=(make_task("a"),)))
        async with transaction(postgres_url, "SELECT id FROM release_tasks WHERE name = 'a' FOR UPDATE"):
            board.server.loop._claiming = True
            board.server.loop.nudge()
            assert await claims.made.get() is None, "it does not wait for who holds it"
        await board.hands.taken("a")


async def test_a_release_that_is_held_is_moved_once_it_is_free(postgres_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lanes, "TRIES", 1)
    async with serving(HearingStore(postgres_url, poll=3_600), claiming=True) as (board,):
        board.hands.at_once = True
        await board.started(make_plan(kickoff=(make_task("a"),), cycles=(CycleSpec(at(12)),), auto_trigger=STAGE_2))
        await board.until(Phase.REGRESSION_AWAITING_NEXT_CYCLE)
        tried: asyncio.Queue[Activity] = asyncio.Queue()
        board.server.watch.add(tried.put_nowait)
        async with transaction(postgres_url, "SELECT id FROM releases FOR UPDATE"):
            board.at(at(12))
            while (done := await tried.get()).kind is not Kind.ADVANCE or done.outcome != "error":
                continue
        await board.seen(lambda release: bool(release.cycles))


class Claims(Steps):
    """Notes what becomes of each claim."""

    def __init__(self, store: Store, clock: Clock, lease: timedelta) -> None:
        super().__init__(store, clock, lease)
        self.made: asyncio.Queue[Claimed | None] = asyncio.Queue()

    async def claim(self, due: DueTask) -> Claimed | None:
        claimed = await super().claim(due)
        self.made.put_nowait(claimed)
        return claimed


# A revision that is known


async def test_who_passes_a_revision_reads_no_older_state_on_another_node(postgres_url: str):
    """The second node looks at the log once an hour: what it keeps is old for sure."""
    async with serving(HearingStore(postgres_url), HearingStore(postgres_url, poll=3_600)) as (first, late):
        await first.started()
        assert await revision(late) <= 2
        for made in range(3, 9):
            assert await toggled(first) == made
            stale = await revision(late)
            assert stale <= made
            for _ in range(2):
                found = await ask(late, AT_LEAST, id=ID, revision=made)
                assert found["releaseStatus"]["revision"] == made
        assert stale < made, "the node is not late: nothing was tried"


async def test_a_revision_is_read_while_it_is_told(nodes: Nodes):
    await nodes[0].started()
    for board in nodes * 4:
        made = await toggled(board)
        found = await asyncio.gather(*(ask(each, AT_LEAST, id=ID, revision=made) for each in nodes))
        assert [one["releaseStatus"]["revision"] for one in found] == [made] * 3


@pytest.mark.parametrize("asked", [None, 0, -1, 1, 2])
async def test_an_older_revision_or_none_changes_nothing(nodes: Nodes, asked: int | None):
    await nodes[0].started()
    await all_told(nodes)
    for board in nodes:
        assert (await ask(board, AT_LEAST, id=ID, revision=asked))["releaseStatus"]["revision"] == 2


@pytest.mark.parametrize(("release_id", "known"), [(ID, 2), ("rel-none", 0)])
async def test_a_revision_that_the_database_does_not_know_is_told(nodes: Nodes, release_id: str, known: int):
    await nodes[0].started()
    for board in nodes * 2:
        (error,) = (await post(board, AT_LEAST, id=release_id, revision=9)).json()["errors"]
        assert error["extensions"] == {"code": "REVISION_UNKNOWN", "revision": known}
        assert f"does not know revision 9 of {release_id}, only {known}" in error["message"]


# While the news are cut


@pytest.fixture
async def cut(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> Nodes:
    """Nodes that keep a status and a list each, and then hear nothing any more."""
    monkeypatch.setattr("phaseboard.store.postgres.listen.AGAIN_SECONDS", 3_600)
    await nodes[0].started()
    await all_told(nodes)
    for board in nodes:
        for _ in range(2):
            await revision(board)
            await ask(board, LIST)
    await nodes.stores[0].cut()
    for store in nodes.stores[1:]:
        await store.deaf()
    return nodes


async def test_without_news_nothing_that_is_kept_is_given_out(cut: Nodes):
    hits = [board.server.answers.hits for board in cut]
    for board in cut * 2:
        made = await toggled(board)
        for each in cut:
            assert await revision(each) == made
            assert await ask(each, LIST) == {"releases": {"nodes": [{"id": ID, "revision": made}]}}
            assert each.server.recent.get(ID) is None
    assert [board.server.answers.hits for board in cut] == hits


async def test_once_caught_up_it_is_given_out_again(nodes: Nodes):
    await nodes[0].started()
    await all_told(nodes)
    await nodes.stores[2].cut()
    made = await toggled(nodes[0])
    end = await nodes[0].store.read(lambda reader: reader.last_position())
    await nodes.stores[2].heard(end)
    await all_told(nodes)
    board = nodes[2]
    async with asyncio.timeout(PATIENCE):
        while board.server.recent.get(ID) is None:  # noqa: ASYNC110 - it was published, and is caught up right after
            await asyncio.sleep(0)
    found = board.server.recent.get(ID)
    assert isinstance(found, Status)
    assert found.snapshot.revision == made
    before = board.server.answers.hits
    assert {await revision(board) for _ in range(3)} == {made}
    assert board.server.answers.hits == before + 2


# Tokens


async def test_a_token_that_is_revoked_on_one_node_is_refused_by_all(postgres_url: str):
    async with serving(*(HearingStore(postgres_url) for _ in range(3)), auth="tokens") as nodes:
        token, text = new_token("ci", (Scope.ADMIN,), NOW)
        await nodes[0].store.write(lambda writer: writer.add_token(token))
        headers = {"Authorization": f"Bearer {text}", "Content-Type": "application/json"}

        async def status_of(board: Board) -> int:
            body = '{"query": "{ __typename }"}'
            return (await board.http.post("/graphql", content=body, headers=headers)).status_code

        assert [await status_of(board) for board in nodes] == [200] * 3
        await nodes[0].store.write(lambda writer: writer.revoke_token(token.id, NOW))
        async with asyncio.timeout(PATIENCE):
            for board in nodes:
                while await status_of(board) != 401:  # noqa: ASYNC110 - a node looks twice a second, and tells nobody
                    await asyncio.sleep(AGAIN)
