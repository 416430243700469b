"""The outside world does not ask a dead node without end: it asks another one, and gives up when all are gone."""

import socket
from collections.abc import Sequence
from random import Random

import httpx
import pytest

from tests.engine.executors.ci_server import answer, ci_server
from tests.reliability import outside as outside_world
from tests.reliability.outside import Outside, outside


@pytest.fixture
def dead() -> str:
    """Return the address of a node that is gone."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{closed.getsockname()[1]}"


async def reported(caller: str, nodes: Sequence[str]) -> Outside:
    """Let a node call the outside world; returns it once all it has to report is told or given up."""
    headers = {
        "Phaseboard-Task": "tsk-1",
        "Phaseboard-Attempt": "1",
        "Idempotency-Key": "idem-1",
        "Phaseboard-Callback-Url": f"{caller}/callbacks/tsk-1",
        "Phaseboard-Secret": "secret",
    }
    async with outside(Random(1), nodes) as world, httpx.AsyncClient(trust_env=False) as http:
        await http.post(world.url, headers=headers)
        await world.server.idle()
    return world


async def test_another_node_is_told_when_the_one_that_called_is_gone(dead: str) -> None:
    async with ci_server() as other:
        other.answer = answer("200 OK", b'{"answer": "ACCEPTED"}')
        world = await reported(dead, [dead, f"http://{other.host}"])
    assert world.answers.total() >= 1
    assert {request.target for request in other.requests} == {"/callbacks/tsk-1"}
    assert world.unheard == []


async def test_what_nobody_hears_is_given_up_and_told(dead: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside_world, "UNHEARD_AFTER", 0.1)
    world = await reported(dead, [])
    assert world.answers.total() == 0
    assert world.unheard
    assert world.unheard[0].startswith("tsk-1: nobody heard ")
