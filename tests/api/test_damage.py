"""T15: a damaged row is a fault that names its release in the log, never an empty list, and only that release's."""

import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from phaseboard.api.schema import FAULT
from phaseboard.store.sqlite.store import SQLiteStore
from tests.api.client import post
from tests.engine.board import Board

ASKED = """query ($bad: ID!, $good: ID!) {
  bad: release(id: $bad) { id tasks { name } } good: release(id: $good) { id tasks { name } } }"""
DAMAGE = [
    "UPDATE releases SET plan = '[' WHERE id = 'rel-bad'",
    "UPDATE releases SET reviews = '[' WHERE id = 'rel-bad'",
    "UPDATE releases SET status = 'PENDING' WHERE id = 'rel-bad'",
]


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    async with Board(SQLiteStore(tmp_path / "board.db")).still() as board:
        for key in ("good", "bad"):
            await board.started(key=key)
    async with Board(SQLiteStore(tmp_path / "board.db")).still() as board:
        yield board


@pytest.mark.parametrize("statement", DAMAGE)
async def test_a_damaged_row_is_a_fault_of_its_release_alone(
    board: Board, tmp_path: Path, statement: str, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(tmp_path / "board.db")) as database:
        assert database.execute(statement).rowcount == 1
        database.commit()
    with caplog.at_level(logging.ERROR):
        answer = (await post(board, ASKED, bad="rel-bad", good="rel-good")).json()
    assert {error["message"] for error in answer["errors"]} == {FAULT}
    assert {error["path"][0] for error in answer["errors"]} == {"bad"}
    assert answer["data"]["bad"] is None
    assert answer["data"]["good"]["tasks"]
    damaged = [record for record in caplog.records if getattr(record, "action", "") == "store.damaged"]
    assert damaged
    assert all("rel-bad" in str(record.exc_info) for record in damaged)


async def test_a_release_that_is_not_there_is_no_fault(board: Board) -> None:
    answer = (await post(board, ASKED, bad="rel-nothing", good="rel-good")).json()
    assert "errors" not in answer
    assert answer["data"]["bad"] is None
