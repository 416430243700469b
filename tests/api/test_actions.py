"""The ten actions as mutations: they succeed exactly when they are listed, and a refusal changes nothing (rules 3)."""

import random
from typing import Any

import pytest

from phaseboard.domain.enums import Action, Phase, Store, TaskStatus
from phaseboard.domain.plan import CycleSpec
from tests.api.client import ACTIONS, ask, codes, mutate, perform, status
from tests.domain import guide
from tests.engine.board import FAILED, ID, SUCCEEDED, Board, to_phase
from tests.factory import NOW, make_plan, make_task

LEADS = [
    ("NOT_STARTED", "START", "KICKOFF"),
    ("KICKOFF", "PAUSE", "PAUSED_BY_USER"),
    ("AWAITING_REGRESSION", "TRIGGER_STAGE_2", "REGRESSION_AWAITING_NEXT_CYCLE"),
    ("AWAITING_REGRESSION", "ARCHIVE", "ARCHIVED"),
    ("REGRESSION_CYCLE_STARTING", "PAUSE", "PAUSED_BY_USER"),
    ("REGRESSION_CYCLE_RUNNING", "PAUSE", "PAUSED_BY_USER"),
    ("REGRESSION_CYCLE_RUNNING", "ABANDON_CYCLE", "REGRESSION_AWAITING_NEXT_CYCLE"),
    ("REGRESSION_AWAITING_NEXT_CYCLE", "PAUSE", "PAUSED_BY_USER"),
    ("REGRESSION_AWAITING_NEXT_CYCLE", "SKIP_REMAINING_CYCLES", "AWAITING_POST_REGRESSION"),
    ("AWAITING_POST_REGRESSION", "TRIGGER_STAGE_3", "POST_REGRESSION"),
    ("AWAITING_POST_REGRESSION", "ARCHIVE", "ARCHIVED"),
    ("POST_REGRESSION", "PAUSE", "PAUSED_BY_USER"),
    ("PAUSED_BY_USER", "RESUME", "REGRESSION_CYCLE_RUNNING"),
    ("PAUSED_BY_USER", "ARCHIVE", "ARCHIVED"),
    ("PAUSED_BY_FAILURE", "RETRY_TASK", "KICKOFF"),
    ("PAUSED_BY_FAILURE", "SKIP_TASK", "KICKOFF"),
    ("PAUSED_BY_FAILURE", "ARCHIVE", "ARCHIVED"),
]
"""Each action wherever the guide lists it, and where it leads from the guide's examples."""

LISTED = {example["currentPhase"]: example["actions"] for example in guide.EXAMPLES}


async def target(board: Board, action: str) -> dict[str, Any]:
    if action not in ("RETRY_TASK", "SKIP_TASK"):
        return {"releaseId": ID}
    tasks = (await board.release()).tasks
    return {"taskId": next((t.id for t in tasks if t.status is TaskStatus.FAILED), tasks[0].id)}


def test_the_table_is_the_guides() -> None:
    assert sorted((phase, action) for phase, actions in LISTED.items() for action in actions) == sorted(
        (phase, action) for phase, action, _ in LEADS
    )


@pytest.mark.parametrize(("phase", "action", "leads_to"), LEADS)
async def test_a_listed_action_succeeds(board: Board, phase: str, action: str, leads_to: str) -> None:
    await to_phase(board, Phase(phase))
    before = (await board.release()).revision
    payload = await perform(board, action, **await target(board, action))
    assert payload["userErrors"] == []
    assert payload["status"]["currentPhase"] == leads_to
    assert payload["status"]["revision"] == payload["release"]["revision"] == before + 1
    assert (payload["task"] is not None) == (action in ("RETRY_TASK", "SKIP_TASK"))
    assert (await status(board))["currentPhase"] == leads_to


@pytest.mark.parametrize("phase", LISTED)
async def test_an_action_that_is_not_listed_is_refused_and_changes_nothing(board: Board, phase: str) -> None:
    await to_phase(board, Phase(phase))
    before, events = await board.release(), await board.events()
    for action in ACTIONS:
        if action in LISTED[phase]:
            continue
        payload = await perform(board, action, **await target(board, action))
        (error,) = payload.pop("userErrors")
        assert payload == {"replayed": False, "release": None, "status": None, "task": None}
        assert phase in error.pop("message")
        assert error == {
            "__typename": "ActionNotAllowedError",
            "code": "ACTION_NOT_ALLOWED",
            "path": None,
            "action": action,
            "currentPhase": phase,
            "allowedActions": LISTED[phase],
        }
    assert await board.release() == before
    assert await board.events() == events


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    "unknown", ["nothing", "rel-", "rel-456", "tsk-123-99", "tsk-456-1", "cyc-123-1", "", "\0\ud800"]
)
async def test_an_id_that_names_nothing_is_told(board: Board, action: str, unknown: str) -> None:
    await board.add()
    field = "taskId" if action in ("RETRY_TASK", "SKIP_TASK") else "releaseId"
    (error,) = (await perform(board, action, **{field: unknown}))["userErrors"]
    assert (error["code"], error["id"], error["path"]) == ("NOT_FOUND", unknown, ["input", field])


async def test_only_a_failed_task_is_retried_or_skipped(board: Board) -> None:
    await to_phase(board, Phase.PAUSED_BY_FAILURE)
    waiting = (await board.task("announce")).id
    for action in ("RETRY_TASK", "SKIP_TASK"):
        (error,) = (await perform(board, action, taskId=waiting))["userErrors"]
        assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "taskId"])


async def test_a_task_is_retried_in_a_new_attempt(board: Board) -> None:
    await to_phase(board, Phase.PAUSED_BY_FAILURE)
    payload = await perform(board, "RETRY_TASK", taskId=(await board.task("branch")).id)
    assert payload["task"] == {"id": "tsk-123-1", "status": "PENDING", "attempt": 2}


async def test_a_decision_on_an_older_revision_is_refused(board: Board) -> None:
    await to_phase(board, Phase.KICKOFF)
    for stale in (1, 3, 0, -1, 2**31 - 1):
        (error,) = (await perform(board, "PAUSE", expectedRevision=stale))["userErrors"]
        assert (error["code"], error["path"]) == ("STALE_REVISION", ["input", "expectedRevision"])
        assert (error["expectedRevision"], error["actualRevision"]) == (stale, 2)
    assert (await perform(board, "PAUSE", expectedRevision=2))["userErrors"] == []


async def test_null_for_what_may_be_left_out_is_leaving_it_out(board: Board) -> None:
    await board.add()
    payload = await perform(board, "START", expectedRevision=None, idempotencyKey=None, reason=None)
    assert payload["userErrors"] == []


async def test_the_reason_is_kept_in_the_history(board: Board) -> None:
    await to_phase(board, Phase.KICKOFF)
    await perform(board, "PAUSE", reason="the build farm is down\nuntil noon")
    query = """query ($id: ID!) { release(id: $id) { events(last: 2) { nodes { __typename actor { kind }
      ... on ActionPerformed { action reason } ... on PhaseChanged { to action reason } } } } }"""
    nodes = (await ask(board, query, id=ID))["release"]["events"]["nodes"]
    reason = "the build farm is down\nuntil noon"
    actor = {"kind": "ANONYMOUS"}
    assert nodes == [
        {"__typename": "ActionPerformed", "actor": actor, "action": "PAUSE", "reason": reason},
        {"__typename": "PhaseChanged", "actor": actor, "to": "PAUSED_BY_USER", "action": "PAUSE", "reason": reason},
    ]


@pytest.mark.parametrize("field", ["reason", "idempotencyKey"])
@pytest.mark.parametrize("text", ["", "   ", "a\0b", "\x1b[31m", "\ud800", "x" * 1_001])
async def test_texts_that_cannot_be_kept_are_refused(board: Board, field: str, text: str) -> None:
    await board.add()
    (error,) = (await perform(board, "START", **{field: text}))["userErrors"]
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", field])
    assert (await board.release()).phase is Phase.NOT_STARTED


@pytest.mark.parametrize("seed", range(5))
async def test_on_any_way_an_action_succeeds_exactly_when_it_is_listed(board: Board, seed: int) -> None:
    walk = random.Random(seed)
    await board.add(
        make_plan(
            stores=tuple(walk.sample(list(Store), walk.randrange(3))),
            cycles=(CycleSpec(NOW), CycleSpec(after=NOW - NOW)),
            regression=(make_task("test", critical=walk.random() < 0.7),),
        )
    )
    for _ in range(50):
        listed = (await status(board))["actions"]
        action = walk.choice([*listed, *ACTIONS])
        payload = await perform(board, action, **await target(board, action))
        assert (payload["userErrors"] == []) == (action in listed)
        for _ in range(walk.randrange(3)):
            if due := await board.store.read(lambda reader: reader.due_tasks(board.clock(), 1)):
                claimed = await board.steps.claim(due[0])
                assert claimed is not None
                await board.finish(claimed, walk.choice((SUCCEEDED, SUCCEEDED, FAILED)))
            await board.steps.advance(ID)
        for store in [review.store for review in (await board.release()).reviews]:
            decision = walk.choice(("APPROVED", "REJECTED"))
            await mutate(board, "reportStoreReview", releaseId=ID, store=store, decision=decision)


async def test_sibling_mutations_run_one_after_the_other_and_each_answers_for_itself(board: Board) -> None:
    await board.add()
    part = f'(input: {{releaseId: "{ID}"}}) {{ status {{ currentPhase }} userErrors {{ code }} }}'
    data = await ask(board, f"mutation {{ a: pauseRelease{part} b: startRelease{part} c: pauseRelease{part} }}")
    assert [codes(data[key]) for key in "abc"] == [["ACTION_NOT_ALLOWED"], [], []]
    assert (await board.release()).phase is Phase.PAUSED_BY_USER
    assert Action.START in {getattr(recorded.event, "action", None) for recorded in await board.events()}
