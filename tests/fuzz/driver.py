"""Sends cases over a few connections, and looks at each answer.

    tally = await Driver(server, requests.case, check_graphql).send("http", 3_000)

A failure names the case: the seed and its number are enough to send it again.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random
from urllib.parse import urlsplit

from httptools import HttpParserError

from tests.fuzz.requests import Case
from tests.fuzz.responses import SWITCHED, Response, Responses, check_response
from tests.fuzz.scale import SEED, chance
from tests.servers import Server

CONNECTIONS = 4
SHOWN = 1_500

MOST_READ = 50
"""Answers to one unlawful case that are read, before its client hangs up."""

Make = Callable[[Random], Case]
Check = Callable[[Response], str]
Connection = tuple[Responses, asyncio.StreamWriter]


class HungUp(AssertionError):
    """The server closed a connection instead of an answer."""


class Driver:
    """Sends what `make` makes; `check` looks at the answers to lawful cases and returns what sort they are."""

    def __init__(self, server: Server, make: Make, check: Check, connections: int = CONNECTIONS) -> None:
        self._address = urlsplit(server.url)
        self._make = make
        self._check = check
        self._connections = connections
        self._under_way: dict[int, bytes] = {}
        self.tally: Counter[str] = Counter()

    def doing(self) -> str:
        """Return what is under way, for whoever wonders why the server is busy."""
        return "; ".join(f"case {number}: {data[:300]!r}" for number, data in self._under_way.items())

    async def send(self, kind: str, count: int) -> Counter[str]:
        """Send so many cases; returns how many answers of each sort there were."""
        numbers = iter(range(count))
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._connections):
                    group.create_task(self._work(kind, numbers))
        except* AssertionError as problems:
            raise problems.exceptions[0] from None
        return self.tally

    async def _work(self, kind: str, numbers: Iterator[int]) -> None:
        connection: Connection | None = None
        try:
            for number in numbers:
                case = self._make(chance(kind, number))
                self._under_way[number] = case.data
                try:
                    if case.lawful:
                        connection = await self._lawful(case, connection)
                    else:
                        await self._unlawful(case)
                except (AssertionError, HttpParserError, OSError, ValueError) as problem:
                    told = f"SEED={SEED} {kind} case {number}: {problem!r}\nsent: {case.data[:SHOWN]!r}"
                    raise AssertionError(told) from problem
                del self._under_way[number]
        finally:
            await _hung_up(connection)

    async def _lawful(self, case: Case, connection: Connection | None) -> Connection | None:
        """Send a case that is answered; returns the connection if it can be used again."""
        if connection:
            with suppress(ConnectionError, HungUp):
                return await self._asked(case, connection)  # the server may have closed it for being idle
        return await self._asked(case, await self._connected())

    async def _asked(self, case: Case, connection: Connection) -> Connection | None:
        responses, writer = connection
        goes_on = False
        try:
            writer.write(case.data)
            response = await responses.next()
            if response is None:
                raise HungUp("hung up without an answer")
            self.tally[self._check(response)] += 1
            goes_on = not response.streams and response.headers.get("connection") != "close"
        finally:
            if not goes_on:
                await _hung_up(connection)
        return connection if goes_on else None

    async def _unlawful(self, case: Case) -> None:
        """Send a case and nothing after it; whatever is answered is looked at."""
        responses, writer = await self._connected()
        try:
            writer.write(case.data)
            writer.write_eof()
            for _ in range(MOST_READ):
                response = await responses.next()
                if response is None:
                    break
                check_response(response)
                self.tally["unlawful, answered"] += 1
                if response.streams or response.status == SWITCHED:
                    break
        except ConnectionError:
            self.tally["unlawful, cut off"] += 1
        finally:
            self.tally["unlawful"] += 1
            await _hung_up((responses, writer))

    async def _connected(self) -> Connection:
        reader, writer = await asyncio.open_connection(self._address.hostname, self._address.port)
        return Responses(reader), writer


async def _hung_up(connection: Connection | None) -> None:
    if connection:
        connection[1].transport.abort()
        with suppress(ConnectionError):
            await connection[1].wait_closed()
