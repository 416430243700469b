"""`phaseboard serve`: how it starts and how it stops."""

import asyncio
import signal
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import httpx
import pytest

from tests.servers import PHASEBOARD, Server, ServerEnded, running_server

from .client import BEGINNING, EVENTS, PHASES, connect
from .plans import simulated, simulated_plan

pytestmark = pytest.mark.process

SHUTDOWN_SECONDS = 10
"""More than it takes on a busy machine: 3 for tasks to finish, then what is left is let go of."""


def test_it_is_healthy_once_it_says_that_it_serves(server: Server) -> None:
    response = httpx.get(f"{server.url}/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert server.stderr == ""


def test_settings_may_come_from_the_environment(tmp_path: Path) -> None:
    env = {
        "PHASEBOARD_HOST": "localhost",
        "PHASEBOARD_PORT": "0",
        "PHASEBOARD_DATABASE_URL": "sqlite:///from_env.db",
        "PHASEBOARD_AUTH": "off",
    }
    server = Server(tmp_path, env=env, configured=False)
    try:
        server.start()
        assert server.url.startswith("http://localhost:")
        assert (tmp_path / "from_env.db").exists()
    finally:
        server.close()


def test_flags_win_over_the_environment(tmp_path: Path) -> None:
    env = {"PHASEBOARD_HOST": "0.0.0.0", "PHASEBOARD_PORT": "1", "PHASEBOARD_DATABASE_URL": "mysql://nothing"}
    with running_server(tmp_path, "--host", "127.0.0.1", env=env) as server:
        assert httpx.get(f"{server.url}/healthz").is_success


def test_it_holds_more_sockets_than_it_is_given_files_at_first(tmp_path: Path) -> None:
    few = ("sh", "-c", 'ulimit -S -n 100; exec "$0" "$@"', PHASEBOARD)
    with running_server(tmp_path, command=few) as server, ExitStack() as stack:
        clients = [stack.enter_context(httpx.Client(base_url=server.url, verify=False)) for _ in range(200)]
        assert {client.get("/healthz").status_code for client in clients} == {200}


class TestStopping:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
    async def test_streams_end_and_work_goes_on_later(self, server: Server, number: signal.Signals) -> None:
        async with connect(server.url) as api, AsyncExitStack() as stack:
            plan = simulated_plan(*(simulated(f"step {n}", 0.1) for n in range(5)))
            releases = [(await api.act("createRelease", **plan))["release"]["id"] for _ in range(3)]
            subscribe = [api.socket, api.sse] * 10
            streams = [await stack.enter_async_context(to(EVENTS, after=BEGINNING)) for to in subscribe]
            for release_id in releases:
                await api.act("startRelease", releaseId=release_id)
            await streams[0].has(20)
            server.signal(number)
            for stream in streams:
                await stream.hung_up()
                assert stream.completed or stream.close_code == 1012
            assert await asyncio.to_thread(server.ended, SHUTDOWN_SECONDS) == 0
        await asyncio.to_thread(server.restart)
        async with connect(server.url) as api, api.socket(EVENTS, after=BEGINNING) as whole:
            for release_id in releases:
                await whole.until(
                    lambda item, of=release_id: (item["releaseId"], item.get("phaseTo")) == (of, "SUBMITTED")
                )
            cursors = [item["at"] for item in whole.items]
            for stream in streams:
                assert [item["at"] for item in stream.items] == cursors[: len(stream.items)]

    async def test_a_second_signal_ends_at_once(self, tmp_path: Path) -> None:
        with running_server(tmp_path, "--lease", "1") as server:
            async with connect(server.url) as api:
                plan = simulated_plan(simulated("slow", 3600))
                created = await api.act("createRelease", **plan)
                where = {"id": created["release"]["id"], "after": BEGINNING}
                async with api.socket(PHASES, **where) as watcher:
                    await api.act("startRelease", releaseId=where["id"])
                    await watcher.until(lambda item: item["to"] == "KICKOFF")
                    server.signal(signal.SIGTERM)
                    await watcher.ended()
                    server.signal(signal.SIGTERM)
                    assert await asyncio.to_thread(server.ended) == 128 + signal.SIGTERM
            server.restart()
            async with connect(server.url) as api:
                assert len(await api.history(where["id"])) >= 4

    async def test_a_running_task_does_not_hold_it_up(self, tmp_path: Path) -> None:
        with running_server(tmp_path) as server:
            async with connect(server.url) as api:
                created = await api.act("createRelease", **simulated_plan(simulated("slow", 3600)))
                await api.act("startRelease", releaseId=created["release"]["id"])
            server.signal(signal.SIGTERM)
            assert await asyncio.to_thread(server.ended, SHUTDOWN_SECONDS) == 0


@pytest.mark.parametrize("how", ["flags", "environment"])
def test_limits_are_set_by_name(tmp_path: Path, how: str) -> None:
    flags = ("--limit", "pageSize=7", "--limit", "aliases=3") if how == "flags" else ()
    env = {} if flags else {"PHASEBOARD_LIMITS": "pageSize=7 aliases=3"}
    with running_server(tmp_path, *flags, env=env) as server:
        query = {"query": "{ service { limits { name value } } }"}
        limits = httpx.post(f"{server.url}/graphql", json=query).json()["data"]["service"]["limits"]
    told = {limit["name"]: limit["value"] for limit in limits}
    assert (told["pageSize"], told["aliases"], told["depth"]) == (7, 3, 10)


def test_a_limit_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ServerEnded) as ended:
        Server(tmp_path).start("--limit", "deph=3")
    assert "did you mean 'depth'" in ended.value.stderr
