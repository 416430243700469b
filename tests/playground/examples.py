"""The examples of GraphiQL, read as the page reads them, and releases in the states that they ask for."""

import itertools
import json
import re
import secrets
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

FOLDER = Path(__file__).parents[2] / "playground/examples"
KEYWORDS = ("query", "mutation", "subscription")

MANUAL = {"name": "look", "executor": "manual"}
INSTANT = {"name": "go", "executor": "simulated", "with": {"durationSeconds": 0}}


@dataclass(frozen=True)
class Example:
    """One file: its document, its variables with placeholders, and the refusal that it shows, if it does."""

    name: str
    title: str
    document: str
    variables: dict[str, Any]
    refused: str | None

    @property
    def kind(self) -> str:
        """`query`, `mutation` or `subscription`."""
        return next(word for word in KEYWORDS if re.search(rf"^{word} ", self.document, re.MULTILINE))


def examples() -> list[Example]:
    """Return all examples, in the order of their files."""
    return [_read(path) for path in sorted(FOLDER.glob("*.graphql"))]


def _read(path: Path) -> Example:
    document = path.read_text()
    labels = dict(re.findall(r"^# (title|variables|refused): (.*)$", document, re.MULTILINE))
    variables = json.loads(labels.get("variables", "{}"))
    return Example(path.stem, labels.get("title", ""), document, variables, labels.get("refused"))


class Releases:
    """Makes releases on a server, in the states that placeholders name: what the page would find there."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def fill(self, value: Any) -> Any:
        """Return the variables with ids of new releases in the places of placeholders, at any depth."""
        if isinstance(value, dict):
            return {name: self.fill(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.fill(inner) for inner in value]
        return self._found(value) if isinstance(value, str) and value.startswith("@") else value

    def _found(self, placeholder: str) -> str:
        made = {
            "@key": lambda: secrets.token_hex(8),
            "@cursor": lambda: self.beginning(self.started()),
            "@release": self.started,
            "@release.START": self.created,
            "@release.PAUSE": self.started,
            "@release:SUBMITTED": self.submitted,
            "@task.AWAITING_CALLBACK": lambda: self.task(self.started()),
            "@task.FAILED": self.failed_task,
        }
        return str(made[placeholder]())

    def created(self, task: dict[str, Any] = MANUAL) -> str:
        """Return a new release that waits for START; all its tasks are like this one."""
        plan = {
            "name": "Example",
            "version": "1.0",
            "autoTrigger": {"stage2": True, "stage3": True},
            "kickoff": [task],
            "regression": {"cycles": [{"after": "0s"}], "tasks": [task]},
            "preRelease": [task],
            "stores": ["APP_STORE", "PLAY_STORE"],
        }
        return self.create(plan)

    def started(self, task: dict[str, Any] = MANUAL) -> str:
        """Return a release that runs."""
        release = self.created(task)
        self.start(release)
        return release

    def create(self, plan: dict[str, Any]) -> str:
        """Create a release and return its id."""
        return str(self._act("createRelease", "CreateReleaseInput", plan)["release"]["id"])

    def start(self, release: str) -> None:
        """Start a release."""
        self._act("startRelease", "ReleaseActionInput", {"releaseId": release})

    def submitted(self) -> str:
        """Return a release that waits for the stores."""
        release = self.started(INSTANT)
        self.reaches(release, "SUBMITTED")
        return release

    def failed_task(self) -> str:
        """Return a critical task that failed."""
        task = self.task(self.started())
        self.fails(task)
        return task

    def fails(self, task: str) -> None:
        """Report that the first attempt of a task failed."""
        self._act("reportTaskResult", "ReportTaskResultInput", {"taskId": task, "attempt": 1, "outcome": "FAILED"})

    def task(self, release: str) -> str:
        """Return the first task of a release once it waits for its report."""
        return self.waiting(release, 1)[0]

    def waiting(self, release: str, count: int) -> list[str]:
        """Return the first tasks of a release once so many wait for their reports."""
        seen = itertools.count(1)
        self._follow(release, lambda event: event.get("taskTo") == "AWAITING_CALLBACK" and next(seen) == count)
        found = self.ask("query ($id: ID!) { release(id: $id) { tasks { id } } }", id=release)
        return [str(task["id"]) for task in found["release"]["tasks"][:count]]

    def running(self, release: str) -> None:
        """Return once a task of the release has begun."""
        self._follow(release, lambda event: event.get("taskTo") == "IN_PROGRESS")

    def reaches(self, release: str, phase: str) -> None:
        """Return once the release has been in a phase."""
        self._follow(release, lambda event: event.get("to") == phase)

    def beginning(self, release: str) -> str:
        """Return the cursor of the first event of a release."""
        document = "query ($id: ID!) { release(id: $id) { events(first: 1) { edges { cursor } } } }"
        return str(self.ask(document, id=release)["release"]["events"]["edges"][0]["cursor"])

    def _follow(self, release: str, until: Callable[[dict[str, Any]], bool]) -> None:
        document = (
            "subscription ($id: ID!, $after: Cursor) { releaseEvents(releaseId: $id, after: $after) "
            "{ ... on TaskChanged { taskTo } ... on PhaseChanged { to } } }"
        )
        with closing(self.stream(document, {"id": release, "after": self.beginning(release)})) as events:
            assert any(until(data["releaseEvents"]) for data in events)

    def stream(self, document: str, variables: dict[str, Any]) -> Generator[Any]:
        """Yield the data of a subscription, by Server-Sent Events."""
        body = {"query": document, "variables": variables}
        with self._http.stream("POST", "/graphql", json=body, headers={"Accept": "text/event-stream"}) as answer:
            for line in answer.iter_lines():
                if line.startswith("data: {"):
                    told = json.loads(line.removeprefix("data: "))
                    assert "errors" not in told, told
                    yield told["data"]

    def ask(self, document: str, **variables: Any) -> Any:
        """Return the data of a query or mutation."""
        answer = self._http.post("/graphql", json={"query": document, "variables": variables}).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def _act(self, name: str, kind: str, given: dict[str, Any]) -> Any:
        document = (
            f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ release {{ id }} userErrors {{ message }} }} }}"
        )
        payload = self.ask(document, input=given)[name]
        assert payload["userErrors"] == []
        return payload
