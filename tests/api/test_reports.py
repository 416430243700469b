"""Reports on tasks and stores as mutations, and completeRelease (rules 4.5, 5.5)."""

import asyncio
from typing import Any

import pytest

from phaseboard.domain.enums import Action, Phase, Store, TaskStatus
from tests.api.client import codes, mutate
from tests.engine.board import ID, Board, to_phase
from tests.factory import make_plan, make_task

TASK = "tsk-123-1"


async def report(board: Board, outcome: str = "SUCCEEDED", **given: Any) -> dict[str, Any]:
    return await mutate(board, "reportTaskResult", **{"taskId": TASK, "attempt": 1, "outcome": outcome, **given})


async def review(board: Board, decision: str, store: str = "APP_STORE", **given: Any) -> dict[str, Any]:
    return await mutate(board, "reportStoreReview", **{"releaseId": ID, "store": store, "decision": decision, **given})


def answers(payload: dict[str, Any]) -> list[str]:
    return [error["answer"] for error in payload["userErrors"]]


async def parked(board: Board) -> None:
    await board.started()
    await board.park(await board.claim())


async def submitted(board: Board, *stores: Store) -> None:
    await board.started(make_plan(stores=stores))
    await board.work()
    await board.act(Action.TRIGGER_STAGE_2, Action.SKIP_REMAINING_CYCLES, Action.TRIGGER_STAGE_3)
    await board.work()


async def test_a_reported_task_is_completed(board: Board) -> None:
    await parked(board)
    payload = await report(board, externalUrl="https://ci/1", message="fine")
    assert payload["task"] == {"id": TASK, "status": "COMPLETED", "attempt": 1}
    task = await board.task("branch")
    assert task.last is not None
    assert task.last.external_url == "https://ci/1"


async def test_of_a_report_what_the_plan_gave_to_others_alone_is_not_kept(board: Board) -> None:
    await board.started(make_plan(kickoff=(make_task("branch", settings={"env": {"TOKEN": "canary-token"}}),)))
    await board.park(await board.claim())
    await report(board, "FAILED", message="canary-token is wrong", externalUrl="https://ci/canary-token")
    last = (await board.task("branch")).last
    assert last is not None
    assert (last.failure_reason, last.external_url) == ("************ is wrong", "https://ci/************")


async def test_a_reported_failure_pauses_the_release(board: Board) -> None:
    await parked(board)
    payload = await report(board, "FAILED", message="3 checks failed")
    assert payload["status"]["currentPhase"] == "PAUSED_BY_FAILURE"
    task = await board.task("branch")
    assert task.last is not None
    assert task.last.failure_reason == "3 checks failed"


async def test_each_report_that_comes_too_late_or_too_early_has_its_own_answer(board: Board) -> None:
    await board.started()
    assert answers(await report(board)) == ["NOT_RUNNING"]
    await board.park(await board.claim())
    assert answers(await report(board, attempt=2)) == ["NOT_RUNNING"]
    await report(board, "FAILED")
    assert (await report(board, "FAILED"))["replayed"]
    assert answers(await report(board)) == ["CONTRADICTION"]
    await board.act(Action.RETRY_TASK, task="branch")
    assert answers(await report(board)) == ["OLD_ATTEMPT"]
    assert answers(await report(board, attempt=2)) == ["NOT_RUNNING"]
    await board.claim()
    await board.act(Action.PAUSE, Action.ARCHIVE)
    assert answers(await report(board, attempt=2)) == ["ARCHIVED"]


async def test_a_skipped_task_takes_no_report(board: Board) -> None:
    plan = make_plan(kickoff=(make_task("branch"), make_task("announce")))
    await board.started(plan)
    await board.park(await board.claim())
    await board.park(await board.claim())
    await report(board, "FAILED")
    await board.act(Action.SKIP_TASK, task="branch")
    assert answers(await report(board, attempt=1)) == ["CONTRADICTION"]
    assert (await board.task("branch")).status is TaskStatus.SKIPPED


async def test_reports_that_cannot_be_kept_are_refused(board: Board) -> None:
    await parked(board)
    for given in (
        {"externalUrl": "javascript:alert(1)"},
        {"externalUrl": "https://a b"},
        {"externalUrl": "https://" + "x" * 2_000},
        {"message": "\0"},
        {"message": "x" * 2_001},
        {"message": ""},
    ):
        payload = await report(board, **given)
        assert codes(payload) == ["INVALID_INPUT"]
        assert payload["userErrors"][0]["path"] == ["input", *given]
    for unknown in ("tsk-123-99", "tsk-9-1", "", ID, "tsk-123-1 ", "tsk-123-01"):
        assert codes(await report(board, taskId=unknown)) == ["NOT_FOUND"]
    for attempt in (0, -1, 2**31 - 1):
        assert answers(await report(board, attempt=attempt)) in (["NOT_RUNNING"], ["OLD_ATTEMPT"])
    assert (await board.task("branch")).status is TaskStatus.AWAITING_CALLBACK


async def test_of_eight_reports_at_once_one_takes_effect(board: Board) -> None:
    await parked(board)
    payloads = await asyncio.gather(*(report(board) for _ in range(8)))
    assert [codes(payload) for payload in payloads] == [[]] * 8
    assert sorted(payload["replayed"] for payload in payloads) == [False] + [True] * 7


async def test_the_last_approval_completes_the_release(board: Board) -> None:
    await submitted(board, Store.APP_STORE, Store.PLAY_STORE)
    assert (await review(board, "APPROVED"))["status"]["currentPhase"] == "SUBMITTED"
    assert (await review(board, "APPROVED"))["replayed"]
    assert answers(await review(board, "REJECTED")) == ["CONTRADICTION"]
    assert (await review(board, "APPROVED", "PLAY_STORE"))["status"]["currentPhase"] == "COMPLETED"
    assert (await review(board, "APPROVED", "PLAY_STORE"))["replayed"]


async def test_a_rejection_fails_the_submission_until_it_is_submitted_again(board: Board) -> None:
    await submitted(board, Store.APP_STORE)
    payload = await review(board, "REJECTED", message="crashes at start")
    assert payload["status"]["currentPhase"] == "PAUSED_BY_FAILURE"
    assert codes(await review(board, "APPROVED")) == ["ACTION_NOT_ALLOWED"]
    await board.act(Action.RETRY_TASK, task="submit")
    await board.work()
    assert (await review(board, "APPROVED"))["status"]["currentPhase"] == "COMPLETED"


async def test_a_verdict_of_a_store_that_the_plan_does_not_name_is_refused(board: Board) -> None:
    await submitted(board, Store.APP_STORE)
    payload = await review(board, "APPROVED", "PLAY_STORE")
    assert codes(payload) == ["INVALID_INPUT"]
    assert payload["userErrors"][0]["path"] == ["input", "store"]


async def test_a_verdict_before_the_submission_is_refused(board: Board) -> None:
    await board.started(make_plan(stores=(Store.APP_STORE,)))
    (error,) = (await review(board, "APPROVED"))["userErrors"]
    assert (error["code"], error["action"], error["currentPhase"]) == ("ACTION_NOT_ALLOWED", None, "KICKOFF")
    assert codes(await review(board, "APPROVED", releaseId="rel-9")) == ["NOT_FOUND"]
    assert codes(await review(board, "APPROVED", message="\x1b")) == ["INVALID_INPUT"]


async def test_a_release_without_stores_is_completed_by_a_person(board: Board) -> None:
    await to_phase(board, Phase.SUBMITTED)
    payload = await mutate(board, "completeRelease", releaseId=ID, reason="out", idempotencyKey="k")
    assert payload["status"]["currentPhase"] == "COMPLETED"
    assert (await mutate(board, "completeRelease", releaseId=ID, reason="out", idempotencyKey="k"))["replayed"]
    assert codes(await mutate(board, "completeRelease", releaseId=ID)) == ["ACTION_NOT_ALLOWED"]
    assert (await board.events())[-1].event.reason == "out"  # type: ignore[union-attr]


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.SUBMITTED])
async def test_only_a_submitted_release_is_completed(board: Board, phase: Phase) -> None:
    await to_phase(board, phase)
    assert codes(await mutate(board, "completeRelease", releaseId=ID)) == ["ACTION_NOT_ALLOWED"]


async def test_a_release_with_stores_is_not_completed_by_a_person(board: Board) -> None:
    await submitted(board, Store.APP_STORE)
    assert codes(await mutate(board, "completeRelease", releaseId=ID)) == ["ACTION_NOT_ALLOWED"]
    assert codes(await mutate(board, "completeRelease", releaseId="rel-9")) == ["NOT_FOUND"]
    assert codes(await mutate(board, "completeRelease", releaseId=ID, expectedRevision=1)) == ["STALE_REVISION"]
