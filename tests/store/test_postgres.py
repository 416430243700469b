"""What a node makes of a PostgreSQL that is away, slow, not migrated or not there at all."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
import pytest

from phaseboard.store.address import Address
from phaseboard.store.errors import StoreUnusable, Unavailable
from phaseboard.store.postgres import PostgresStore, link, migrate
from phaseboard.store.postgres import store as module
from tests.engine.hands import PATIENCE
from tests.postgres import database_of, run_sql
from tests.store.scenes import add, start

CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = '{}'"


@pytest.fixture
async def node(postgres_url: str) -> AsyncIterator[PostgresStore]:
    store = PostgresStore(postgres_url, connections=3)
    await store.open()
    yield store
    await store.close()


@contextmanager
def impatient() -> Iterator[None]:
    """Wait for nothing while there is trouble; what has to succeed afterwards gets its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(link, "CONNECT_SECONDS", 0.2)
        patch.setattr(link, "STATEMENT_SECONDS", 0.2)
        patch.setattr(module, "PATIENCE", 0.5)
        yield


@asynccontextmanager
async def transaction(url: str, statement: str) -> AsyncIterator[None]:
    """Have a transaction of somebody else open."""
    connection = await asyncpg.connect(url)
    await connection.execute(f"BEGIN; {statement}")
    try:
        yield
    finally:
        await connection.close()


async def refusal(url: str) -> str:
    with pytest.raises(StoreUnusable) as refused:
        await PostgresStore(url).open()
    return str(refused.value)


async def all_positions(node: PostgresStore) -> int:
    return await node.read(lambda reader: reader.last_position())


def name_of(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


async def test_connections_that_were_cut_are_opened_again(node: PostgresStore, postgres_url: str):
    await start(node)
    for number in range(3):
        cut = await asyncio.to_thread(run_sql, postgres_url, CUT.format(name_of(postgres_url)))
        assert len(cut) == 3
        await asyncio.gather(add(node, f"a{number}"), *(all_positions(node) for _ in range(4)), return_exceptions=True)
        await asyncio.gather(add(node, f"b{number}"), *(all_positions(node) for _ in range(4)))
    assert await all_positions(node) >= 10


async def test_a_lock_that_others_hold_is_not_waited_for_for_ever(node: PostgresStore, postgres_url: str):
    await start(node)
    async with transaction(postgres_url, f"SELECT pg_advisory_xact_lock({link.LOG})"):
        with impatient():
            outcomes = await asyncio.gather(*(add(node, key) for key in "abc"), return_exceptions=True)
        assert {isinstance(outcome, Unavailable) for outcome in outcomes} == {True}
        assert await node.read(lambda reader: reader.last_position()) == 4
    await add(node, "a")
    assert await node.read(lambda reader: reader.last_position()) == 6


async def test_a_black_hole_is_told_in_time_and_got_over(postgres_url: str):
    async with gate(postgres_url) as (url, door):
        store = PostgresStore(url, connections=2)
        await store.open()
        await start(store)
        door.shut()
        work = [*(add(store, key) for key in "abc"), *(store.read(lambda reader: reader.last_position()) for _ in "ab")]
        with impatient():
            outcomes = await asyncio.wait_for(asyncio.gather(*work, return_exceptions=True), PATIENCE)
        assert {isinstance(outcome, Unavailable) for outcome in outcomes} == {True}
        door.open()
        await add(store, "d")
        assert await store.read(lambda reader: reader.last_position()) >= 6
        await store.close()


class Door:
    """Whether bytes get through."""

    def __init__(self) -> None:
        self._is_open = asyncio.Event()
        self._is_open.set()

    def shut(self) -> None:
        self._is_open.clear()

    def open(self) -> None:
        self._is_open.set()

    async def passed(self) -> None:
        await self._is_open.wait()


@asynccontextmanager
async def gate(url: str) -> AsyncIterator[tuple[str, Door]]:
    """Put a way between a node and its database that can be shut: what is sent then gets nowhere, in silence."""
    folder, door = url.partition("host=")[2], Door()
    tasks: set[asyncio.Task[None]] = set()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                await door.passed()
                writer.write(data)
        finally:
            writer.close()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.5432")
        except OSError:
            writer.close()
            return
        for way in (carry(reader, back), carry(there, writer)):
            tasks.add(asyncio.create_task(way))

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}/{name_of(url)}?sslmode=disable", door
    finally:
        server.close()
        door.open()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_nobody_is_there():
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        port = unheard.getsockname()[1]
        message = await refusal(f"postgresql://anna:secret@127.0.0.1:{port}/board")
    assert f"postgresql://anna@127.0.0.1:{port}/board does not answer" in message
    assert "secret" not in message


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ("sslmode=require", "cannot be used: it does not speak TLS. Switch that on there (ssl = on)"),
        ("sslmode=verify-full&sslrootcert=/no/root.crt", "files that are not there: sslrootcert=/no/root.crt."),
        ("sslmode=verify-full&sslrootcert=system", "files that are not there: sslrootcert=system."),
        ("sslmode=strict", "Look at the parameters of its address."),
        ("sslmode=disable&channel_binding=require", "Leave that out there"),
    ],
)
async def test_parameters_that_do_not_fit(postgres_url: str, parameters: str, told: str):
    async with gate(postgres_url) as (url, _):
        message = await refusal(url.replace("sslmode=disable", parameters))
    assert told in message
    assert "Start it" not in message


@pytest.mark.parametrize("others", [{}, {"poll": 0.5}, {"tokens_only": True}], ids=str)
async def test_parameters_of_libpq_that_change_nothing(postgres_url: str, others: dict[str, Any]):
    parameters = "connect_timeout=10&keepalives=1&keepalives_idle=30&gssencmode=disable&channel_binding=prefer"
    address = f"{postgres_url}&{parameters}&tcp_user_timeout=5000"
    assert not await migrate(Address(address))
    store = PostgresStore(address, connections=2, **others)
    await store.open()
    assert await all_positions(store) == 0
    await store.close()


async def test_no_such_database(postgres_server: str):
    assert "lets nobody in" in await refusal(database_of(postgres_server, "nowhere"))


async def test_a_database_without_tables(blank_postgres_url: str):
    message = await refusal(blank_postgres_url)
    assert "has no tables yet" in message
    assert "phaseboard migrate" in message


@pytest.mark.parametrize(("revision", "words"), [("0001", "phaseboard migrate"), ("9999", "newer Phaseboard")])
async def test_another_schema(postgres_url: str, revision: str, words: str):
    await asyncio.to_thread(run_sql, postgres_url, f"UPDATE alembic_version SET version_num = '{revision}'")
    message = await refusal(postgres_url)
    assert words in message
    assert revision in message


async def test_the_tables_of_another_program(blank_postgres_url: str):
    await asyncio.to_thread(run_sql, blank_postgres_url, "CREATE TABLE releases (title text)")
    assert "another program" in await refusal(blank_postgres_url)


async def test_it_is_opened_once(node: PostgresStore, postgres_url: str):
    with pytest.raises(RuntimeError, match="open already"):
        await node.open()
    await node.close()
    await node.close()
    left = await asyncio.to_thread(run_sql, postgres_url, CUT.format(name_of(postgres_url)))
    assert left == []
