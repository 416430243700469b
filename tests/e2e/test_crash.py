"""kill -9 at named moments, then a restart on the same database: nothing acknowledged is lost (rules 5.3, 5.4)."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.servers import Server, running_server

from .ci import Call, Ci, Reply, playing_ci
from .client import BEGINNING, EVENTS, PHASES, Api, Follower, Item, connect
from .plans import simulated, simulated_plan

pytestmark = pytest.mark.process


@pytest.fixture(params=["sqlite", "postgres"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A running server that takes up the tasks of a crashed one after a second."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    with running_server(tmp_path, "--lease", "1", database_url=url) as running:
        yield running


async def crash(server: Server) -> None:
    """End the server as a crash would, and start it again."""
    assert await asyncio.to_thread(server.kill) == -9
    await asyncio.to_thread(server.restart)


async def create(api: Api, *kickoff: Item) -> dict[str, str]:
    """Create a small release; returns what to subscribe with to see all of it."""
    created = await api.act("createRelease", **simulated_plan(*kickoff))
    return {"id": created["release"]["id"], "after": BEGINNING}


def webhook(ci: Ci, name: str, **settings: Any) -> Item:
    return {"name": name, "executor": "webhook", "with": {"url": f"http://{ci.host}/{name}", **settings}}


def steps(events: list[Item], name: str) -> list[tuple[int, str]]:
    """Return the attempt and the status after each change of a task."""
    return [(event["attempt"], event["to"]) for event in events if event.get("name") == name]


def check(events: list[Item]) -> None:
    """Check one release's events: revisions without a gap, one result a task."""
    revisions = [event["revision"] for event in events]
    assert revisions[0] == 1
    assert all(later - earlier in (0, 1) for earlier, later in pairwise(revisions))
    completed = Counter(event["taskId"] for event in events if event.get("to") == "COMPLETED" and "taskId" in event)
    assert set(completed.values()) <= {1}


async def test_an_acknowledged_start_is_not_lost(server: Server) -> None:
    async with connect(server.url) as api:
        where = await create(api)
        started = await api.act("startRelease", releaseId=where["id"], idempotencyKey="start")
        await crash(server)
        again = await api.act("startRelease", releaseId=where["id"], idempotencyKey="start")
        assert again["replayed"]
        assert again["status"] == started["status"]
        async with api.socket(EVENTS, **where) as events:
            await events.until(lambda item: item.get("phaseTo") == "SUBMITTED")
            check(events.items)


async def test_a_simulated_task_that_ran_is_taken_up_again(server: Server) -> None:
    async with connect(server.url) as api:
        where = await create(api, simulated("slow", 0.7))
        async with api.socket(EVENTS, **where) as events:
            await api.act("startRelease", releaseId=where["id"])
            await events.until(lambda item: item.get("to") == "IN_PROGRESS")
            await crash(server)
        async with api.socket(EVENTS, **where) as events:
            await events.until(lambda item: item.get("phaseTo") == "SUBMITTED")
            assert steps(events.items, "slow") == [(1, "IN_PROGRESS"), (1, "IN_PROGRESS"), (1, "COMPLETED")]
            check(events.items)


async def test_a_call_in_flight_is_made_again_with_its_key(server: Server) -> None:
    async with connect(server.url) as api, playing_ci() as ci:
        ci.script["/build"] = [never_answers]
        where = await create(api, webhook(ci, "build"))
        await api.act("startRelease", releaseId=where["id"])
        await ci.called("/build")
        await crash(server)
        await ci.called("/build", times=2)
        first, second = ci.calls
        assert (first.key, first.attempt) == (second.key, second.attempt)
        async with api.socket(EVENTS, **where) as events:
            await events.until(lambda item: item.get("phaseTo") == "SUBMITTED")
            assert steps(events.items, "build") == [(1, "IN_PROGRESS"), (1, "IN_PROGRESS"), (1, "COMPLETED")]
            check(events.items)
        assert len(ci.calls) == 2


async def test_a_callback_that_is_waited_for_may_come_after_the_crash(server: Server) -> None:
    async with connect(server.url) as api, playing_ci() as ci:
        ci.script["/build"] = [takes_over]
        where = await create(api, webhook(ci, "build", awaitCallback=True))
        async with api.socket(EVENTS, **where) as ci.events:
            await api.act("startRelease", releaseId=where["id"])
            build = await ci.called("/build")
            await ci.parked(build)
            assert await asyncio.to_thread(server.kill) == -9
            with pytest.raises(httpx.ConnectError):
                await ci.report(build, "SUCCEEDED")
        await asyncio.to_thread(server.restart)
        assert (await ci.report(build, "SUCCEEDED")).answer == "ACCEPTED"
        assert (await ci.report(build, "SUCCEEDED")).answer == "DUPLICATE"
        assert (await ci.report(build, "FAILED")).status == 409
        async with api.socket(EVENTS, **where) as events:
            await events.until(lambda item: item.get("phaseTo") == "SUBMITTED")
            waited = [(1, "IN_PROGRESS"), (1, "AWAITING_CALLBACK"), (1, "COMPLETED")]
            assert steps(events.items, "build") == waited
            check(events.items)
        assert len(ci.calls) == 1


async def test_a_retry_that_waits_is_made_after_the_crash(server: Server) -> None:
    failing = simulated("flaky", 0, retries={"count": 1, "delaySeconds": 1})
    failing["with"]["failAttempts"] = 1
    async with connect(server.url) as api:
        where = await create(api, failing)
        async with api.socket(EVENTS, **where) as events:
            await api.act("startRelease", releaseId=where["id"])
            await events.until(lambda item: item.get("to") == "PENDING")
            await crash(server)
        async with api.socket(EVENTS, **where) as events:
            await events.until(lambda item: item.get("phaseTo") == "SUBMITTED")
            assert steps(events.items, "flaky")[-2:] == [(2, "IN_PROGRESS"), (2, "COMPLETED")]
            check(events.items)


async def test_subscribers_resume_by_cursor(server: Server) -> None:
    """Releases run while the server crashes twice; who follows over it misses nothing and sees nothing twice."""
    events: list[Item] = []
    phases: list[Item] = []
    async with connect(server.url) as api:
        releases = [(await create(api, simulated("branch", 0.2), simulated("tickets", 0.2)))["id"] for _ in range(5)]
        for started in releases[:2], releases[2:4]:
            async with following(api, events, phases) as (watcher, listener):
                for release_id in started:
                    await api.act("startRelease", releaseId=release_id)
                await watcher.has(12)
                await asyncio.to_thread(server.kill)
                await watcher.hung_up()
                await listener.hung_up()
                assert [watcher.completed, listener.completed] == [False, False]
            await asyncio.to_thread(server.restart)
        async with following(api, events, phases) as (watcher, listener):
            await api.act("startRelease", releaseId=releases[4])
            left = len(releases) - len(submitted(events))
            await watcher.until(lambda _: len(submitted(watcher.items)) == left)
            last = submitted(watcher.items)[-1]
            await listener.until(lambda item: item["cursor"] == last["at"])
        for release_id in releases:
            seen = [item for item in events if item["releaseId"] == release_id]
            assert [item["at"] for item in seen] == [event["cursor"] for event in await api.history(release_id)]
            check(seen)
        assert [item["cursor"] for item in phases] == [item["at"] for item in events if "phaseTo" in item]


@asynccontextmanager
async def following(
    api: Api, events: list[Item], phases: list[Item]
) -> AsyncGenerator[tuple[Follower, Follower], None]:
    """Follow everything from where these lists end, and add to them what came."""
    after_event = events[-1]["at"] if events else BEGINNING
    after_phase = phases[-1]["cursor"] if phases else BEGINNING
    async with api.socket(EVENTS, after=after_event) as watcher, api.sse(PHASES, after=after_phase) as listener:
        yield watcher, listener
    events += watcher.items
    phases += listener.items


def submitted(items: list[Item]) -> list[Item]:
    return [item for item in items if item.get("phaseTo") == "SUBMITTED"]


async def never_answers(ci: Ci, call: Call, reply: Reply) -> None:
    await asyncio.Event().wait()


async def takes_over(ci: Ci, call: Call, reply: Reply) -> None:
    await reply("202 Accepted")
