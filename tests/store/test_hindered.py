"""What others hold, or a node that fell silent, holds up nobody for long who needs something else."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from phaseboard.domain.enums import Action
from phaseboard.domain.release import Release
from phaseboard.store.dialects import POSTGRES
from phaseboard.store.errors import Contended, Unavailable
from phaseboard.store.port import Reader, Writer
from phaseboard.store.postgres import PostgresStore, lanes
from phaseboard.store.postgres import store as module
from phaseboard.store.statement import Statement
from tests.engine.hands import PATIENCE
from tests.postgres import run_sql
from tests.store.cutting import Cut, cutting
from tests.store.scenes import NOW, act, add, send, start
from tests.store.test_postgres import transaction

HOLD = "SELECT revision FROM releases WHERE id = 'rel-1' FOR UPDATE"
WAITING = """
FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
AND clock_timestamp() - query_start > interval '100 ms'
"""
"""Who waits for a lock, and for longer than work that shares its transaction."""

CALLERS = 8

BOUNDS = Statement(
    text(
        "SELECT current_setting('lock_timeout') AS lock, current_setting('statement_timeout') AS statement,"
        " current_setting('idle_in_transaction_session_timeout') AS idle,"
        " current_setting('transaction_timeout') AS whole"
    )
)


@pytest.fixture
async def node(postgres_url: str) -> AsyncIterator[PostgresStore]:
    store = PostgresStore(postgres_url, connections=2)
    await store.open()
    await start(store)
    yield store
    await store.close()


def pause(node: PostgresStore) -> asyncio.Task[Release]:
    return asyncio.create_task(send(node, "rel-1", act(Action.PAUSE)))


async def waits(url: str, then: str = "pid") -> None:
    """Wait until somebody waits for a lock."""
    async with asyncio.timeout(PATIENCE):
        while not await asyncio.to_thread(run_sql, url, f"SELECT {then} {WAITING}"):
            continue


async def test_other_work_goes_first(node: PostgresStore, postgres_url: str):
    async with transaction(postgres_url, HOLD):
        pausing = pause(node)
        await waits(postgres_url)
        await add(node, "2")
        assert not pausing.done()
    assert (await pausing).revision == 3


async def test_work_that_shared_a_transaction_is_done_when_nobody_is_in_its_way_any_more(
    node: PostgresStore, postgres_url: str
):
    async with transaction(postgres_url, HOLD):
        pausing = pause(node)
        await asyncio.gather(*(add(node, key) for key in "abc"))
        await waits(postgres_url)
        await add(node, "d")
        assert not pausing.done()
    assert (await pausing).revision == 3


async def test_the_caller_is_told_in_the_end(node: PostgresStore, postgres_url: str):
    async with transaction(postgres_url, HOLD):
        with pytest.raises(Contended, match="others hold what was asked for"):
            await asyncio.wait_for(pause(node), PATIENCE)
    assert (await pause(node)).revision == 3


async def test_many_callers_are_told_when_their_time_is_over_not_one_after_the_other(
    node: PostgresStore, postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    """All share a transaction first; then one is tried alone, for longer than the others have time to wait."""
    monkeypatch.setattr(module, "PATIENCE", 1.0)
    begun = 0

    async def work(writer: Writer) -> None:
        nonlocal begun
        begun += 1
        await writer.release("rel-1")

    async with transaction(postgres_url, HOLD):
        outcomes = await asyncio.gather(*(node.write(work) for _ in range(CALLERS)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Contended] * CALLERS
    assert begun <= CALLERS + 1
    monkeypatch.undo()
    assert (await pause(node)).revision == 3


async def test_what_waits_for_its_turn_alone_outlives_the_connection(
    node: PostgresStore, postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(lanes, "TRIES", 100)
    async with transaction(postgres_url, HOLD):
        first, second = pause(node), pause(node)
        await waits(postgres_url, "pg_terminate_backend(pid)")
        done, _ = await asyncio.wait([first, second], return_when=asyncio.FIRST_COMPLETED, timeout=PATIENCE)
        (lost,) = done
        assert isinstance(lost.exception(), Unavailable)
        (kept,) = {first, second} - done
    assert (await kept).revision == 3


@pytest.mark.parametrize("held", ["release_tasks WHERE id = 'tsk-1-1'", "releases WHERE id = 'rel-1'"])
async def test_a_task_that_others_hold_is_not_due_and_not_waited_for(node: PostgresStore, postgres_url: str, held: str):
    async with transaction(postgres_url, f"SELECT id FROM {held} FOR UPDATE"):
        assert not await is_due(node)
    assert await is_due(node)


async def is_due(node: PostgresStore) -> bool:
    return await node.write(lambda writer: writer.is_due("tsk-1-1", NOW))


async def test_a_task_that_is_claimed_holds_its_own_release_alone(
    node: PostgresStore, postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(lanes, "TRIES", 1)
    await start(node, "2")
    begun, go = asyncio.Event(), asyncio.Event()

    async def claim(writer: Writer) -> None:
        assert await writer.is_due("tsk-1-1", NOW)
        begun.set()
        await go.wait()

    other = PostgresStore(postgres_url, connections=2)
    await other.open()
    claiming = asyncio.create_task(node.write(claim))
    await begun.wait()
    changes = (send(other, release_id, act(Action.PAUSE)) for release_id in ("rel-2", "rel-1"))
    outcomes = await asyncio.gather(*changes, return_exceptions=True)
    go.set()
    await claiming
    await other.close()
    assert [isinstance(outcome, Contended) for outcome in outcomes] == [False, True]


async def test_a_node_that_falls_silent_at_its_commit_is_got_over(node: PostgresStore, postgres_url: str):
    """It holds the end of the log then, which every node needs."""
    async with cutting(postgres_url) as (url, scissors):
        other = PostgresStore(url, connections=2)
        await other.open()
        scissors.arm(Cut.SILENCE)
        silent = asyncio.create_task(add(other, "a"))
        await scissors.silent.wait()
        await add(node, "b")
        positions = [one.position for one in await node.read(lambda reader: reader.events(0, 100))]
        assert positions == list(range(1, 7))
        with pytest.raises(Unavailable):
            await silent
        await other.close()


async def test_a_node_that_falls_silent_in_the_middle_of_a_request_is_got_over(
    node: PostgresStore, postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    """It holds the end of the log, and is neither idle nor executes anything."""
    begin = lanes.BEGIN_ALONE.on(POSTGRES).sql.replace("'16000'", "'1000'")
    async with cutting(postgres_url) as (url, scissors):
        other = PostgresStore(url, connections=2)
        await other.open()
        scissors.arm(Cut.BEFORE)
        with monkeypatch.context() as patched:
            patched.setattr(lanes, "BEGIN_ALONE", Statement(text(begin)))
            silent = asyncio.create_task(add(other, "a"))
            await scissors.silent.wait()
        await add(node, "b")
        with pytest.raises(Unavailable):
            await silent
        await other.close()


@pytest.mark.parametrize(("way", "lock"), [("alone", "2s"), ("together", "10ms"), ("read", "0")])
async def test_nothing_lasts_for_ever_in_the_database_itself(node: PostgresStore, way: str, lock: str):
    """The lock is given up before the statement, and the statement before its connection."""

    async def bounds(reader: Reader) -> tuple[str, ...]:
        ((found, *_),) = (await reader._session.fetch_all(BOUNDS),)
        return found["lock"], found["statement"], found["idle"], found["whole"]

    if way == "together":
        _, found = await asyncio.gather(*(node.write(bounds) for _ in range(2)))
    else:
        found = await (node.read(bounds) if way == "read" else node.write(bounds))
    assert found == (lock, "4s", "15s", "0" if way == "read" else "16s")
