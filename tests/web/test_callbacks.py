"""`POST /callbacks/{task}/{attempt}`: each case of rules 5.5 has its own answer, one alone has an effect."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from phaseboard.domain.enums import Action, TaskStatus
from phaseboard.domain.plan import Retries
from phaseboard.engine.secrets import callback_secret
from phaseboard.store.errors import Unavailable
from phaseboard.store.memory import MemoryStore
from phaseboard.web.callbacks import MAX_BODY
from tests.engine.board import FAILED, Board
from tests.factory import SECRET, make_plan, make_task

TASK = "tsk-123-1"


@pytest.fixture
async def board() -> AsyncIterator[Board]:
    async with Board().still() as board:
        await board.started()
        yield board


async def call(
    board: Board,
    outcome: Any = "SUCCEEDED",
    *,
    task: str = TASK,
    attempt: Any = 1,
    secret: str | None = None,
    **body: Any,
) -> httpx.Response:
    known = callback_secret(SECRET, task, attempt if isinstance(attempt, int) else 1)
    return await board.http.post(
        f"/callbacks/{task}/{attempt}",
        json={"outcome": outcome, **body},
        headers={"Phaseboard-Secret": known if secret is None else secret},
    )


def told(response: httpx.Response) -> tuple[int, str]:
    body = response.json()
    assert set(body) == {"answer", "message"}
    assert body["message"]
    return response.status_code, body["answer"]


async def test_a_parked_task_is_completed(board: Board) -> None:
    await board.park(await board.claim())
    assert told(await call(board, externalUrl="https://ci/7", message="fine")) == (200, "ACCEPTED")
    task = await board.task("branch")
    assert task.status is TaskStatus.COMPLETED
    assert task.last is not None
    assert task.last.external_url == "https://ci/7"
    actor = (await board.events())[-1].actor
    assert actor is not None
    assert actor.kind == "CALLBACK"


async def test_what_the_plan_gave_to_the_caller_alone_is_not_kept() -> None:
    given = {"url": "https://ci/?key=canary-query", "headers": {"X-Token": "canary-{{ release.version }}"}}
    secret = callback_secret(SECRET, TASK, 1)
    async with Board().still() as board:
        await board.started(make_plan(kickoff=(make_task("branch", settings=given),)))
        await board.park(await board.claim())
        said = f"curl -H 'X-Token: canary-1.0.0' -H 'Phaseboard-Secret: {secret}' failed for 1.0.0"
        answer = await call(board, "FAILED", message=said, externalUrl="https://ci/7?key=canary-query&t=canary-1.0.0")
        assert told(answer) == (200, "ACCEPTED")
        stars = "*" * len("canary-1.0.0")
        for last in ((await board.task("branch")).last, (await board.events())[-2].event):
            kept = repr(last)
            assert f"curl -H 'X-Token: {stars}' -H 'Phaseboard-Secret: {'*' * len(secret)}' failed for 1.0.0" in kept
            assert f"https://ci/7?key={stars}&t={stars}" in kept
        kept = repr(await board.events())
        assert not any(word in kept for word in ("canary-1", "canary-q", secret))


async def test_a_callback_may_come_before_its_executor_returns(board: Board) -> None:
    claimed = await board.claim()
    assert told(await call(board)) == (200, "ACCEPTED")
    assert not await board.park(claimed)
    assert not await board.finish(claimed, FAILED)
    assert (await board.task("branch")).status is TaskStatus.COMPLETED


async def test_the_same_twice_is_acknowledged(board: Board) -> None:
    await board.park(await board.claim())
    await call(board, "FAILED", message="red")
    before = await board.events()
    assert told(await call(board, "FAILED", message="red")) == (200, "DUPLICATE")
    assert told(await call(board, "FAILED")) == (200, "DUPLICATE")
    assert await board.events() == before


async def test_a_contradiction_changes_nothing(board: Board) -> None:
    await board.park(await board.claim())
    await call(board)
    assert told(await call(board, "FAILED")) == (409, "CONTRADICTION")
    assert (await board.task("branch")).status is TaskStatus.COMPLETED


async def test_a_late_callback_of_an_old_attempt_changes_nothing(board: Board) -> None:
    await board.park(await board.claim())
    await call(board, "FAILED")
    await board.act(Action.RETRY_TASK, task="branch")
    assert told(await call(board)) == (409, "OLD_ATTEMPT")
    assert told(await call(board, "FAILED")) == (200, "DUPLICATE")
    assert told(await call(board, attempt=2)) == (409, "NOT_RUNNING")
    await board.claim()
    assert told(await call(board, attempt=2)) == (200, "ACCEPTED")


async def test_a_callback_of_an_attempt_that_has_not_started_changes_nothing(board: Board) -> None:
    assert told(await call(board)) == (409, "NOT_RUNNING")
    await board.park(await board.claim())
    assert told(await call(board, attempt=2)) == (409, "NOT_RUNNING")
    assert told(await call(board, task="tsk-123-2")) == (409, "NOT_RUNNING")


async def test_the_wait_for_a_callback_ends(board: Board) -> None:
    await board.park(await board.claim())
    await board.tick()
    assert (await board.task("branch")).status is TaskStatus.FAILED
    assert told(await call(board)) == (409, "CONTRADICTION")
    assert told(await call(board, "FAILED")) == (200, "DUPLICATE")


async def test_a_retry_by_itself_leaves_the_old_attempt_behind() -> None:
    plan = make_plan(kickoff=(make_task("branch", retries=Retries(count=1)),))
    async with Board().still() as board:
        await board.started(plan)
        await board.park(await board.claim())
        assert told(await call(board, "FAILED")) == (200, "ACCEPTED")
        assert told(await call(board, "SUCCEEDED")) == (409, "OLD_ATTEMPT")
        board.clock.move(minutes=1)
        await board.park(await board.claim())
        assert told(await call(board, attempt=2)) == (200, "ACCEPTED")


async def test_a_settled_task_takes_no_callback(board: Board) -> None:
    plan = make_plan(kickoff=(make_task("branch"), make_task("announce")))
    await board.started(plan, key="two")
    for _ in range(3):
        await board.park(await board.claim())
    secret = callback_secret(SECRET, "tsk-two-1", 1)
    assert told(await call(board, "FAILED", task="tsk-two-1", secret=secret)) == (200, "ACCEPTED")
    await board.act(Action.SKIP_TASK, task="branch", release_id="rel-two")
    assert told(await call(board, task="tsk-two-1", secret=secret)) == (409, "CONTRADICTION")


async def test_a_task_of_an_abandoned_cycle_is_settled(board: Board) -> None:
    await board.work()
    await board.act(Action.TRIGGER_STAGE_2)
    await board.tick()
    await board.tick()
    build = (await board.claim()).task
    await board.act(Action.ABANDON_CYCLE)
    assert told(await call(board, task=build.id)) == (409, "SETTLED")


async def test_an_archived_release_acknowledges_and_changes_nothing(board: Board) -> None:
    await board.park(await board.claim())
    await board.act(Action.PAUSE, Action.ARCHIVE)
    before = await board.events()
    assert told(await call(board)) == (200, "ARCHIVED")
    assert await board.events() == before


async def test_a_paused_release_records_what_was_running(board: Board) -> None:
    await board.park(await board.claim())
    await board.act(Action.PAUSE)
    assert told(await call(board)) == (200, "ACCEPTED")
    assert (await board.task("branch")).status is TaskStatus.COMPLETED


@pytest.mark.parametrize(
    "secret",
    ["", "wrong", SECRET, callback_secret(SECRET, TASK, 2), callback_secret(SECRET, "tsk-123-2", 1), "x" * 10_000],
)
async def test_a_wrong_secret_changes_nothing(board: Board, secret: str) -> None:
    await board.park(await board.claim())
    assert told(await call(board, secret=secret)) == (403, "WRONG_SECRET")
    assert (await board.task("branch")).status is TaskStatus.AWAITING_CALLBACK


async def test_a_secret_beyond_ascii_is_a_wrong_one(board: Board) -> None:
    await board.park(await board.claim())
    for secret in (b"\xe9", b"\xff" * 64, "é".encode()):
        response = await board.http.post(
            f"/callbacks/{TASK}/1", json={"outcome": "SUCCEEDED"}, headers=[(b"Phaseboard-Secret", secret)]
        )
        assert told(response) == (403, "WRONG_SECRET")


async def test_no_secret_tells_nothing_of_the_release(board: Board) -> None:
    """Whoever has no secret cannot tell a task that runs from one that ended."""
    await board.park(await board.claim())
    first = await call(board, secret="wrong")
    await call(board)
    assert (await call(board, secret="wrong")).text == first.text


@pytest.mark.parametrize(
    "task", ["tsk-123-99", "tsk-9-1", "rel-123", "cyc-123-1", "x", "%00", "tsk-123-1%20", "%F0%9F%92%A9"]
)
async def test_a_task_that_does_not_exist_is_told(board: Board, task: str) -> None:
    assert told(await call(board, task=task)) == (404, "NOT_FOUND")


@pytest.mark.parametrize("attempt", ["0", "-1", "1.5", "x", "1e3", "٣", "9" * 5_000, "2147483648", "%201", "+1"])
async def test_an_attempt_is_a_number(board: Board, attempt: str) -> None:
    assert told(await call(board, attempt=attempt)) == (400, "INVALID")


@pytest.mark.parametrize(
    "body",
    [
        {"outcome": None},
        {"outcome": "succeeded"},
        {"outcome": 1},
        {"outcome": ["SUCCEEDED"]},
        {"outcome": "SUCCEEDED", "externalUrl": 1},
        {"outcome": "SUCCEEDED", "externalUrl": "ftp://x"},
        {"outcome": "SUCCEEDED", "externalUrl": "https://a\nb"},
        {"outcome": "SUCCEEDED", "externalUrl": ""},
        {"outcome": "SUCCEEDED", "message": []},
        {"outcome": "SUCCEEDED", "message": "\0"},
        {"outcome": "SUCCEEDED", "message": "x" * 2_001},
        {"outcome": "SUCCEEDED", "url": "https://x"},
        {"outcome": "SUCCEEDED", "\n" * 100: 1},
    ],
)
async def test_a_body_that_cannot_be_recorded_is_told(board: Board, body: dict[str, Any]) -> None:
    await board.park(await board.claim())
    response = await call(board, **body)
    assert told(response) == (400, "INVALID")
    assert len(response.text) < 1_000
    assert (await board.task("branch")).status is TaskStatus.AWAITING_CALLBACK


@pytest.mark.parametrize("body", [{"message": None, "externalUrl": None}, {}])
async def test_what_may_be_left_out_may_be_null(board: Board, body: dict[str, Any]) -> None:
    await board.park(await board.claim())
    assert told(await call(board, **body)) == (200, "ACCEPTED")


@pytest.mark.parametrize(
    "raw",
    [b"", b"null", b"1", b'"x"', b"[]", b"{", b"\xff", b"[" * 60_000, b'{"a":' * 10_000, b"9" * 5_000,
     b" " * (MAX_BODY + 1), b'{"outcome": "SUCCEEDED", "message": "\\ud800"}', b'{"\\ud800": 1}'],
    ids=lambda raw: repr(raw[:20]),
)  # fmt: skip
async def test_a_body_that_is_no_report_is_told(board: Board, raw: bytes) -> None:
    headers = {"Phaseboard-Secret": callback_secret(SECRET, TASK, 1)}
    assert told(await board.http.post(f"/callbacks/{TASK}/1", content=raw, headers=headers)) == (400, "INVALID")


async def test_no_more_of_a_body_is_read_than_may_be_sent(board: Board) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b" " * 4_096

    assert told(await board.http.post(f"/callbacks/{TASK}/1", content=endless())) == (400, "INVALID")
    assert sent <= MAX_BODY // 4_096 + 2


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
async def test_another_method_is_refused(board: Board, method: str) -> None:
    response = await board.http.request(method, f"/callbacks/{TASK}/1")
    assert response.status_code == 405
    assert "POST" in response.headers["allow"]


@pytest.mark.parametrize("outcomes", [["SUCCEEDED"] * 8, ["SUCCEEDED", "FAILED"] * 4])
async def test_of_eight_at_once_exactly_one_is_accepted(board: Board, outcomes: list[str]) -> None:
    await board.park(await board.claim())
    answers = [told(one)[1] for one in await asyncio.gather(*(call(board, outcome) for outcome in outcomes))]
    assert answers.count("ACCEPTED") == 1
    others = {"DUPLICATE"} if len(set(outcomes)) == 1 else {"DUPLICATE", "CONTRADICTION"}
    assert set(answers) - {"ACCEPTED"} == others
    changed = [
        one for one in await board.events() if getattr(one.event, "before", None) is TaskStatus.AWAITING_CALLBACK
    ]
    assert len(changed) == 1


class BusyStore(MemoryStore):
    busy = False

    async def write(self, work: Any) -> Any:
        if self.busy:
            raise Unavailable("canary")
        return await super().write(work)


async def test_a_store_that_does_not_answer_asks_to_report_again() -> None:
    async with Board(store := BusyStore()).still() as board:
        await board.started()
        await board.park(await board.claim())
        store.busy = True
        response = await call(board)
        assert told(response) == (503, "SERVICE_UNAVAILABLE")
        assert "canary" not in response.text
        store.busy = False
        assert told(await call(board)) == (200, "ACCEPTED")
