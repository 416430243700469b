"""A node of a simulation: a whole server but for its sockets, which dies and comes back, over a store that fails."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from phaseboard.bootstrap import Phaseboard
from phaseboard.settings import Settings
from phaseboard.store.errors import StoreError, Unavailable
from phaseboard.store.port import Reader, Writer
from tests.factory import NOW
from tests.reliability.whim import Whim

if TYPE_CHECKING:
    from tests.reliability.simulation import Simulation


class Node:
    """A server that dies and comes back."""

    def __init__(self, simulation: "Simulation", number: int) -> None:
        self.simulation = simulation
        self.number = number
        self.server: Phaseboard | None = None
        self._chance = simulation.chance(f"node {number}")
        self._skew = timedelta(seconds=self._chance.choice((-3_600, 0, 60))) if simulation.skewed else timedelta()
        self._lives = 0

    def clock(self) -> datetime:
        now = NOW + timedelta(seconds=asyncio.get_running_loop().time()) + self._skew
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    async def live(self) -> None:
        """Live, die and live again; from the peace on until everything is over."""
        over = asyncio.create_task(self.simulation.over.wait())
        while not over.done():
            self._lives += 1
            chance = self.simulation.chance(f"node {self.number} life {self._lives}")
            store = NodeStore(self.simulation, chance)
            executor = Whim(self.simulation, chance)
            server = Phaseboard(
                Settings(lease=timedelta(seconds=15), concurrent_tasks=3),
                store=store,  # type: ignore[arg-type]
                executors={"simulated": executor},
                clock=self.clock,
            )
            executor.runner = server.runner
            life = asyncio.create_task(self._serve(server))
            seconds = chance.uniform(1, 90)
            timeout = seconds if seconds < self.simulation.left else None
            await asyncio.wait([life, over], timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            store.dead = chance.random() < 0.7  # else it stops cleanly
            self.server = None
            server.end_streams()
            life.cancel()
            await asyncio.wait([life])
            await asyncio.wait([over], timeout=chance.uniform(0, 20))

    async def _serve(self, server: Phaseboard) -> None:
        try:
            async with server.running():
                self.server = server
                await asyncio.Event().wait()
        except StoreError:
            self.simulation.happened.append(f"node {self.number} did not start")


class NodeStore:
    """A node's way to the store: slow, sometimes closed, also for longer than a lease, and shut when the node is dead.

    It tells the node of its own commits alone, as a database would.
    """

    clock = None

    def __init__(self, simulation: "Simulation", chance: Random) -> None:
        self._simulation = simulation
        self._chance = chance
        self._hints: list[Callable[[Any], None]] = []
        self.dead = False
        self._dark_from = asyncio.get_running_loop().time() + chance.uniform(0, 120)
        self._dark_until = self._dark_from + chance.choice((0, 0, 20, 60))

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass

    def on_commit(self, hint: Callable[[Any], None]) -> None:
        self._hints.append(hint)

    def on_timed(self, timed: object) -> None:
        """Time is not measured where there is none."""

    def on_news(self, news: object) -> None:
        """What other nodes commit is found by the poll."""

    async def glance(self, work: Callable[[Reader], Awaitable[Any]]) -> Any:
        return await self.read(work)

    async def read(self, work: Callable[[Reader], Awaitable[Any]]) -> Any:
        await self._way()
        return await self._simulation.store.read(work)

    async def write(self, work: Callable[[Writer], Awaitable[Any]]) -> Any:
        await self._way()
        changes: list[Any] = []

        async def noted(writer: Any) -> Any:
            if self.dead:
                raise Unavailable("this node is dead")
            result = await work(writer)
            changes.extend(writer.changes)
            return result

        result = await self._simulation.store.write(noted)
        await self._way("after the commit")
        if changes and not self.dead:
            for hint in self._hints:
                hint(changes)
        return result

    async def _way(self, when: str = "") -> None:
        await asyncio.sleep(self._chance.choice((0, 0, 0.01, 0.2)))
        if self.dead:
            raise Unavailable("this node is dead")
        dark = self._dark_from <= asyncio.get_running_loop().time() < self._dark_until
        if not self._simulation.peace and (dark or self._chance.random() < 0.03):
            self._simulation.happened.append(f"store failed {when}")
            raise Unavailable(f"the store does not answer {when}")
