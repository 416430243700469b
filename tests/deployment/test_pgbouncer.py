"""Nodes that reach PostgreSQL through a real pgbouncer: what has to be set, and what is said where it is not."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from phaseboard.api.scalars import parse_cursor
from phaseboard.domain.events import PhaseChanged
from tests.deployment.pgbouncer import SESSIONS, Bouncer
from tests.e2e.client import BEGINNING, EVENTS, PHASES, Api, Item, connect
from tests.e2e.plans import simulated, simulated_plan
from tests.e2e.test_several_nodes import STATUS, logged
from tests.postgres import run_sql
from tests.reliability.history import Stream
from tests.reliability.invariants import check_invariants
from tests.reliability.test_database_away import ready
from tests.servers import PHASEBOARD, Server, ServerEnded, clean_environment

RELEASES = 20
TWO = 2
DEAF = {"PHASEBOARD_DATABASE_LISTEN": "off"}
SETTINGS = {"transaction": DEAF, "session": {}}
POOLED = "Behind a pooler of transactions set PHASEBOARD_DATABASE_LISTEN=off, or let it pool sessions."
BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"

pytestmark = [pytest.mark.process, pytest.mark.timeout(180)]


@dataclass
class Nodes:
    """Nodes behind it, and a client for each."""

    servers: list[Server]
    apis: list[Api]


@pytest.fixture
def bouncer(tmp_path: Path, postgres_url: str) -> Iterator[Bouncer]:
    bouncer = Bouncer(tmp_path, postgres_url)
    yield bouncer
    bouncer.stop()


@asynccontextmanager
async def serving(folder: Path, *databases: str, **env: str) -> AsyncIterator[Nodes]:
    async with AsyncExitStack() as stack:
        nodes = Nodes([], [])
        for number, url in enumerate(databases):
            own = folder / f"node-{number}"
            own.mkdir()
            server = Server(own, "--lease", "1", env=env, database_url=url)
            stack.callback(server.check)
            stack.callback(server.close)
            nodes.servers.append(await asyncio.to_thread(server.start))
            nodes.apis.append(await stack.enter_async_context(connect(server.url)))
        yield nodes


async def phaseboard(*arguments: str, **env: str) -> tuple[int | None, str]:
    """Run the command to its end; returns its exit code and all that it printed, as one line."""
    process = await asyncio.create_subprocess_exec(
        PHASEBOARD,
        *arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=clean_environment({"COLUMNS": "200", **env}),
    )
    told, _ = await process.communicate()
    return process.returncode, " ".join(told.decode().split())


@pytest.mark.parametrize("mode", SETTINGS)
async def test_a_database_is_made_and_used_through_it(tmp_path: Path, blank_postgres_url: str, mode: str) -> None:
    bouncer = Bouncer(tmp_path, blank_postgres_url).start(mode)
    env = {"PHASEBOARD_DATABASE_URL": bouncer.url, **SETTINGS[mode]}
    try:
        for told in ("is up to date now", "was up to date already", "was up to date already"):
            assert (await phaseboard("migrate", **env))[1].endswith(f"{told}.")
        code, told = await phaseboard("token", "create", "--name", "ci", "--scope", "releases:read", **env)
        assert code == 0, told
        code, told = await phaseboard("doctor", **env)
        assert code == 0, told
    finally:
        bouncer.stop()


@pytest.mark.parametrize("mode", SETTINGS)
async def test_releases_run_to_their_end_and_every_node_tells_it(
    tmp_path: Path, bouncer: Bouncer, postgres_url: str, mode: str
) -> None:
    bouncer.start(mode)
    async with serving(tmp_path, bouncer.url, bouncer.url, **SETTINGS[mode]) as nodes, AsyncExitStack() as stack:
        first, other = nodes.apis
        phases = [await stack.enter_async_context(api.socket(PHASES, after=BEGINNING)) for api in nodes.apis]
        events = [await stack.enter_async_context(api.sse(EVENTS, after=BEGINNING)) for api in nodes.apis]

        async def run(number: int) -> None:
            made = await first.act("createRelease", **simulated_plan(name=f"Release {number}"))
            release = made["release"]["id"]
            revision = (await other.act("startRelease", releaseId=release))["status"]["revision"]
            read = (await first.ask(STATUS, id=release, revision=revision))["releaseStatus"]
            assert read["revision"] >= revision
            async with other.socket(PHASES, id=release, after=BEGINNING) as own:
                await own.until(lambda change: change["to"] == "SUBMITTED")
            await first.act("completeRelease", releaseId=release)

        await asyncio.gather(*map(run, range(RELEASES)))
        assert len(await asyncio.to_thread(run_sql, postgres_url, BACKENDS)) <= SESSIONS[mode]
        history = await logged(postgres_url)
        assert {release.phase.value for release in history.releases} == {"COMPLETED"}
        for number, follower in enumerate(phases):
            changes = await follower.has(sum(isinstance(event.event, PhaseChanged) for event in history.events))
            told = positions(changes, "cursor")
            history.streams.append(Stream(f"phases of node {number}", told, phases_only=True))
        for number, follower in enumerate(events):
            told = positions(await follower.has(len(history.events)), "at")
            history.streams.append(Stream(f"events of node {number}", told))
    check_invariants(history)


def positions(items: list[Item], cursor: str) -> list[int]:
    return [parse_cursor(item[cursor]) for item in items]


async def test_a_node_that_would_listen_where_transactions_are_pooled_does_not_start(
    tmp_path: Path, bouncer: Bouncer
) -> None:
    bouncer.start("transaction")
    with pytest.raises(ServerEnded) as refused:
        await asyncio.to_thread(Server(tmp_path, database_url=bouncer.url).start)
    assert refused.value.exit_code == 2
    assert POOLED in " ".join(refused.value.stderr.split())
    code, told = await phaseboard("doctor", "--database-url", bouncer.url)
    assert code == 1
    assert "PHASEBOARD_DATABASE_LISTEN=off" in told


async def test_a_parameter_that_it_cannot_keep_is_told(bouncer: Bouncer) -> None:
    bouncer.start("transaction")
    code, told = await phaseboard("migrate", "--database-url", f"{bouncer.url}?search_path=releases", **DEAF)
    assert code == 1
    assert "unsupported startup parameter: search_path" in told
    assert "ALTER ROLE" in told


async def test_a_node_that_finds_transactions_pooled_later_gives_no_old_answers(
    tmp_path: Path, bouncer: Bouncer, postgres_url: str
) -> None:
    bouncer.start("session")
    async with serving(tmp_path, bouncer.url, postgres_url) as nodes:
        server, (behind, direct) = nodes.servers[0], nodes.apis
        server.expects_traceback = True  # pgbouncer is away for a moment
        plan = simulated_plan(simulated("branch", seconds=600))
        release = (await direct.act("createRelease", **plan))["release"]["id"]
        await direct.act("startRelease", releaseId=release)
        await behind.ask(STATUS, id=release)
        bouncer.start("transaction")
        await said(server, POOLED)
        for number in range(20):
            act = "resumeRelease" if number % TWO else "pauseRelease"
            revision = (await direct.act(act, releaseId=release))["status"]["revision"]
            answer = await behind.post(STATUS, id=release)
            if "errors" not in answer:
                assert answer["data"]["releaseStatus"]["revision"] >= revision
        bouncer.start("session")
        await ready(server)
        assert (await behind.ask(STATUS, id=release))["releaseStatus"]["revision"] >= revision


async def test_nodes_go_on_when_it_was_away(tmp_path: Path, bouncer: Bouncer) -> None:
    bouncer.start("transaction")
    async with serving(tmp_path, bouncer.url, bouncer.url, **DEAF) as nodes:
        for server in nodes.servers:
            server.expects_traceback = True  # pgbouncer is away for a moment
        first, other = nodes.apis
        release = (await first.act("createRelease", **simulated_plan()))["release"]["id"]
        async with other.socket(PHASES, id=release, after=BEGINNING) as changes:
            await changes.has(1)
            bouncer.stop()
            for server in nodes.servers:
                await ready(server, wanted=503)
            bouncer.start("transaction")
            for server in nodes.servers:
                await ready(server)
            await first.act("startRelease", releaseId=release)
            await changes.until(lambda change: change["to"] == "SUBMITTED")


async def said(server: Server, words: str) -> None:
    """Wait until a node has written some words to its log."""
    async with asyncio.timeout(30):
        while words not in server.stderr:  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0.05)
