"""Releases that the writer remembers: as committed last, or as its own transaction made them."""

import asyncio
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from phaseboard.domain.actor import SYSTEM
from phaseboard.domain.commands import Perform
from phaseboard.domain.enums import Action, Phase
from phaseboard.domain.release import Release
from phaseboard.domain.transitions import decide
from phaseboard.store.aggregates import Aggregates, Draft
from phaseboard.store.errors import Conflict
from phaseboard.store.port import Writer
from phaseboard.store.sqlite.store import SQLiteStore
from tests.factory import make_release

NOW = datetime(2026, 1, 15, 14, tzinfo=UTC)
WAITING = make_release(Phase.NOT_STARTED, key="a")
STARTED = decide(WAITING, Perform(action=Action.START), NOW).release


def test_a_draft_sees_its_own_then_what_is_below_then_what_is_committed() -> None:
    committed = Aggregates()
    committed.put(WAITING)
    batch = Draft(committed)
    first, second = Draft(committed, batch), Draft(committed, batch)
    first.put(STARTED)
    assert (first.get("rel-a"), second.get("rel-a")) == (STARTED, WAITING)
    first.keep()
    assert (second.get("rel-a"), committed.get("rel-a")) == (STARTED, WAITING)
    batch.keep()
    assert committed.get("rel-a") == STARTED


def test_what_was_seen_in_a_failed_draft_is_read_anew() -> None:
    committed = Aggregates()
    committed.put(WAITING)
    draft = Draft(committed)
    draft.put(STARTED)
    draft.forget()
    assert committed.get("rel-a") is None


def test_the_one_kept_first_makes_room() -> None:
    committed = Aggregates(most=1)
    committed.put(WAITING)
    committed.put(make_release(Phase.NOT_STARTED, key="b"))
    assert committed.get("rel-a") is None


async def perform(writer: Writer, action: Action) -> Release:
    release = await writer.release("rel-a")
    assert release
    decision = decide(release, Perform(action=action), NOW)
    await writer.save(release, decision.release, decision.events, NOW, SYSTEM)
    return decision.release


async def test_a_job_that_fails_leaves_nothing_to_the_others_of_its_commit(sqlite_store: SQLiteStore) -> None:
    async def breaks(writer: Writer) -> None:
        await perform(writer, Action.START)
        raise RuntimeError

    await sqlite_store.write(lambda writer: writer.add(WAITING, (), NOW, SYSTEM))
    jobs = [breaks, lambda writer: perform(writer, Action.START), breaks, lambda writer: perform(writer, Action.PAUSE)]
    outcomes = await asyncio.gather(*(sqlite_store.write(job) for job in jobs), return_exceptions=True)
    assert [isinstance(outcome, BaseException) for outcome in outcomes] == [True, False, True, False]
    stored = await sqlite_store.read(lambda reader: reader.release("rel-a"))
    assert stored == outcomes[3] == await sqlite_store.write(lambda writer: writer.release("rel-a"))


async def test_what_somebody_else_changed_in_the_file_is_noticed_and_read_anew(
    sqlite_store: SQLiteStore, path: Path
) -> None:
    await sqlite_store.write(lambda writer: writer.add(WAITING, (), NOW, SYSTEM))
    with sqlite3.connect(path) as database:
        database.execute("UPDATE releases SET revision = 7")
    database.close()
    with pytest.raises(Conflict):
        await sqlite_store.write(lambda writer: perform(writer, Action.START))
    assert (await sqlite_store.write(lambda writer: perform(writer, Action.START))).revision == 8
