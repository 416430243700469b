"""Hearing of what other nodes commit: at once, and again after whatever was in the way."""

import asyncio
from collections.abc import AsyncIterator
from time import monotonic

import asyncpg
import pytest

from phaseboard.domain.enums import Action
from phaseboard.store.address import Address
from phaseboard.store.postgres import PostgresStore, link, listen, listening, store
from phaseboard.store.postgres.log import CHANNEL
from tests.postgres import run_sql
from tests.store.hearing import HearingStore, listeners
from tests.store.scenes import NOW, act, add, send, start
from tests.store.test_postgres import gate

UNTOLD = """
INSERT INTO release_events (position, release_id, revision, type, occurred_at, data, snapshot)
SELECT position + 1, release_id, revision, type, occurred_at, data, snapshot FROM release_events WHERE position = 2
"""


@pytest.fixture
async def other(postgres_url: str) -> AsyncIterator[PostgresStore]:
    """A node that commits, and does not listen."""
    node = PostgresStore(postgres_url, connections=2)
    await node.open()
    yield node
    await node.close()


@pytest.fixture
async def node(postgres_url: str) -> AsyncIterator[HearingStore]:
    node = HearingStore(postgres_url)
    await node.open()
    yield node
    await node.close()


@pytest.fixture
def restful(monkeypatch: pytest.MonkeyPatch) -> None:
    """No beat tells what a notification should have told."""
    monkeypatch.setattr(listen, "BEAT_SECONDS", 3_600)


async def test_each_commit_of_others_is_heard_of(node: HearingStore, other: PostgresStore, restful: None):
    await node.deaf()
    await node.heard(0)
    await start(other)
    for number in range(20):
        await send(other, "rel-1", act(Action.RESUME if number % 2 else Action.PAUSE))
        end = await other.read(lambda reader: reader.last_position())
        assert await node.heard(end) == end


async def test_what_nobody_was_notified_of_is_heard_at_the_next_beat(
    node: HearingStore, other: PostgresStore, postgres_url: str
):
    await add(other, "1")
    await node.heard(2)
    await asyncio.to_thread(run_sql, postgres_url, UNTOLD)
    assert await node.heard(3) == 3


async def test_a_listener_that_was_cut_listens_again_and_learns_what_it_missed(
    node: HearingStore, other: PostgresStore, restful: None
):
    await node.heard(0)
    for _ in range(3):
        await node.cut()
        await add(other, f"{monotonic()}".replace(".", ""))
        end = await other.read(lambda reader: reader.last_position())
        await node.heard(end)
    await add(other, "z")
    await node.heard(end + 2)


async def test_a_black_hole_is_noticed_and_got_over(
    postgres_url: str, other: PostgresStore, monkeypatch: pytest.MonkeyPatch
):
    for name in ("BEAT_SECONDS", "ANSWER_SECONDS", "CONNECT_SECONDS", "AGAIN_SECONDS"):
        monkeypatch.setattr(listen, name, 0.2)
    async with gate(postgres_url) as (url, door):
        node = HearingStore(url)
        await node.open()
        await node.heard(0)
        door.shut()
        await node.deaf()
        await add(other, "a")
        door.open()
        await node.heard(2)
        await node.close()


@pytest.mark.parametrize("payload", ["", "all", "-1", "1e3", "٣", "9" * 19, "1 or more"])
async def test_what_anybody_may_notify_is_no_position(
    node: HearingStore, other: PostgresStore, postgres_url: str, restful: None, payload: str
):
    await node.heard(0)
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)
    await connection.close()
    await add(other, "a")
    assert await node.heard(0) == 2


async def test_without_listening_the_end_of_the_log_is_looked_at(postgres_url: str, other: PostgresStore):
    node = HearingStore(postgres_url, poll=0.01)
    await node.open()
    await node.heard(0)
    assert await listeners(postgres_url) == 0
    await add(other, "a")
    assert await node.heard(2) == 2
    await node.close()


async def test_a_silent_database_is_noticed_without_listening_too(
    postgres_url: str, other: PostgresStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(listen, "ANSWER_SECONDS", 0.2)
    async with gate(postgres_url) as (url, door):
        node = HearingStore(url, poll=0.01)
        await node.open()
        await node.heard(0)
        for module, name in ((link, "STATEMENT_SECONDS"), (link, "WORK_SECONDS"), (store, "PATIENCE")):
            monkeypatch.setattr(module, name, 3_600)
        door.shut()
        await node.deaf()
        await add(other, "a")
        door.open()
        await node.heard(2)
        await node.close()


async def test_a_database_that_is_slow_keeps_no_notification(postgres_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(listening, "PATIENCE", 0.01)
    async with gate(postgres_url) as (url, door):

        async def notify(statement: str) -> None:
            door.shut()
            await asyncio.to_thread(run_sql, postgres_url, statement)
            asyncio.get_running_loop().call_later(0.2, door.open)

        await listening.check_listening(Address(url), notify)


async def test_nobody_listens_who_need_not_hear(other: PostgresStore, postgres_url: str):
    await add(other, "a", now=NOW)
    assert await listeners(postgres_url) == 0
