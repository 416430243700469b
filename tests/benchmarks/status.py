"""The status document of the guide, and a release whose status fills every field of it.

The release is in its first of three regression cycles, whose one task waits for a person: nothing happens to it but the
PAUSE and RESUME that a benchmark sends. What our server answers for it is what the peers serve.
"""

import json
import time
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.callers import Connection, post

FIELDS = (
    "release { id status } stages { stage1 stage2 stage3 } cron { status pauseType } currentPhase displayText "
    "regression { currentCycle { number tag status } nextCycle { number tag scheduledAt } "
    "progress { completed total } } actions"
)
QUERY = f"query ($id: ID!) {{ releaseStatus(releaseId: $id) {{ {FIELDS} }} }}"
SUBSCRIPTION = f"subscription ($id: ID!) {{ releaseStatus(releaseId: $id) {{ {FIELDS} }} }}"

RUNNING, PAUSED = b'"REGRESSION_CYCLE_RUNNING"', b'"PAUSED_BY_USER"'
"""What tells the two statuses of the release apart."""

_CREATE = (
    "mutation ($input: CreateReleaseInput!) { createRelease(input: $input) { release { id } userErrors { message } } }"
)
_HANDED_OVER = "query ($id: ID!) { release(id: $id) { tasks(statuses: [AWAITING_CALLBACK]) { name } } }"
_PLAN = {
    "name": "Mobile app",
    "version": "4.2.0",
    "autoTrigger": {"stage2": True},
    "kickoff": [{"name": "branch", "executor": "simulated", "with": {"durationSeconds": 0}}],
    "regression": {
        "cycles": [{"after": "0s"}, {"after": "12h"}, {"after": "24h"}],
        "tasks": [{"name": "by-hand", "executor": "manual"}],
    },
    "preRelease": [{"name": "submit", "executor": "simulated", "with": {"durationSeconds": 0}}],
}
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Captured:
    """What our server answers for the release, running and paused."""

    running: dict[str, Any]
    paused: dict[str, Any]

    @property
    def release_id(self) -> str:
        """The release's id."""
        return str(self.running["release"]["id"])


def action(name: str, release_id: str) -> bytes:
    """Return the HTTP request of a mutation, such as pauseRelease."""
    mutation = f"mutation ($id: ID!) {{ {name}(input: {{releaseId: $id}}) {{ userErrors {{ message }} }} }}"
    return post("/graphql", {"query": mutation, "variables": {"id": release_id}})


def query(release_id: str, path: str = "/graphql", document: str = QUERY) -> bytes:
    """Return the HTTP request of the status query."""
    return post(path, {"query": document, "variables": {"id": release_id}})


def create(connection: Connection, plan: dict[str, Any]) -> str:
    """Create a release on our server; returns its id."""
    answer = _data(connection.ask(post("/graphql", {"query": _CREATE, "variables": {"input": plan}})))
    release_id: str = answer["createRelease"]["release"]["id"]
    return release_id


def start(connection: Connection, release_id: str) -> None:
    """Start a release on our server."""
    _data(connection.ask(action("startRelease", release_id)))


def create_release(connection: Connection) -> Captured:
    """Create the release on our server; it is running when this returns, and was paused once before."""
    release_id = create(connection, _PLAN)
    start(connection, release_id)
    _await_callback(connection, release_id)
    _data(connection.ask(action("pauseRelease", release_id)))
    paused = _status(connection, release_id)
    _data(connection.ask(action("resumeRelease", release_id)))
    return Captured(running=_status(connection, release_id), paused=paused)


def _await_callback(connection: Connection, release_id: str) -> None:
    """Wait until the cycle's task was handed over: the last change that the release makes by itself."""
    until = time.monotonic() + _PATIENCE
    handed_over = query(release_id, document=_HANDED_OVER)
    while not _data(connection.ask(handed_over))["release"]["tasks"]:
        if time.monotonic() > until:
            raise TimeoutError("the release does not come to its first cycle")
        time.sleep(0.01)


def _status(connection: Connection, release_id: str) -> dict[str, Any]:
    status: dict[str, Any] = _data(connection.ask(query(release_id)))["releaseStatus"]
    return status


def _data(body: bytes) -> dict[str, Any]:
    answer = json.loads(body)
    data: dict[str, Any] = answer.get("data") or {}
    refused = [payload["userErrors"] for payload in data.values() if payload and payload.get("userErrors")]
    if "errors" in answer or refused:
        raise RuntimeError(answer)
    return data
