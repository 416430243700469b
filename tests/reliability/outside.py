"""The outside world as chaos has it: a CI system that calls back early, late, twice, and until it is heard.

It says something else to every call, so that a result which was recorded tells from which call it is.
With several nodes it tells the one that called; when that one is gone, any of them.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlsplit

import httpx

from tests.engine.executors.ci_server import CiServer, Request, answer, ci_server
from tests.reliability.history import Call
from tests.reliability.subscribers import AGAIN

MANNERS = ("early", "late", "twice", "early and late")

UNHEARD_AFTER = 60.0
"""Seconds after which a CI system gives up: somebody has to be there again by then."""


@dataclass
class Outside:
    """Takes calls, remembers them, and reports in a manner that chance picks."""

    server: CiServer
    http: httpx.AsyncClient
    chance: Random
    nodes: Sequence[str] = ()
    """The addresses of all nodes, when there are several."""
    calls: list[Call] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    unheard: list[str] = field(default_factory=list)
    """The reports that nobody answered, a line each."""

    @property
    def url(self) -> str:
        return self.server.url

    async def handle(self, request: Request, writer: asyncio.StreamWriter) -> None:
        headers, said = request.headers, b"call %d" % len(self.calls)
        self.calls.append(
            Call(headers["phaseboard-task"], int(headers["phaseboard-attempt"]), headers["idempotency-key"])
        )
        if "phaseboard-callback-url" not in headers:
            await answer("503 Busy" if self.chance.random() < 0.2 else "201 Created", said)(request, writer)
            return
        manner = self.chance.choice(MANNERS)
        outcome = self.chance.choice(("SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "FAILED"))
        if "early" in manner:
            await self._report(headers, outcome)
        with suppress(ConnectionError):
            await answer("202 Accepted", said)(request, writer)
        if manner != "early":
            times = 2 if manner == "twice" else 1
            await asyncio.gather(*(self._report(headers, outcome) for _ in range(times)))

    async def _report(self, headers: dict[str, str], outcome: str) -> None:
        """Report until somebody answers, or until nobody has for too long."""
        url = headers["phaseboard-callback-url"]
        try:
            async with asyncio.timeout(UNHEARD_AFTER):
                while not await self._heard(url, headers["phaseboard-secret"], outcome):
                    await asyncio.sleep(AGAIN)
                    url = self._elsewhere(url)
        except TimeoutError:
            self.unheard.append(f"{headers['phaseboard-task']}: nobody heard {outcome} for {UNHEARD_AFTER:g} s")

    async def _heard(self, url: str, secret: str, outcome: str) -> bool:
        with suppress(httpx.HTTPError, json.JSONDecodeError):
            given = {"Phaseboard-Secret": secret}
            response = await self.http.post(url, json={"outcome": outcome}, headers=given)
            if response.status_code < 500:
                self.answers[response.json()["answer"]] += 1
                return True
        return False

    def _elsewhere(self, url: str) -> str:
        """Return the same place at any of the nodes."""
        if not self.nodes:
            return url
        node = urlsplit(self.chance.choice(self.nodes))
        return urlsplit(url)._replace(scheme=node.scheme, netloc=node.netloc).geturl()


@asynccontextmanager
async def outside(chance: Random, nodes: Sequence[str] = ()) -> AsyncIterator[Outside]:
    """Give an outside world until the block is left."""
    async with ci_server() as server, httpx.AsyncClient(trust_env=False) as http:
        world = Outside(server, http, chance, nodes)
        server.answer = world.handle
        yield world
