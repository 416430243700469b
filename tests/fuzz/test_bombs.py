"""Each known bomb on its own: it is answered, and costs the server less than anybody would notice."""

from collections.abc import Callable

import pytest

from tests.benchmarks.machine import cpu_seconds, slowness
from tests.fuzz.bombs import bombs
from tests.fuzz.driver import Driver
from tests.fuzz.requests import Case
from tests.fuzz.responses import check_graphql
from tests.fuzz.scene import scene
from tests.servers import Server

COSTS = 0.1
"""Seconds of CPU time that one may cost on a usual core: so long everybody else waits."""

TRIES = 3
"""The cheapest counts: others may have been hit by a collection of garbage."""

_HEAD = "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"

pytestmark = pytest.mark.process


async def test_no_bomb_goes_off(server: Server, figures: Callable[[str], None]) -> None:
    async with scene(server, figures) as around:
        costs = {name: min([await cost(server, body, number) for number in range(TRIES)]) for name, body in bombs()}
        await around.check()
    worst = sorted(costs.items(), key=lambda one: -one[1])
    figures(f"{len(costs)} bombs, the worst: " + ", ".join(f"{name} {took * 1e3:.0f} ms" for name, took in worst[:5]))
    assert {name: took for name, took in worst if took > COSTS * slowness()} == {}


async def cost(server: Server, body: bytes, number: int) -> float:
    """Return the CPU time that a request costs; the number makes it one that was never seen before."""
    fresh = body.replace(b'"query": "', b'"query": "' + b" " * number, 1)
    case = Case(_HEAD.format(len(fresh)).encode() + fresh, lawful=True)
    before = cpu_seconds(server.pid)
    await Driver(server, lambda _: case, check_graphql, connections=1).send("bomb", 1)
    return cpu_seconds(server.pid) - before
