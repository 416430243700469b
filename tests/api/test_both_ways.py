"""Every test of the API runs twice: see `conftest`."""

from tests.engine.board import Board


def test_everything_is_tried_with_sharing_and_kept_answers_and_without(board: Board, mode: str) -> None:
    assert board.server.settings.sharing is (mode in ("shared", "sharing"))
    assert board.server.settings.answers is (mode in ("shared", "answers"))
