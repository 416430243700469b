"""The routes of the web application."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from starlette.types import Message

from phaseboard.store.memory import MemoryStore
from tests.engine.board import Board


@pytest.fixture
async def board() -> AsyncIterator[Board]:
    async with Board().still() as board:
        yield board


async def test_healthz_answers(board: Board) -> None:
    response = await board.http.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["/nothing", "/graphql/x", "/callbacks", "/callbacks/tsk-1", "/healthz/x", "/%00"])
async def test_other_paths_are_not_found(board: Board, path: str) -> None:
    assert (await board.http.get(path)).status_code == 404


class Raising(MemoryStore):
    async def write(self, work: Callable[..., Awaitable[object]]) -> object:  # type: ignore[override]
        raise RuntimeError("canary")


async def test_a_fault_outside_of_graphql_is_told_without_its_text() -> None:
    async with Board(Raising()).still() as board:
        transport = httpx.ASGITransport(app=board.server.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            response = await http.post("/callbacks/tsk-123-1/1", json={"outcome": "SUCCEEDED"})
    assert response.status_code == 500
    assert "canary" not in response.text
    assert response.json()["errors"]


async def test_the_lifespan_runs_the_server() -> None:
    board = Board()
    inbox: list[Message] = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    outbox: list[str] = []

    async def receive() -> Message:
        return inbox.pop(0)

    async def send(message: Message) -> None:
        outbox.append(message["type"])

    await board.server.app({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)
    assert outbox == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
