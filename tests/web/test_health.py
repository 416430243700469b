"""Whether a server lives, and whether to send it requests."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest

from phaseboard.domain.events import RecordedEvent
from phaseboard.engine.pulse import Pulse
from phaseboard.feed.feed import Feed
from phaseboard.store.errors import Unavailable
from phaseboard.store.memory import MemoryStore
from phaseboard.web.health import Readiness
from tests.api.serving import served
from tests.engine.board import Board
from tests.engine.hands import PATIENCE
from tests.servers import running_server


async def ready(board: Board) -> tuple[int, Any]:
    response = await board.http.get("/readyz")
    return response.status_code, response.json()


def until_ready(client: httpx.Client) -> None:
    """Ask until a server is ready: on a busy machine its store may take longer than a second to answer at first."""
    until = monotonic() + PATIENCE
    while (told := client.get("/readyz").json()) != {"status": "ready"}:
        assert monotonic() < until, told


class Stubborn(MemoryStore):
    """A store that answers no reads while it is told not to."""

    def __init__(self) -> None:
        super().__init__()
        self.fault: Exception | None = None
        self.silent = False

    async def read(self, work: Any) -> Any:
        if self.silent:
            await asyncio.Event().wait()
        if self.fault:
            raise self.fault
        return await super().read(work)


@asynccontextmanager
async def readiness(store: MemoryStore, **limits: float) -> AsyncIterator[tuple[Readiness, Feed, Pulse]]:
    feed, pulse = Feed(store), Pulse()
    await store.open()
    await feed.open()
    pulse.beat("all of it")
    yield Readiness(store, feed, pulse, **limits), feed, pulse


async def test_a_running_server_is_ready() -> None:
    async with Board().running() as board:
        await board.looked()
        assert await ready(board) == (200, {"status": "ready"})
        assert (await board.http.get("/healthz")).json() == {"status": "ok"}
        assert (await board.http.head("/readyz")).status_code == 200


async def test_it_is_not_ready_from_the_moment_it_begins_to_stop() -> None:
    async with Board().running() as board:
        await board.looked()
        board.server.end_streams()
        assert await ready(board) == (
            503,
            {"status": "unready", "reasons": {"server": "It is shutting down."}},
        )
        assert (await board.http.get("/healthz")).status_code == 200, "it still lives"


async def test_without_its_loop_it_is_not_ready() -> None:
    async with Board().still() as board:
        status, told = await ready(board)
        assert (status, told["reasons"]) == (503, {"cron": "The cron loop does not run."})
        looping = asyncio.create_task(board.server.loop.run(board.feed.head))
        await board.looked()
        assert (await ready(board))[0] == 200
        board.server.loop.stop()
        await looping
        assert (await ready(board))[1]["reasons"] == {"cron": "The cron loop does not run."}


async def test_a_loop_that_hangs_is_noticed() -> None:
    async with readiness(MemoryStore(), turn=0.0) as (checked, _, pulse):
        assert "last turned" in (await checked.reasons())["cron"]
        checked.turn_seconds = 30.0
        pulse.beat("another part")
        assert not await checked.reasons()


async def test_the_store_has_to_answer_in_time() -> None:
    store = Stubborn()
    async with readiness(store) as (checked, _, _):
        assert not await checked.reasons()
        store.fault = Unavailable("busy")
        assert list(await checked.reasons()) == ["database"]
        store.fault, store.silent, checked.store_seconds = None, True, 0.01
        assert await checked.reasons() == {"database": "It did not answer within 0.01 s."}


async def test_the_feed_has_to_follow() -> None:
    async with Board().still() as board:
        checked = Readiness(board.store, board.feed, board.server.loop.pulse)
        board.server.loop.pulse.beat("all of it")
        await board.add()
        assert not await checked.reasons(), "it was committed a moment ago"
        checked.behind_seconds = 0.0
        assert await checked.reasons() == {"feed": "Event 2 of the log is not published yet."}
        events: list[RecordedEvent] = await board.events()
        board.feed.publish(events)
        assert not await checked.reasons()


async def test_streams_that_go_on_do_not_hide_the_end() -> None:
    async with Board().running() as board, served(board) as address, address.socket() as socket:
        await socket.subscribe("subscription { phaseChanged { to } }")
        await socket.alive()
        board.server.end_streams()
        assert (await ready(board))[0] == 503


@pytest.mark.process
def test_a_real_server_is_never_ready_after_it_was_told_to_stop(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
        until_ready(client)
        assert client.get("/healthz").json() == {"status": "ok"}
        server.signal(signal.SIGTERM)
        assert server.ended(3 * PATIENCE) == 0
        with pytest.raises(httpx.TransportError):
            client.get("/readyz")
