"""Several nodes on one PostgreSQL database: nobody steps on another, and all see one log."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from operator import methodcaller

import asyncpg
import pytest

from phaseboard.bootstrap import Phaseboard
from phaseboard.domain.commands import Claim
from phaseboard.domain.enums import Action
from phaseboard.domain.errors import Refusal
from phaseboard.engine.clock import system_clock
from phaseboard.engine.steps import Steps
from phaseboard.engine.use_cases import Condition, UseCases
from phaseboard.settings import Settings
from phaseboard.store.port import DueTask, Place, Remembered, Writer
from phaseboard.store.postgres import PostgresStore
from phaseboard.store.postgres import store as store_module
from tests.engine.board import LEASE
from tests.engine.hands import Hands
from tests.postgres import run_sql
from tests.store.scenes import ANNA, NOW, SOON, act, add, carry_out, claim, make_plan, send, spec, start
from tests.store.test_postgres import name_of

NODES = 3
HOUR_AHEAD = """
CREATE FUNCTION ahead.clock_timestamp() RETURNS timestamptz LANGUAGE sql
AS $$ SELECT pg_catalog.clock_timestamp() + interval '1 hour' $$
"""
"""Have a database tell another time than the machine does, to those who look there first."""


@asynccontextmanager
async def opened(url: str, count: int = NODES, connections: int = 2) -> AsyncIterator[list[PostgresStore]]:
    async with AsyncExitStack() as stack:
        nodes = [PostgresStore(url, connections=connections) for _ in range(count)]
        for node in nodes:
            await node.open()
            stack.push_async_callback(node.close)
        yield nodes


@pytest.fixture
async def nodes(postgres_url: str) -> AsyncIterator[list[PostgresStore]]:
    async with opened(postgres_url) as stores:
        yield stores


async def log(store: PostgresStore) -> list[tuple[int, str, int]]:
    events = await store.read(lambda reader: reader.events(0, 10_000))
    return [(event.position, event.release_id, event.revision) for event in events]


async def toggle(store: PostgresStore, release_id: str) -> None:
    """Pause or resume a release, whichever it is the turn of."""

    async def work(writer: Writer) -> None:
        release = await writer.release(release_id)
        await carry_out(writer, release_id, act(release.snapshot.actions[0]))

    await store.write(work)


async def test_what_one_commits_the_others_see(nodes: list[PostgresStore]):
    await start(nodes[0])
    for node in nodes[1:]:
        assert (await node.read(lambda reader: reader.release("rel-1"))).revision == 2
    await send(nodes[1], "rel-1", act(Action.PAUSE))
    after = await send(nodes[0], "rel-1", act(Action.RESUME))
    assert after.revision == 4
    assert await nodes[2].read(lambda reader: reader.release("rel-1")) == after


async def test_all_change_the_same_releases_and_nothing_is_lost(
    nodes: list[PostgresStore], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(store_module, "PATIENCE", 60)  # all of it waits for its turn from the beginning
    keys = [f"rel-{key}" for key in "abc"]
    for key in "abc":
        await start(nodes[0], key)
    await asyncio.gather(*(toggle(node, key) for _ in range(40) for node in nodes for key in keys))
    for key in keys:
        found = await nodes[0].read(lambda reader, key=key: reader.release(key))
        assert found.revision == 2 + 40 * NODES
    events = await log(nodes[1])
    assert [position for position, _, _ in events] == list(range(1, len(events) + 1))
    for key in keys:
        revisions = [revision for _, release_id, revision in events if release_id == key]
        assert sorted(set(revisions)) == list(range(1, 3 + 40 * NODES))
        assert revisions == sorted(revisions)


@pytest.mark.parametrize(
    "default",
    ["isolation = 'repeatable read'", "isolation = 'serializable'", "read_only = on"],
)
async def test_what_transactions_are_by_default_in_the_database_is_of_no_matter(postgres_url: str, default: str):
    change = f"ALTER DATABASE {name_of(postgres_url)} SET default_transaction_{default}"
    await asyncio.to_thread(run_sql, postgres_url, change)
    async with opened(postgres_url) as nodes:
        await asyncio.gather(*(start(node, f"{number}") for number, node in enumerate(nodes)))
        await asyncio.gather(*(toggle(node, "rel-0") for _ in range(10) for node in nodes))
        assert (await nodes[0].read(lambda reader: reader.release("rel-0"))).revision == 2 + 10 * NODES
        positions = [position for position, _, _ in await log(nodes[1])]
        assert positions == list(range(1, len(positions) + 1))


async def test_whoever_reads_the_log_from_its_cursor_misses_nothing(nodes: list[PostgresStore]):
    for key in "abcdef":
        await start(nodes[0], key)
    ended = asyncio.Event()

    async def follow() -> list[int]:
        seen: list[int] = []
        while True:
            last = ended.is_set()
            new = await nodes[2].read(methodcaller("events", seen[-1] if seen else 0, 1_000))
            seen += [one.position for one in new]
            if last:
                return seen

    following = asyncio.create_task(follow())
    writers = (toggle(node, f"rel-{key}") for _ in range(30) for key in "abcdef" for node in nodes[:2])
    await asyncio.gather(*writers)
    ended.set()
    seen = await following
    assert seen == list(range(1, len(seen) + 1))
    assert seen[-1] == await nodes[0].read(lambda reader: reader.last_position())


async def test_a_task_is_claimed_by_one(nodes: list[PostgresStore]):
    lease = timedelta(minutes=1)
    for key in "abcd":
        await start(nodes[0], key)
    for key in "abcd":
        due = DueTask(f"tsk-{key}-1", f"rel-{key}", NOW)
        steps = [Steps(node, lambda: NOW, lease) for node in nodes for _ in range(4)]
        claimed = [found for found in await asyncio.gather(*(step.claim(due) for step in steps)) if found]
        assert [found.task.lease_token for found in claimed] == [1]


async def test_a_lease_that_ran_out_is_taken_up_once_with_a_new_token(nodes: list[PostgresStore]):
    await start(nodes[0])
    first = await claim(nodes[0], "tsk-1-1", SOON)
    due = DueTask("tsk-1-1", "rel-1", SOON)
    steps = [Steps(node, lambda: SOON, timedelta(minutes=1)) for node in nodes]
    claimed = [found for found in await asyncio.gather(*(step.claim(due) for step in steps)) if found]
    assert [found.task.lease_token for found in claimed] == [first + 1]
    for node in nodes:
        assert not await node.write(lambda writer: writer.renew("tsk-1-1", first, SOON))


async def test_a_request_that_is_sent_to_all_is_carried_out_once(nodes: list[PostgresStore]):
    use_cases = [UseCases(node, lambda: NOW) for node in nodes for _ in range(3)]
    once = Condition(idempotency_key="k")
    created = await asyncio.gather(*(one.create(make_plan(), ANNA, once) for one in use_cases))
    assert len({outcome.release_id for outcome in created}) == 1
    assert sorted(outcome.replayed for outcome in created) == [False, *[True] * (len(use_cases) - 1)]
    assert {outcome.position for outcome in created} == {2}
    assert len(await log(nodes[0])) == 2


async def test_a_key_learns_the_place_of_its_change(nodes: list[PostgresStore]):
    await add(nodes[0])

    async def work(writer: Writer) -> Place:
        release = await writer.release("rel-1")
        place = await writer.save(release, release, (), NOW, None)
        snapshot = release.snapshot
        await writer.remember(
            Remembered(
                key="k",
                fingerprint="",
                release_id="rel-1",
                task_id=None,
                snapshot=snapshot,
                place=place,
                created_at=NOW,
            )
        )
        return place

    place = await nodes[0].write(work)
    assert (await nodes[1].read(lambda reader: reader.recall("k"))).place == place == Place(2)


async def test_two_that_would_wait_for_each_other_both_get_through(nodes: list[PostgresStore]):
    for key in "ab":
        await start(nodes[0], key)
    met = asyncio.Barrier(2)

    async def both(node: PostgresStore, first: str, second: str) -> None:
        tries = 0

        async def work(writer: Writer) -> None:
            nonlocal tries
            tries += 1
            await writer.release(first)
            if tries == 1:
                await met.wait()
            for key in (first, second):
                release = await writer.release(key)
                await carry_out(writer, key, act(release.snapshot.actions[0]))

        await node.write(work)

    await asyncio.gather(both(nodes[0], "rel-a", "rel-b"), both(nodes[1], "rel-b", "rel-a"))
    found = await nodes[2].read(lambda reader: reader.releases(["rel-a", "rel-b"]))
    assert {release.revision for release in found.values()} == {4}


async def test_a_refusal_in_a_shared_commit_undoes_itself_alone(nodes: list[PostgresStore]):
    await start(nodes[0])
    begun, go = asyncio.Event(), asyncio.Event()

    async def wait(_: Writer) -> None:
        begun.set()
        await go.wait()

    held = asyncio.create_task(nodes[0].write(wait))
    await begun.wait()
    refused = asyncio.create_task(nodes[0].write(lambda writer: carry_out(writer, "rel-1", Claim(task_id="tsk-1-3"))))
    paused = asyncio.create_task(send(nodes[0], "rel-1", act(Action.PAUSE)))
    added = asyncio.create_task(add(nodes[0], "2"))
    await asyncio.sleep(0)
    go.set()
    outcomes = await asyncio.gather(held, refused, paused, added, return_exceptions=True)
    assert isinstance(outcomes[1], Refusal)
    assert [position for position, _, _ in await log(nodes[1])] == [1, 2, 3, 4, 5, 6, 7, 8]


async def test_prunes_at_the_same_time_drop_each_event_once(nodes: list[PostgresStore]):
    for key in "abcd":
        await start(nodes[0], key)
    after = NOW + timedelta(minutes=1)
    dropped = await asyncio.gather(*(node.write(lambda writer: writer.prune(after, 6)) for node in nodes))
    rest = await log(nodes[0])
    assert sum(dropped) + len(rest) == 16
    assert await nodes[1].read(lambda reader: reader.first_position()) == sum(dropped) + 1


async def test_a_node_whose_clock_is_an_hour_slow_goes_by_the_databases(postgres_url: str):
    path = f"ALTER DATABASE {name_of(postgres_url)} SET search_path = ahead, public, pg_catalog"
    for statement in ("CREATE SCHEMA ahead", HOUR_AHEAD, path):
        await asyncio.to_thread(run_sql, postgres_url, statement)
    hands, hour = Hands(), timedelta(hours=1)
    store = PostgresStore(postgres_url, connections=2)
    server = Phaseboard(Settings(shutdown_grace=timedelta(), lease=LEASE), store=store, executors={"simulated": hands})
    async with server.running():
        assert abs(store.clock.ahead - hour) < timedelta(minutes=1)
        await start(store, kickoff=(spec("branch"),))
        call = await hands.taken()
        (due,) = [
            task
            for task in await store.read(lambda reader: reader.due_tasks(system_clock() + 2 * hour, 10))
            if task.task_id == call.job.task_id
        ]
        assert abs(due.due_at - LEASE - hour - system_clock()) < timedelta(minutes=1)


async def test_a_commit_is_told_on_the_channel(nodes: list[PostgresStore], postgres_url: str):
    told: asyncio.Queue[str] = asyncio.Queue()
    connection = await asyncpg.connect(postgres_url)
    await connection.add_listener("phaseboard", lambda *message: told.put_nowait(message[-1]))
    await start(nodes[0])
    assert [await told.get(), await told.get()] == ["2", "4"]
    await connection.close()


async def test_two_connections_are_enough(postgres_url: str):
    async with opened(postgres_url, 1, connections=2) as (node,):
        await start(node)
        await asyncio.gather(*(toggle(node, "rel-1") for _ in range(50)), *(log(node) for _ in range(50)))
        assert run_sql(postgres_url, "SELECT revision FROM releases")[0]["revision"] == 52
