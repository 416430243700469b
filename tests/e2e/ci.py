"""A CI system, played by the test: a real HTTP server that takes calls and reports back by real callbacks.

    async with playing_ci() as ci:
        ci.script["/builds/ios v4.2.0-rc1"] = [late("FAILED", message="signing failed"), early()]

A call is named by its path and, where its body has one, by the tag it builds or tests. The n-th call of a name gets the
n-th behaviour of its script; beyond that it succeeds: at once or, where a callback is asked for, by one.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from tests.engine.executors.ci_server import CiServer, Request, answer, ci_server

from .client import Follower


@dataclass(frozen=True, slots=True)
class Call:
    """One request of Phaseboard."""

    name: str
    task: str
    attempt: int
    key: str
    body: dict[str, Any]
    callback_url: str | None
    secret: str | None

    @classmethod
    def of(cls, request: Request) -> Self:
        body = json.loads(request.body)
        tag = body.get("tag") or body.get("build") or ""
        return cls(
            name=f"{request.target} {tag}".strip(),
            task=request.headers["phaseboard-task"],
            attempt=int(request.headers["phaseboard-attempt"]),
            key=request.headers["idempotency-key"],
            body=body,
            callback_url=request.headers.get("phaseboard-callback-url"),
            secret=request.headers.get("phaseboard-secret"),
        )


@dataclass(frozen=True, slots=True)
class Reported:
    """A callback and how Phaseboard answered it."""

    call: Call
    status: int
    answer: str


Reply = Callable[[str], Awaitable[None]]
Behaviour = Callable[["Ci", Call, Reply], Awaitable[None]]


def says(status: str) -> Behaviour:
    """Answer with this status and report nothing."""

    async def behave(ci: "Ci", call: Call, reply: Reply) -> None:
        await reply(status)

    return behave


def early(outcome: str = "SUCCEEDED", **more: str) -> Behaviour:
    """Report before the call is answered."""

    async def behave(ci: "Ci", call: Call, reply: Reply) -> None:
        await ci.report(call, outcome, **more)
        await reply("202 Accepted")

    return behave


def late(outcome: str = "SUCCEEDED", *, go: asyncio.Event | None = None, **more: str) -> Behaviour:
    """Report once Phaseboard waits for it and, if given, `go` is set."""

    async def behave(ci: "Ci", call: Call, reply: Reply) -> None:
        await reply("202 Accepted")
        await ci.parked(call)
        if go:
            await go.wait()
        await ci.report(call, outcome, **more)

    return behave


@dataclass
class Ci:
    """The CI system; `events` has to follow releaseEvents, so that it knows when its callbacks are waited for."""

    server: CiServer
    http: httpx.AsyncClient
    events: Follower | None = None
    script: dict[str, list[Behaviour]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    reports: list[Reported] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def host(self) -> str:
        return self.server.host

    def of(self, name: str) -> list[Call]:
        """Return the calls of a name, in order."""
        return [call for call in self.calls if call.name == name]

    async def called(self, name: str, times: int = 1) -> Call:
        """Wait until a call has come so many times; returns the last of them."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.of(name)) >= times)
        return self.of(name)[times - 1]

    async def reported(self, call: Call) -> Reported:
        """Wait until the callback of a call was answered."""
        async with self._news:
            await self._news.wait_for(lambda: any(report.call is call for report in self.reports))
        return next(report for report in self.reports if report.call is call)

    async def parked(self, call: Call) -> None:
        """Wait until Phaseboard waits for the callback of a call."""
        assert self.events, "nobody told the CI how to follow the events"
        await self.events.until(
            lambda item: (
                (item.get("taskId"), item.get("attempt"), item.get("to"))
                == (call.task, call.attempt, "AWAITING_CALLBACK")
            )
        )

    async def report(self, call: Call, outcome: str, **more: str) -> Reported:
        """Send the callback of a call."""
        assert call.callback_url
        assert call.secret
        response = await self.http.post(
            call.callback_url,
            json={"outcome": outcome, "externalUrl": f"http://{self.host}/runs/{call.task}", **more},
            headers={"Phaseboard-Secret": call.secret},
        )
        reported = Reported(call, response.status_code, response.json()["answer"])
        await self._tell(self.reports, reported)
        return reported

    async def handle(self, request: Request, writer: asyncio.StreamWriter) -> None:
        """Take a call and behave as the script says."""
        call = Call.of(request)
        await self._tell(self.calls, call)

        async def reply(status: str) -> None:
            url = json.dumps({"externalUrl": f"http://{self.host}/queue/{call.task}"}).encode()
            with suppress(ConnectionError):  # a caller that got an early report does not wait for the answer
                await answer(status, url, "Content-Type: application/json")(request, writer)

        await self._behaviour(call)(self, call, reply)

    def _behaviour(self, call: Call) -> Behaviour:
        script = self.script.get(call.name, [])
        nth = len(self.of(call.name)) - 1
        if nth < len(script):
            return script[nth]
        if call.callback_url is None:
            return says("201 Created")
        return early() if "/android" in call.name else late()

    async def _tell(self, where: list[Any], news: object) -> None:
        where.append(news)
        async with self._news:
            self._news.notify_all()


@asynccontextmanager
async def playing_ci() -> AsyncIterator[Ci]:
    """Give a CI system that serves until the block is left."""
    async with ci_server() as server, httpx.AsyncClient(trust_env=False) as http:
        ci = Ci(server, http)
        server.answer = ci.handle
        yield ci
