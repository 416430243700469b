"""createRelease: a plan as an input, with all of its problems at once, and the same shape as a plan file."""

from typing import Any

import pytest
import strawberry

from phaseboard.api.inputs import CreateReleaseInput, document_of
from phaseboard.api.schema import schema
from phaseboard.domain.enums import Stage
from phaseboard.plans.check import parse_plan
from phaseboard.plans.places import load_plan
from tests.api.client import TASK, ask, errors, mutate, plan_input
from tests.engine.board import Board

FULL = """
name: Mobile
version: 4.2.0-rc.1
timeZone: Europe/Berlin
stores: [APP_STORE, PLAY_STORE]
autoTrigger: {stage2: true, stage3: false}
kickoff:
  - {name: branch, executor: simulated, with: {durationSeconds: 3, labels: [a, {b: null}], deep: {x: 1.5}}}
  - {name: tickets, executor: manual, needs: [], critical: false}
regression:
  cycles:
    - {scheduledAt: '2024-01-15T14:00:00.250+02:00'}
    - {scheduledAt: '2024-01-15T16:00:00Z'}
  tasks:
    - {name: build, executor: simulated, retries: {count: 2, delaySeconds: 5, backoff: 1.5}, timeoutSeconds: 60}
    - {name: test, executor: simulated, needs: [build], callbackTimeoutSeconds: 90}
preRelease:
  - {name: submit, executor: simulated, submission: true}
"""

INLINE = """mutation { createRelease(input: {
  name: "Mobile", version: "4.2.0-rc.1", timeZone: "Europe/Berlin", stores: [APP_STORE, PLAY_STORE]
  autoTrigger: {stage2: true, stage3: false}
  kickoff: [
    {name: "branch", executor: "simulated", with: {durationSeconds: 3, labels: ["a", {b: null}], deep: {x: 1.5}}}
    {name: "tickets", executor: "manual", needs: [], critical: false}
  ]
  regression: {
    cycles: [{scheduledAt: "2024-01-15T14:00:00.250+02:00"}, {scheduledAt: "2024-01-15T16:00:00Z"}]
    tasks: [
      {name: "build", executor: "simulated", retries: {count: 2, delaySeconds: 5, backoff: 1.5}, timeoutSeconds: 60}
      {name: "test", executor: "simulated", needs: ["build"], callbackTimeoutSeconds: 90}
    ]
  }
  preRelease: [{name: "submit", executor: "simulated", submission: true}]
}) { release { id } userErrors { message } } }"""


async def plan_of(board: Board, payload: dict[str, Any]) -> Any:
    assert payload["userErrors"] == []
    return (await board.release(payload["release"]["id"])).plan


async def test_a_release_is_created_and_waits_for_its_start(board: Board) -> None:
    payload = await mutate(board, "createRelease", **plan_input())
    assert payload["userErrors"] == []
    assert payload["status"] == {"currentPhase": "NOT_STARTED", "actions": ["START"], "revision": 1}
    release = await board.release(payload["release"]["id"])
    assert (release.plan.name, release.plan.version) == ("Mobile", "4.2.0")
    assert release.created_by is not None
    assert [type(recorded.event).__name__ for recorded in await board.events()] == ["ReleaseCreated", "PhaseChanged"]


async def test_variables_literals_and_a_file_make_the_same_plan(board: Board) -> None:
    document, _ = load_plan(FULL)
    from_file = parse_plan(document, board.server.executors)
    assert from_file.auto_trigger == {Stage.STAGE_2}
    assert await plan_of(board, await mutate(board, "createRelease", **document)) == from_file
    assert await plan_of(board, (await ask(board, INLINE))["createRelease"]) == from_file


async def test_null_for_what_may_be_left_out_is_leaving_it_out(board: Board) -> None:
    nothing = dict.fromkeys(
        ("with", "needs", "critical", "submission", "retries", "timeoutSeconds", "callbackTimeoutSeconds")
    )
    given = plan_input(
        kickoff=[{**TASK, **nothing}],
        regression={"cycles": [{"after": "2h", "scheduledAt": None}, {"after": "4h"}], "tasks": [TASK]},
        **dict.fromkeys(("timeZone", "stores", "autoTrigger", "idempotencyKey")),
    )
    plain = await mutate(board, "createRelease", **plan_input())
    assert await plan_of(board, await mutate(board, "createRelease", **given)) == await plan_of(board, plain)


PROBLEMS: list[tuple[dict[str, Any], list[str]]] = [
    ({"name": ""}, ["name"]),
    ({"name": "a\u0007b"}, ["name"]),
    ({"name": "x" * 201}, ["name"]),
    ({"version": " "}, ["version"]),
    ({"stores": ["APP_STORE", "APP_STORE"]}, ["stores", "1"]),
    ({"kickoff": []}, ["kickoff"]),
    ({"kickoff": [TASK, TASK]}, ["kickoff", "1", "name"]),
    ({"kickoff": [{**TASK, "executor": "simulatd"}]}, ["kickoff", "0", "executor"]),
    ({"kickoff": [{**TASK, "needs": ["brunch"]}]}, ["kickoff", "0", "needs", "0"]),
    ({"kickoff": [{**TASK, "needs": ["branch"]}]}, ["kickoff", "0", "needs", "0"]),
    ({"kickoff": [{**TASK, "with": {"x": "{{ realease.name }}"}}]}, ["kickoff", "0", "with", "x"]),
    ({"kickoff": [{**TASK, "with": {"x": "{{ cycle.tag }}"}}]}, ["kickoff", "0", "with", "x"]),
    ({"kickoff": [{"name": "m", "executor": "manual", "with": {"x": 1}}]}, ["kickoff", "0", "with", "x"]),
    ({"kickoff": [{**TASK, "with": "text"}]}, ["kickoff", "0", "with"]),
    ({"kickoff": [{**TASK, "retries": {"count": -1}}]}, ["kickoff", "0", "retries", "count"]),
    ({"kickoff": [{**TASK, "timeoutSeconds": 0}]}, ["kickoff", "0", "timeoutSeconds"]),
    ({"kickoff": [{**TASK, "submission": True}]}, ["kickoff", "0", "submission"]),
    ({"regression": {"cycles": [], "tasks": [TASK]}}, ["regression", "cycles"]),
    ({"regression": {"cycles": [{}], "tasks": [TASK]}}, ["regression", "cycles", "0"]),
    ({"regression": {"cycles": [{"after": "soon"}], "tasks": [TASK]}}, ["regression", "cycles", "0", "after"]),
    (
        {"regression": {"cycles": [{"after": "2h"}, {"after": "1h"}], "tasks": [TASK]}},
        ["regression", "cycles", "1", "after"],
    ),
]


@pytest.mark.parametrize(("changed", "place"), PROBLEMS)
async def test_each_problem_of_a_plan_is_told_with_its_place(
    board: Board, changed: dict[str, Any], place: list[str]
) -> None:
    (error,) = (await mutate(board, "createRelease", **plan_input(**changed)))["userErrors"]
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", *place])
    assert error["message"]
    assert not await board.events()


async def test_several_problems_are_told_at_once_in_the_plans_order(board: Board) -> None:
    given = plan_input(
        name="",
        kickoff=[TASK, TASK],
        preRelease=[{"name": "submit", "executor": "unheard"}],
        regression={"cycles": [{"after": "2h"}, {"after": "2h"}], "tasks": []},
    )
    places = [error["path"][1] for error in (await mutate(board, "createRelease", **given))["userErrors"]]
    assert set(places) == {"name", "kickoff", "preRelease", "regression"}
    assert places[0] == "name"


@pytest.mark.parametrize(
    "changed",
    [
        {"nmae": "x"},
        {"name": None},
        {"name": 3},
        {"stores": ["AMAZON"]},
        {"kickoff": [None]},
        {"kickoff": [{**TASK, "excutor": "x"}]},
        {"kickoff": [{**TASK, "timeoutSeconds": 2**31}]},
        {"kickoff": [{**TASK, "timeoutSeconds": 1.5}]},
        {"timeZone": "Mars"},
        {"regression": {"cycles": [{"scheduledAt": "2024-01-15T14:00:00"}], "tasks": [TASK]}},
        {"regression": {"cycles": [{"scheduledAt": "tomorrow"}], "tasks": [TASK]}},
        {"regression": {"cycles": [{"scheduledAt": 1705327200}], "tasks": [TASK]}},
        {"regression": {"cycles": [{"after": 7200}], "tasks": [TASK]}},
    ],
)
async def test_what_is_not_of_the_inputs_type_is_an_error_of_graphql(board: Board, changed: dict[str, Any]) -> None:
    document = "mutation ($input: CreateReleaseInput!) { createRelease(input: $input) { release { id } } }"
    assert await errors(board, document, input=plan_input(**changed))
    assert not await board.events()


async def test_a_cycle_in_the_past_is_taken_and_opens_at_once(board: Board) -> None:
    cycles = [{"scheduledAt": "2001-01-01T00:00:00Z"}, {"scheduledAt": "2031-01-01T00:00:00Z"}]
    payload = await mutate(board, "createRelease", **plan_input(regression={"cycles": cycles, "tasks": [TASK]}))
    release_id = payload["release"]["id"]
    await mutate(board, "startRelease", releaseId=release_id)
    await board.work()
    triggered = await mutate(board, "triggerStage2", releaseId=release_id)
    assert triggered["status"]["currentPhase"] == "REGRESSION_CYCLE_STARTING"


def test_the_input_has_every_key_of_a_plan_file_under_its_name() -> None:
    @strawberry.type
    class Query:
        @strawberry.field
        def keys(self, plan: CreateReleaseInput) -> list[str]:
            return sorted(document_of(plan))

    small = strawberry.Schema(Query, config=schema.config)
    literal = INLINE[INLINE.index("{\n") : INLINE.index(") {")]
    answer = small.execute_sync(f"{{ keys(plan: {literal}) }}")
    document, _ = load_plan(FULL)
    assert answer.data == {"keys": sorted(document)}
