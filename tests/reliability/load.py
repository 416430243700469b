"""Clients that drive releases from plan to COMPLETED, repeat what was not answered, and note what was acknowledged."""

import asyncio
import json
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

import httpx

from phaseboard.api.scalars import parse_cursor
from tests.e2e.client import _INPUTS, _MUTATION, TASKS, Api
from tests.reliability.history import Acknowledged
from tests.reliability.plans import any_plan
from tests.reliability.subscribers import AGAIN

MUTATIONS = {
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
RARE = {"PAUSE": 0.15, "ABANDON_CYCLE": 0.1, "SKIP_REMAINING_CYCLES": 0.2, "ARCHIVE": 0.05, "RETRY_TASK": 0.5}
"""How often a client does what it need not do."""

COURSE = TASKS.replace("revision", "revision cursor", 1)
OVER = ("COMPLETED", "ARCHIVED")
LOOK_AGAIN = 1.0
"""Seconds after which a client that was told of nothing looks again."""

Item = dict[str, Any]


@dataclass
class Load:
    """Any number of `course`s at once over one server that may be gone at any time."""

    api: Api
    ci: str
    chance: Random
    acknowledged: list[Acknowledged] = field(default_factory=list)
    refused: int = 0
    ended: int = 0
    stopping: bool = False
    driven: list[str] = field(default_factory=list)
    """The releases that are brought to their end by `course`, in the order in which they began."""
    _keys: "count[int]" = field(default_factory=count)
    _revisions: dict[str, int] = field(default_factory=dict)
    _last: dict[str, Item] = field(default_factory=dict)
    _reviewed: set[str] = field(default_factory=set)
    _moved: asyncio.Condition = field(default_factory=asyncio.Condition)
    _moves: int = 0
    _telling: set[asyncio.Task[None]] = field(default_factory=set)

    def told(self, event: Item) -> None:
        """Take note of an event that a subscriber saw."""
        self._revisions[event["releaseId"]] = event["revision"]
        self._tell()

    async def moves(self, number: int) -> None:
        """Wait until so many more changes were acknowledged or told."""
        goal = self._moves + number
        async with self._moved:
            await self._moved.wait_for(lambda: self._moves >= goal)

    async def told_of(self, release_id: str, revision: int) -> None:
        """Wait until a revision of a release was told."""
        async with self._moved:
            await self._moved.wait_for(lambda: self._revisions.get(release_id, 0) >= revision)

    async def archive(self, release_id: str) -> None:
        """Pause and archive a release that does not end by itself."""
        await self.send("pauseRelease", releaseId=release_id)
        archived = await self.send("archiveRelease", releaseId=release_id)
        self._last[release_id] = archived["status"]

    async def another(self, known: Collection[str]) -> str:
        """Wait until a release has begun that is not known; returns the newest one."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.driven and self.driven[-1] not in known)
        return self.driven[-1]

    def last_revision(self, release_id: str) -> int | None:
        """Return the revision that a release had at its end; None before that."""
        last = self._last.get(release_id)
        return last and last["revision"]

    async def all_told(self) -> None:
        """Wait until the end of every release that was driven to it was told."""
        async with self._moved:
            await self._moved.wait_for(
                lambda: all(
                    self._revisions.get(release_id) == last["revision"] for release_id, last in self._last.items()
                )
            )

    def end(self) -> int:
        """Return the position of the last event of the releases that were driven to their end."""
        return max(parse_cursor(last["cursor"]) for last in self._last.values())

    async def drive(self) -> None:
        """Drive one release after the other until told to stop; the last one to its end."""
        while not self.stopping:
            await self.course()
            self.ended += 1

    async def course(self) -> None:
        """Bring one release from its plan to an end."""
        plan = any_plan(self.chance, self.ci)
        release_id = (await self.send("createRelease", **plan))["release"]["id"]
        self.driven.append(release_id)
        if plan["stores"]:
            self._reviewed.add(release_id)
        while True:
            release = (await self._answered(COURSE, id=release_id))["release"]
            status = release["statusResponse"]
            if status["currentPhase"] in OVER:
                self._last[release_id] = status
                return
            if (step := self._step(release_id, release)) is not None:
                await self.send(step[0], **step[1])
            else:
                await self._news(release_id, status["revision"])

    async def send(self, field_name: str, **given: Any) -> Item:
        """Send a mutation until it is answered; what is acknowledged is noted."""
        number = next(self._keys)
        repeatable = field_name not in ("reportTaskResult", "reportStoreReview")
        if repeatable:
            given["idempotencyKey"] = f"key {number}"
        reason = f"because of {number}" if repeatable and field_name != "createRelease" else None
        if reason:
            given["reason"] = reason
        kind = _INPUTS.get(field_name, "ReleaseActionInput")
        payload: Item = (await self._answered(_MUTATION % (kind, field_name), input=given))["payload"]
        if payload["userErrors"]:
            assert field_name != "createRelease", payload
            self.refused += 1
        else:
            performed = reason if field_name in MUTATIONS.values() else None
            told = Acknowledged(payload["release"]["id"], payload["status"]["revision"], performed)
            self.acknowledged.append(told)
            self._tell()
        return payload

    async def _answered(self, document: str, **variables: Any) -> Item:
        """Ask until there is an answer; a server that stops or starts has none."""
        while True:
            with suppress(httpx.HTTPError, json.JSONDecodeError):
                answer = await self.api.post(document, **variables)
                codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
                if not codes:
                    data: Item = answer["data"]
                    return data
                assert codes == {"SERVICE_UNAVAILABLE"}, answer
            await asyncio.sleep(AGAIN)

    async def _news(self, release_id: str, revision: int) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_AGAIN), self._moved:
                await self._moved.wait_for(lambda: self._revisions.get(release_id, 0) > revision)

    async def under_way(self) -> list[str]:
        """Return what keeps the releases that are not at their end, a line each."""
        lines = []
        for release_id in {told.release_id for told in self.acknowledged} - set(self._last):
            release = (await self._answered(TASKS, id=release_id))["release"]
            tasks = ", ".join(f"{task['name']} {task['status']} {task['attempt']}" for task in release["tasks"])
            status, told = release["statusResponse"], self._revisions.get(release_id)
            lines.append(f"{release_id} {status['currentPhase']} {status['revision']} (told {told}): {tasks}")
        return lines

    def _tell(self) -> None:
        self._moves += 1
        telling = asyncio.ensure_future(self._notify())
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def _notify(self) -> None:
        async with self._moved:
            self._moved.notify_all()

    def _step(self, release_id: str, release: Item) -> tuple[str, Item] | None:
        """Return what to do next, None to wait for what the loop does."""
        status = release["statusResponse"]
        if status["currentPhase"] == "SUBMITTED":
            return self._released(release_id)
        waiting = [task for task in release["tasks"] if task["status"] == "AWAITING_CALLBACK"]
        for task in (task for task in waiting if task["executor"] == "manual"):
            outcome = self.chance.choice(("SUCCEEDED", "SUCCEEDED", "FAILED"))
            return "reportTaskResult", {"taskId": task["id"], "attempt": task["attempt"], "outcome": outcome}
        for action in self.chance.sample(status["actions"], len(status["actions"])):
            target = self._target(release_id, action, release["tasks"])
            if target and self.chance.random() < RARE.get(action, 1):
                return MUTATIONS[action], target
        return None

    def _target(self, release_id: str, action: str, tasks: list[Item]) -> Item | None:
        if "TASK" not in action:
            return {"releaseId": release_id}
        failed = [task["id"] for task in tasks if task["status"] == "FAILED"]
        return {"taskId": self.chance.choice(failed)} if failed else None  # a node may show its tasks a change later

    def _released(self, release_id: str) -> tuple[str, Item]:
        decision = "REJECTED" if self.chance.random() < 0.1 else "APPROVED"
        if release_id in self._reviewed:
            return "reportStoreReview", {"releaseId": release_id, "store": "APP_STORE", "decision": decision}
        return "completeRelease", {"releaseId": release_id}
