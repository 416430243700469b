"""The example release under way on a real server, with a CI system and with followers from the beginning."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from .ci import Ci, playing_ci
from .client import BEGINNING, EVENTS, PHASES, Api, Follower, Item, connect
from .plans import quick_example


@dataclass(frozen=True, slots=True)
class Mobile:
    """A release, who drives it, who answers it and who follows it."""

    id: str
    api: Api
    ci: Ci
    events: Follower
    socket: Follower
    sse: Follower

    async def act(self, field: str, **given: Any) -> Item:
        """Perform an action on the release."""
        return await self.api.act(field, releaseId=self.id, **given)

    async def phase(self, phase: str, times: int = 1) -> None:
        """Wait until the release has been in a phase so many times."""
        await self.socket.until(lambda _: [item["to"] for item in self.socket.items].count(phase) >= times)

    async def task(self, name: str, status: str, cycle: int | None = None) -> Item:
        """Wait until a task has been in a status; returns the event that tells it."""
        return await self.events.until(
            lambda item: (item.get("name"), item.get("to"), item.get("cycle")) == (name, status, cycle)
        )

    async def sign_off(self, name: str, cycle: int | None = None) -> None:
        """Report a manual task as done once it waits for it."""
        waiting = await self.task(name, "AWAITING_CALLBACK", cycle)
        await self.report(waiting, "SUCCEEDED")

    async def report(self, task: Item, outcome: str, **more: str) -> Item:
        """Report how an attempt ended, as a person does."""
        given = {"taskId": task["taskId"], "attempt": task["attempt"], "outcome": outcome}
        return await self.api.act("reportTaskResult", **given, **more)

    async def check_streams(self, *expected: str) -> None:
        """Check that the release went through exactly these phases, that all streams told what is committed."""
        history = await self.api.history(self.id)
        changed = [event for event in history if event["__typename"] == "PhaseChanged"]
        assert tuple(event["to"] for event in changed) == expected
        for follower in self.socket, self.sse:
            seen = await follower.has(len(changed))
            assert [_told(item) for item in seen] == [_told(event) for event in changed]
            assert all(item["status"]["currentPhase"] == item["to"] for item in seen)
            assert all(item["status"]["revision"] == item["revision"] for item in seen)
        assert [item["at"] for item in await self.events.has(len(history))] == [event["cursor"] for event in history]
        await self._check_revisions(history)

    async def _check_revisions(self, history: list[Item]) -> None:
        revisions = [event["revision"] for event in history]
        release = (await self.api.ask("query ($id: ID!) { release(id: $id) { revision } }", id=self.id))["release"]
        assert revisions == sorted(revisions)
        assert sorted(set(revisions)) == list(range(1, release["revision"] + 1))


@asynccontextmanager
async def mobile_release(url: str, **changes: Any) -> AsyncIterator[Mobile]:
    """Give the example release, created and not yet started, with these entries of the plan changed."""
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(connect(url))
        ci = await stack.enter_async_context(playing_ci())
        created = await api.act("createRelease", **{**quick_example(ci.host), **changes})
        where = {"id": created["release"]["id"], "after": BEGINNING}
        ci.events = await stack.enter_async_context(api.socket(EVENTS, **where))
        socket = await stack.enter_async_context(api.socket(PHASES, **where))
        sse = await stack.enter_async_context(api.sse(PHASES, **where))
        yield Mobile(where["id"], api, ci, ci.events, socket, sse)


def _told(change: Item) -> tuple[Any, ...]:
    return tuple(change[key] for key in ("cursor", "from", "to", "action", "reason", "revision"))
