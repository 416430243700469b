"""Asking the API over HTTP, inside the process."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import httpx

from tests.engine.board import ID, Board

GUIDE = """
release { id status } stages { stage1 stage2 stage3 } cron { status pauseType } currentPhase displayText
regression {
  currentCycle { number tag status } nextCycle { number tag scheduledAt } progress { completed total }
}
actions
"""
"""The fields of the guide's response, in its order."""

STATUS = f"query ($id: ID!) {{ releaseStatus(releaseId: $id) {{ {GUIDE} }} }}"

PAYLOAD = """
replayed release { id revision } status { currentPhase actions revision } task { id status attempt }
userErrors {
  __typename code message path
  ... on ActionNotAllowedError { action currentPhase allowedActions }
  ... on StaleRevisionError { expectedRevision actualRevision }
  ... on NotFoundError { id }
  ... on ResultRefusedError { answer }
}
"""

ACTIONS = {
    "START": "startRelease",
    "PAUSE": "pauseRelease",
    "RESUME": "resumeRelease",
    "TRIGGER_STAGE_2": "triggerStage2",
    "TRIGGER_STAGE_3": "triggerStage3",
    "RETRY_TASK": "retryTask",
    "SKIP_TASK": "skipTask",
    "ABANDON_CYCLE": "abandonCycle",
    "SKIP_REMAINING_CYCLES": "skipRemainingCycles",
    "ARCHIVE": "archiveRelease",
}
"""The mutation of each action of the guide."""

_INPUTS = {
    "retryTask": "TaskActionInput",
    "skipTask": "TaskActionInput",
    "createRelease": "CreateReleaseInput",
    "reportTaskResult": "ReportTaskResultInput",
    "reportStoreReview": "ReportStoreReviewInput",
}


async def post(
    board: Board, query: str, headers: Mapping[str, str] = MappingProxyType({}), **variables: Any
) -> httpx.Response:
    body = json.dumps({"query": query, "variables": variables})
    return await board.http.post("/graphql", content=body, headers={"Content-Type": "application/json", **headers})


async def ask(board: Board, query: str, **variables: Any) -> dict[str, Any]:
    """Return the data of an operation that has no errors."""
    answer = (await post(board, query, **variables)).json()
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


async def errors(board: Board, query: str, **variables: Any) -> list[str]:
    """Return the messages of an operation that has errors, all of them told as GraphQL does."""
    response = await post(board, query, **variables)
    assert response.status_code in (200, 400)
    return [error["message"] for error in response.json()["errors"]]


async def status(board: Board, release_id: str = ID) -> dict[str, Any]:
    found: dict[str, Any] = (await ask(board, STATUS, id=release_id))["releaseStatus"]
    return found


async def mutate(board: Board, name: str, /, **given: Any) -> dict[str, Any]:
    """Return the payload of a mutation."""
    document = (
        f"mutation ($input: {_INPUTS.get(name, 'ReleaseActionInput')}!) {{ {name}(input: $input) {{ {PAYLOAD} }} }}"
    )
    answer: dict[str, Any] = (await ask(board, document, input=given))[name]
    return answer


async def perform(board: Board, action: str, **given: Any) -> dict[str, Any]:
    """Return the payload of an action; on the release of the factory unless told otherwise."""
    target = {} if "releaseId" in given or "taskId" in given else {"releaseId": ID}
    return await mutate(board, ACTIONS[action], **target, **given)


def codes(payload: dict[str, Any]) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


TASK = {"name": "branch", "executor": "simulated"}


def plan_input(**changes: Any) -> dict[str, Any]:
    """Return a plan as clients send it."""
    return {
        "name": "Mobile",
        "version": "4.2.0",
        "kickoff": [TASK],
        "regression": {"cycles": [{"after": "2h"}, {"after": "4h"}], "tasks": [TASK]},
        "preRelease": [{"name": "submit", "executor": "simulated"}],
        **changes,
    }
