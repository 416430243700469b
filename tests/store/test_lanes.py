"""The lanes of the SQLite store: shared commits, callers that give up, a database that does not play along."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from phaseboard.domain.enums import Action
from phaseboard.store.errors import StoreUnusable, Unavailable
from phaseboard.store.port import Change, Reader, Writer
from phaseboard.store.sqlite import store as sqlite
from phaseboard.store.sqlite.store import SQLiteStore
from phaseboard.store.statement import Statement
from tests.store.scenes import NOW, act, add, carry_out, send, start

ORPHAN = Statement(text("INSERT INTO cron_jobs (release_id, status) VALUES ('rel-9', 'PENDING')"))


async def hold(store: SQLiteStore) -> tuple[asyncio.Event, asyncio.Task[None]]:
    """Occupy the writer until the event is set, so that what follows shares one commit."""
    begun, go = asyncio.Event(), asyncio.Event()

    async def wait(_: Writer) -> None:
        begun.set()
        await go.wait()

    held = asyncio.create_task(store.write(wait))
    await begun.wait()
    return go, held


async def test_one_failing_job_of_a_shared_commit_undoes_itself_alone(sqlite_store: SQLiteStore):
    commits: list[Sequence[Change]] = []
    sqlite_store.on_commit(commits.append)
    go, first = await hold(sqlite_store)

    async def fail(writer: Writer) -> None:
        await carry_out(writer, "rel-a", act(Action.START))
        raise LookupError("mine alone")

    jobs = [
        asyncio.create_task(add(sqlite_store, "a")),
        asyncio.create_task(sqlite_store.write(fail)),
        asyncio.create_task(add(sqlite_store, "a")),
        asyncio.create_task(add(sqlite_store, "b")),
    ]
    await asyncio.sleep(0)
    go.set()
    await first
    outcomes = await asyncio.gather(*jobs, return_exceptions=True)
    assert [type(outcome).__name__ for outcome in outcomes] == ["Release", "LookupError", "Conflict", "Release"]
    [shared] = commits
    assert {change.release_id for change in shared} == {"rel-a", "rel-b"}
    events = await sqlite_store.read(lambda reader: reader.events(0, 10))
    assert [(event.position, event.release_id) for event in events] == [
        (1, "rel-a"),
        (2, "rel-a"),
        (3, "rel-b"),
        (4, "rel-b"),
    ]


async def test_a_job_that_fails_before_it_begins_undoes_nothing(sqlite_store: SQLiteStore):
    go, first = await hold(sqlite_store)

    async def fail(_: Writer) -> None:
        raise LookupError

    async def post_and_fail(writer: Writer) -> None:
        await writer.lease("tsk-a-1", 1, NOW)
        raise LookupError

    work = (add(sqlite_store, "a"), sqlite_store.write(fail), sqlite_store.write(post_and_fail), add(sqlite_store, "b"))
    jobs = [asyncio.create_task(each) for each in work]
    await asyncio.sleep(0)
    go.set()
    await first
    outcomes = await asyncio.gather(*jobs, return_exceptions=True)
    assert [type(outcome).__name__ for outcome in outcomes] == ["Release", "LookupError", "LookupError", "Release"]
    assert await sqlite_store.read(lambda reader: reader.last_position()) == 4


async def test_a_commit_that_fails_is_told_to_all_who_shared_it(sqlite_store: SQLiteStore):
    go, first = await hold(sqlite_store)

    async def orphan(writer) -> None:
        writer._session.post(Statement(text("PRAGMA defer_foreign_keys = ON")), [{}])
        await writer._session.fetch_all(ORPHAN)

    jobs = [asyncio.create_task(add(sqlite_store, "a")), asyncio.create_task(sqlite_store.write(orphan))]
    await asyncio.sleep(0)
    go.set()
    await first
    outcomes = await asyncio.gather(*jobs, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [sqlite3.IntegrityError] * 2
    assert await sqlite_store.read(lambda reader: reader.last_position()) == 0
    await add(sqlite_store, "a")


async def test_an_error_of_the_database_cannot_be_looked_away_from(sqlite_store: SQLiteStore):
    await add(sqlite_store)

    async def work(writer) -> None:
        await carry_out(writer, "rel-1", act(Action.START))
        try:
            await writer._session.fetch_all(ORPHAN)
        except sqlite3.IntegrityError:
            return

    with pytest.raises(sqlite3.IntegrityError):
        await sqlite_store.write(work)
    assert await sqlite_store.read(lambda reader: reader.last_position()) == 2


async def test_callers_that_give_up_tear_nothing(sqlite_store: SQLiteStore):
    await start(sqlite_store)

    async def toggle(writer: Writer) -> None:
        release = await writer.release("rel-1")
        await carry_out(writer, "rel-1", act(release.snapshot.actions[0]))

    callers = [asyncio.create_task(sqlite_store.write(toggle)) for _ in range(500)]
    for number, caller in enumerate(callers):
        if number % 3 == 0:
            caller.cancel()
        if number % 50 == 0:
            await sqlite_store.read(lambda reader: reader.last_position())
    outcomes = await asyncio.gather(*callers, return_exceptions=True)
    answered = sum(outcome is None for outcome in outcomes)
    events = await sqlite_store.read(lambda reader: reader.events(4, 10_000))
    revisions = sorted({event.revision for event in events})
    assert revisions == list(range(3, 3 + len(revisions)))
    assert answered <= len(revisions) <= 500
    assert answered >= 333
    assert (await sqlite_store.read(lambda reader: reader.release("rel-1"))).revision == revisions[-1]


async def test_work_that_nobody_waits_for_is_not_begun(sqlite_store: SQLiteStore):
    go, first = await hold(sqlite_store)
    job = asyncio.create_task(add(sqlite_store, "a"))
    await asyncio.sleep(0)
    job.cancel()
    await asyncio.gather(job, return_exceptions=True)
    go.set()
    await first
    assert await sqlite_store.read(lambda reader: reader.last_position()) == 0


async def test_a_full_disk_is_told_and_got_over(sqlite_store: SQLiteStore):
    async def limit(writer, pages: int) -> None:
        await writer._session.fetch_all(Statement(text(f"PRAGMA max_page_count = {pages}")))

    await sqlite_store.write(lambda writer: limit(writer, 1))
    outcomes = await asyncio.gather(*(add(sqlite_store, f"a{n}") for n in range(40)), return_exceptions=True)
    failed = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert failed
    assert {type(error) for error in failed} == {Unavailable}
    assert "the disk is full" in str(failed[0])
    assert isinstance(failed[0].__cause__, sqlite3.OperationalError)
    await sqlite_store.write(lambda writer: limit(writer, 1_000_000))
    await add(sqlite_store, "b")
    found = await sqlite_store.read(lambda reader: reader.releases([f"rel-a{n}" for n in range(40)]))
    assert len(found) == len(outcomes) - len(failed)


async def test_a_file_that_another_program_holds(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.01)
    store = SQLiteStore(path)
    await store.open()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        outcomes = await asyncio.gather(*(add(store, key) for key in "abc"), return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {Unavailable}
        assert "another program holds it" in str(outcomes[0])
        await store.read(lambda reader: reader.last_position())
        other.execute("ROLLBACK")
    await add(store, "a")
    await store.close()


async def test_a_damaged_file(path: Path):
    store = SQLiteStore(path)
    await store.open()
    for number in range(30):
        await add(store, f"a{number}")
    await store.close()
    damage(path)
    with pytest.raises(StoreUnusable, match="Restore it from a backup"):
        await read_all(path)


def damage(path: Path) -> None:
    """Overwrite everything but the first page."""
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xee" * (len(content) - 4096))


async def read_all(path: Path) -> None:
    store = SQLiteStore(path)
    try:
        await store.open()
        await store.read(lambda reader: reader.releases([f"rel-a{number}" for number in range(30)]))
    finally:
        await store.close()


async def test_readers_cannot_write(sqlite_store: SQLiteStore):
    async def work(reader) -> None:
        await reader._session.fetch_all(ORPHAN)

    with pytest.raises(Unavailable, match="read-only"):
        await sqlite_store.read(work)


async def test_a_writer_is_of_no_use_after_its_work(sqlite_store: SQLiteStore):
    kept = []

    async def work(writer: Writer) -> None:
        kept.append(writer)

    await sqlite_store.write(work)
    with pytest.raises(RuntimeError, match="after its work was over"):
        await kept[0].last_position()


async def test_a_lane_that_dies_leaves_nobody_waiting(sqlite_store: SQLiteStore):
    _, first = await hold(sqlite_store)
    waiting = asyncio.create_task(add(sqlite_store, "a"))
    await asyncio.sleep(0)
    sqlite_store._lanes[0]._task.cancel()
    with pytest.raises(Unavailable):
        await waiting
    with pytest.raises(Unavailable):
        await first
    with pytest.raises(Unavailable):
        await send(sqlite_store, "rel-1", act(Action.START))


async def test_a_glance_holds_no_view_between_its_questions(sqlite_store: SQLiteStore):
    async def look(reader: Reader) -> tuple[int, int]:
        before = await reader.last_position()
        await asyncio.create_task(add(sqlite_store, "b"))
        return before, await reader.last_position()

    await add(sqlite_store, "a")
    assert await sqlite_store.glance(look) == (2, 4)
    assert await sqlite_store.read(lambda reader: reader.last_position()) == 4


async def test_a_glance_that_fails_leaves_the_lane_in_order(sqlite_store: SQLiteStore):
    async def fail(reader: Reader) -> None:
        await reader._session.fetch_all(Statement(text("SELECT missing FROM releases")))

    for _ in range(3):
        with pytest.raises(sqlite3.OperationalError, match="no such column"):
            await sqlite_store.glance(fail)
    assert await sqlite_store.glance(lambda reader: reader.last_position()) == 0
