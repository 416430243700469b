"""The outside world as chaos has it: a CI system that calls back early, late, twice, and until it is heard."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random

import httpx

from tests.engine.executors.ci_server import CiServer, Request, answer, ci_server
from tests.reliability.history import Call
from tests.reliability.subscribers import AGAIN

MANNERS = ("early", "late", "twice", "early and late")


@dataclass
class Outside:
    """Takes calls, remembers them, and reports in a manner that chance picks."""

    server: CiServer
    http: httpx.AsyncClient
    chance: Random
    calls: list[Call] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)

    @property
    def url(self) -> str:
        return self.server.url

    async def handle(self, request: Request, writer: asyncio.StreamWriter) -> None:
        headers = request.headers
        self.calls.append(
            Call(headers["phaseboard-task"], int(headers["phaseboard-attempt"]), headers["idempotency-key"])
        )
        if "phaseboard-callback-url" not in headers:
            await answer("503 Busy" if self.chance.random() < 0.2 else "201 Created")(request, writer)
            return
        manner = self.chance.choice(MANNERS)
        outcome = self.chance.choice(("SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "FAILED"))
        if "early" in manner:
            await self._report(headers, outcome)
        with suppress(ConnectionError):
            await answer("202 Accepted")(request, writer)
        if manner != "early":
            times = 2 if manner == "twice" else 1
            await asyncio.gather(*(self._report(headers, outcome) for _ in range(times)))

    async def _report(self, headers: dict[str, str], outcome: str) -> None:
        """Report until somebody answers."""
        while True:
            with suppress(httpx.HTTPError, json.JSONDecodeError):
                response = await self.http.post(
                    headers["phaseboard-callback-url"],
                    json={"outcome": outcome},
                    headers={"Phaseboard-Secret": headers["phaseboard-secret"]},
                )
                if response.status_code < 500:
                    self.answers[response.json()["answer"]] += 1
                    return
            await asyncio.sleep(AGAIN)


@asynccontextmanager
async def outside(chance: Random) -> AsyncIterator[Outside]:
    """Give an outside world until the block is left."""
    async with ci_server() as server, httpx.AsyncClient(trust_env=False) as http:
        world = Outside(server, http, chance)
        server.answer = world.handle
        yield world
