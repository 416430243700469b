"""A small GraphQL client for tests, over HTTP, Server-Sent Events and graphql-transport-ws.

    async with connect(server.url) as api:
        data = await api.ask("query ($id: ID!) { release(id: $id) { status } }", id=release_id)
        payload = await api.act("startRelease", releaseId=release_id)     # fails the test on user errors
        async with api.socket(PHASES, id=release_id) as watcher:          # or api.sse(...)
            await watcher.until(lambda item: item["to"] == "KICKOFF")

A follower reads in the background and keeps everything in `items`. Nothing here sleeps: waiting is for something to
arrive, and what does not arrive within PATIENCE seconds fails the test with what did.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_socket
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from phaseboard.api.scalars import format_cursor

PATIENCE = 30.0
BEGINNING = format_cursor(0)

PHASES = """subscription ($id: ID, $after: Cursor) {
  phaseChanged(releaseId: $id, after: $after) { cursor from to action reason revision status { currentPhase revision } }
}"""
EVENTS = """subscription ($id: ID, $after: Cursor) {
  releaseEvents(releaseId: $id, after: $after) {
    __typename
    ... on EventLogGap { cursor }
    ... on ReleaseEvent { at: cursor revision releaseId }
    ... on TaskChanged { taskId name cycle from: taskFrom to: taskTo attempt reason }
    ... on CycleChanged { tag cycleTo }
    ... on PhaseChanged { phaseFrom: from phaseTo: to }
  }
}"""
HISTORY = """query ($id: ID!, $after: Cursor) {
  release(id: $id) {
    revision
    events(first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { __typename cursor revision ... on PhaseChanged { from to action reason } }
    }
  }
}"""
TASKS = """query ($id: ID!) {
  release(id: $id) {
    statusResponse { currentPhase revision displayText actions }
    tasks { id name status attempt executor critical failureReason externalUrl cycle { tag } }
  }
}"""

_MUTATION = """mutation ($input: %s!) {
  payload: %s(input: $input) {
    release { id }
    status { currentPhase revision cursor displayText actions }
    task { id name status attempt }
    replayed
    userErrors { __typename code message }
  }
}"""
_INPUTS = {
    "createRelease": "CreateReleaseInput",
    "retryTask": "TaskActionInput",
    "skipTask": "TaskActionInput",
    "reportTaskResult": "ReportTaskResultInput",
    "reportStoreReview": "ReportStoreReviewInput",
}

Item = dict[str, Any]


@dataclass
class Api:
    """The API of one server."""

    url: str
    http: httpx.AsyncClient

    async def post(self, document: str, **variables: Any) -> Item:
        """Return the whole response of a query or mutation."""
        body = json.dumps({"query": document, "variables": variables})  # escapes what is no UTF-8
        json_type = {"Content-Type": "application/json"}
        response = await self.http.post(f"{self.url}/graphql", content=body, headers=json_type)
        answer: Item = response.json()
        return answer

    async def ask(self, document: str, **variables: Any) -> Item:
        """Return the data of a query; fails on errors."""
        answer = await self.post(document, **variables)
        assert "errors" not in answer, answer
        data: Item = answer["data"]
        return data

    async def mutate(self, field: str, **given: Any) -> Item:
        """Return the payload of a mutation, user errors included."""
        document = _MUTATION % (_INPUTS.get(field, "ReleaseActionInput"), field)
        payload: Item = (await self.ask(document, input=given))["payload"]
        return payload

    async def act(self, field: str, **given: Any) -> Item:
        """Return the payload of a mutation; fails on user errors."""
        payload = await self.mutate(field, **given)
        assert payload["userErrors"] == [], payload
        return payload

    async def history(self, release_id: str) -> list[Item]:
        """Return every event of a release, oldest first."""
        events: list[Item] = []
        after = None
        while True:
            page = (await self.ask(HISTORY, id=release_id, after=after))["release"]["events"]
            events += page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return events
            after = page["pageInfo"]["endCursor"]

    async def task(self, release_id: str, name: str, tag: str | None = None) -> Item:
        """Return a task of a release by its name and, in regression, its cycle's tag."""
        tasks = (await self.ask(TASKS, id=release_id))["release"]["tasks"]
        return next(task for task in tasks if task["name"] == name and (task["cycle"] or {}).get("tag") == tag)

    @asynccontextmanager
    async def socket(self, document: str, **variables: Any) -> AsyncIterator["Follower"]:
        """Subscribe over a WebSocket of its own."""
        address = f"ws{self.url.removeprefix('http')}/graphql"
        protocol = Subprotocol("graphql-transport-ws")
        async with open_socket(
            address,
            subprotocols=[protocol],
            proxy=None,
            open_timeout=PATIENCE,
            max_queue=None,  # pings are answered however much waits to be looked at
        ) as socket:
            await socket.send('{"type": "connection_init"}')
            assert json.loads(await socket.recv()) == {"type": "connection_ack"}
            payload = {"query": document, "variables": variables}
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            async with _following(lambda follower: _read_socket(socket, follower)) as follower:
                yield follower

    @asynccontextmanager
    async def sse(self, document: str, **variables: Any) -> AsyncIterator["Follower"]:
        """Subscribe over Server-Sent Events."""
        body = {"query": document, "variables": variables}
        accept = {"Accept": "text/event-stream"}
        async with self.http.stream("POST", f"{self.url}/graphql", json=body, headers=accept) as response:
            assert response.headers["content-type"].startswith("text/event-stream"), await response.aread()
            async with _following(lambda follower: _read_sse(response, follower)) as follower:
                yield follower


@dataclass
class Follower:
    """What a subscription has sent so far, and how it ended if it has."""

    items: list[Item] = field(default_factory=list)
    completed: bool = False
    """The server ended the subscription."""
    closed: bool = False
    """The connection is closed; without `completed` and `close_code` it broke off."""
    close_code: int | None = None
    """The code with which the server closed the socket."""
    fault: Exception | None = None
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def until(self, fits: Callable[[Item], bool]) -> Item:
        """Wait for an item, which may have come before."""
        await self._wait(lambda: any(map(fits, self.items)) or self.completed)
        found = next(filter(fits, self.items), None)
        assert found is not None, f"the stream ended without it: {self.items}"
        return found

    async def has(self, number: int) -> list[Item]:
        """Wait until so many items have come; returns them all."""
        await self._wait(lambda: len(self.items) >= number or self.completed)
        return self.items

    async def ended(self) -> None:
        """Wait until nothing more will come."""
        await self._wait(lambda: self.completed)

    async def hung_up(self) -> None:
        """Wait until the connection is closed."""
        await self._wait(lambda: False)

    async def tell(self, item: Item | None = None) -> None:
        """Add an item, or tell of another change."""
        if item is not None:
            self.items.append(item)
        async with self._news:
            self._news.notify_all()

    async def read(self, reading: Callable[["Follower"], Awaitable[None]]) -> None:
        """Read to the end."""
        try:
            await reading(self)
        except Exception as fault:  # noqa: BLE001 - whoever waits is to see it
            self.fault = fault
        self.closed = True
        await self.tell()

    async def _wait(self, fits: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(PATIENCE), self._news:
                await self._news.wait_for(lambda: fits() or self.closed)
        except TimeoutError:
            raise AssertionError(f"waited {PATIENCE} s in vain; came so far: {self.items}") from None
        if self.fault:
            raise self.fault


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[Api]:
    """Give a client of the server at this address."""
    async with httpx.AsyncClient(trust_env=False, verify=False, timeout=PATIENCE) as http:
        yield Api(url, http)


@asynccontextmanager
async def _following(reading: Callable[[Follower], Awaitable[None]]) -> AsyncIterator[Follower]:
    follower = Follower()
    task = asyncio.create_task(follower.read(reading))
    try:
        yield follower
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _read_socket(socket: ClientConnection, follower: Follower) -> None:
    try:
        while True:
            message = json.loads(await socket.recv())
            match message["type"]:
                case "next":
                    await follower.tell(_only(message["payload"]))
                case "ping":
                    await socket.send('{"type": "pong"}')
                case "complete":
                    follower.completed = True
                    await follower.tell()
                case _:
                    raise AssertionError(message)
    except ConnectionClosed as closed:
        follower.close_code = closed.rcvd.code if closed.rcvd else None


async def _read_sse(response: httpx.Response, follower: Follower) -> None:
    with suppress(httpx.HTTPError):
        async for name, data in _messages(response):
            if name == "complete":
                follower.completed = True
                await follower.tell()
            else:
                await follower.tell(_only(json.loads(data)))


async def _messages(response: httpx.Response) -> AsyncGenerator[tuple[str, str], None]:
    name = ""
    async for line in response.aiter_lines():
        kind, _, value = line.partition(":")
        if kind == "event":
            name = value.strip()
            if name == "complete":
                yield name, ""
        elif kind == "data" and value.strip():
            yield name, value


def _only(payload: Item) -> Item:
    """Return the one field of an execution result."""
    assert "errors" not in payload, payload
    (item,) = payload["data"].values()
    return item
