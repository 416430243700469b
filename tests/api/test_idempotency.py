"""Requests that are repeated with their key (rules 3.3)."""

import asyncio

from phaseboard.api.context import Context
from phaseboard.api.schema import schema
from phaseboard.domain.actor import Actor, ActorKind
from phaseboard.domain.enums import Action, Phase
from tests.api.client import codes, mutate, perform, plan_input
from tests.engine.board import ID, Board, to_phase


async def test_a_repeated_action_answers_with_its_first_result(board: Board) -> None:
    await to_phase(board, Phase.KICKOFF)
    first = await perform(board, "PAUSE", idempotencyKey="k1")
    again = await perform(board, "PAUSE", idempotencyKey="k1")
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert {**again, "replayed": False} == first


async def test_the_first_result_stays_whatever_happened_since(board: Board) -> None:
    await to_phase(board, Phase.KICKOFF)
    first = await perform(board, "PAUSE", idempotencyKey="k1")
    await board.act(Action.RESUME)
    await board.work()
    assert {**await perform(board, "PAUSE", idempotencyKey="k1"), "replayed": False} == first
    assert (await board.release()).phase is Phase.AWAITING_REGRESSION


async def test_a_refused_request_is_not_remembered(board: Board) -> None:
    await board.add()
    assert codes(await perform(board, "PAUSE", idempotencyKey="k1")) == ["ACTION_NOT_ALLOWED"]
    await board.act(Action.START)
    assert codes(await perform(board, "PAUSE", idempotencyKey="k1")) == []


async def test_a_key_is_not_taken_for_other_input(board: Board) -> None:
    await to_phase(board, Phase.KICKOFF)
    await perform(board, "PAUSE", idempotencyKey="k1", reason="why")
    before = await board.release()
    for action, changed in (("PAUSE", {}), ("PAUSE", {"reason": "why", "expectedRevision": 3}), ("RESUME", {})):
        payload = await perform(board, action, idempotencyKey="k1", **changed)
        assert codes(payload) == ["IDEMPOTENCY_KEY_CONFLICT"]
        assert payload["userErrors"][0]["path"] == ["input", "idempotencyKey"]
    assert codes(await mutate(board, "createRelease", **plan_input(idempotencyKey="k1"))) == [
        "IDEMPOTENCY_KEY_CONFLICT"
    ]
    assert await board.release() == before


async def test_a_repeated_creation_makes_one_release(board: Board) -> None:
    first = await mutate(board, "createRelease", **plan_input(idempotencyKey="k1"))
    again = await mutate(board, "createRelease", **plan_input(idempotencyKey="k1"))
    assert again == {**first, "replayed": True}
    other = await mutate(board, "createRelease", **plan_input(idempotencyKey="k2"))
    assert other["release"]["id"] != first["release"]["id"]
    changed = await mutate(board, "createRelease", **plan_input(idempotencyKey="k1", version="4.2.1"))
    assert codes(changed) == ["IDEMPOTENCY_KEY_CONFLICT"]


async def test_an_empty_key_is_refused_by_every_mutation(board: Board) -> None:
    payload = await mutate(board, "createRelease", **plan_input(idempotencyKey=""))
    assert codes(payload) == ["INVALID_INPUT"]


async def test_settings_in_another_order_are_the_same_input(board: Board) -> None:
    def asked(settings: dict[str, int]) -> dict[str, object]:
        task = {"name": "branch", "executor": "simulated", "with": settings}
        return plan_input(kickoff=[task], idempotencyKey="k1")

    await mutate(board, "createRelease", **asked({"a": 1, "b": 2}))
    assert (await mutate(board, "createRelease", **asked({"b": 2, "a": 1})))["replayed"]


async def test_eight_at_once_under_one_key_are_carried_out_once(board: Board) -> None:
    await board.add()
    payloads = await asyncio.gather(*(perform(board, "START", idempotencyKey="k1") for _ in range(8)))
    assert sorted(payload["replayed"] for payload in payloads) == [False] + [True] * 7
    assert (await board.release()).revision == 2


async def test_keys_of_another_caller_are_other_keys(board: Board) -> None:
    await board.add()
    await perform(board, "START", idempotencyKey="k1")
    other = Context(board.server.services, Actor(ActorKind.PERSON, "ada"))
    document = f'mutation {{ pauseRelease(input: {{releaseId: "{ID}", idempotencyKey: "k1"}}) {{ replayed }} }}'
    result = await schema.answer(document, None, None, other)
    assert result.data == {"pauseRelease": {"replayed": False}}
