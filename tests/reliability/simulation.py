"""Several nodes over one store, in virtual time, with faults: one seed is one course of everything.

A node is a whole server but for its sockets. Until `PEACE` its store fails before or after a commit, it stops dead and
comes back, its executors raise, hang and end in time or not, callbacks come early, late, twice or never, and persons do
what the phase offers. After that nothing fails any more, and every release has to come to its end.
"""

import asyncio
from contextlib import aclosing, suppress
from datetime import timedelta
from random import Random
from typing import Any

from phaseboard.domain.actor import SYSTEM
from phaseboard.domain.commands import Complete, Perform, Report
from phaseboard.domain.creation import create
from phaseboard.domain.enums import Action, Phase, Stage, TaskOutcome, TaskStatus
from phaseboard.domain.errors import Refusal
from phaseboard.domain.plan import CycleSpec, Plan, Retries
from phaseboard.domain.release import Release
from phaseboard.engine.errors import UseCaseError
from phaseboard.engine.executors.port import Job
from phaseboard.engine.use_cases import Condition
from phaseboard.feed.feed import Gap
from phaseboard.store.errors import StoreError, Unavailable
from phaseboard.store.memory import MemoryStore
from tests.factory import NOW, make_plan, make_task
from tests.reliability.history import Call, History, Stream, history_of
from tests.reliability.simulated_node import Node
from tests.reliability.witness import Fact, leases_of, watch

NODES = 3
PEACE = 180.0
"""Virtual seconds after which nothing fails any more."""

END = PEACE + 3 * 3_600.0
"""Virtual seconds by which everything has come to its end: deadlines of callbacks included."""

FINAL = (Phase.COMPLETED, Phase.ARCHIVED)


class Simulation:
    """One seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.store = MemoryStore()
        self.calls: list[Call] = []
        self.happened: list[str] = []
        self.outside: list[asyncio.Task[None]] = []
        """The reports of outside systems, some of which come when everything is over."""
        self.skewed = seed % 4 == 0
        """Whether the nodes' clocks are apart, as they must not be where leases are to be kept apart (rules 6)."""
        self.over = asyncio.Event()
        self._facts: list[Fact] = []
        self._seen: list[int] = []
        self.nodes = [Node(self, number) for number in range(NODES)]

    def chance(self, name: str) -> Random:
        """Return chance of somebody's own, so that nobody's draws depend on another's."""
        return Random(f"{self.seed} {name}")

    @property
    def left(self) -> float:
        """Virtual seconds until the peace."""
        return PEACE - asyncio.get_running_loop().time()

    @property
    def peace(self) -> bool:
        return self.left <= 0

    async def run(self) -> History:
        """Run to the end; raises TimeoutError when a release does not come to its end."""
        await self.store.open()
        watch(self.store, self._facts.append)
        releases = [await self._add(number) for number in range(self.chance("how many").randint(1, 3))]
        async with asyncio.timeout(END), asyncio.TaskGroup() as group:
            nodes = [group.create_task(node.live()) for node in self.nodes]
            follower = group.create_task(self._follow())
            persons = [group.create_task(self._person(release_id)) for release_id in releases]
            await asyncio.gather(*persons)
            last = await self.store.read(lambda reader: reader.last_position())
            while self._seen[-1:] != [last]:  # noqa: ASYNC110 - time is free here
                await asyncio.sleep(1)
            self.over.set()
            await asyncio.gather(*nodes)
            for task in (follower, *self.outside):
                task.cancel()
        await asyncio.gather(*self.outside, return_exceptions=True)
        history = await history_of(self.store)
        history.calls, history.streams = self.calls, [Stream("follower", self._seen)]
        history.leases = [] if self.skewed else leases_of(self._facts)
        await self.store.close()
        return history

    async def _add(self, number: int) -> str:
        made = create(_plan(self.chance(f"plan {number}")), key=f"r{number}", secret="secret", now=NOW)
        await self.store.write(lambda writer: writer.add(made.release, made.events, NOW, SYSTEM))
        return made.release.id

    async def alive(self, chance: Random) -> Node:
        """Wait for a node that lives."""
        while not (living := [node for node in self.nodes if node.server]):  # noqa: ASYNC110 - time is free here
            await asyncio.sleep(0.5)
        return chance.choice(living)

    async def _follow(self) -> None:
        """Follow everything, on another node whenever the stream ends."""
        chance = self.chance("follower")
        while True:
            node = await self.alive(chance)
            assert node.server
            with suppress(StoreError):
                async with aclosing(node.server.feed.events(self._seen[-1] if self._seen else 0)) as stretches:
                    async for stretch in stretches:
                        assert not isinstance(stretch, Gap)
                        self._seen += [event.position for event in stretch]
            await asyncio.sleep(chance.uniform(0, 1))

    async def _person(self, release_id: str) -> None:
        """Do what the phase offers, again and again, until the release is at its end."""
        chance = self.chance(release_id)
        number = 0
        while True:
            await asyncio.sleep(chance.expovariate(1 / 8))
            release = await self.store.read(lambda reader: reader.release(release_id))
            assert release is not None
            if release.phase in FINAL:
                return
            number += 1
            await self._ask(release, chance, f"{release_id} {number}")

    async def _ask(self, release: Release, chance: Random, key: str) -> None:
        action = chance.choice(release.snapshot.actions) if release.snapshot.actions else None
        rare = action in (Action.PAUSE, Action.ABANDON_CYCLE, Action.ARCHIVE, Action.SKIP_REMAINING_CYCLES)
        if rare and (self.peace or chance.random() < 0.8):
            return
        failed = [task.id for task in release.tasks_under_way() if task.status is TaskStatus.FAILED]
        while True:
            node = await self.alive(chance)
            assert node.server
            ask = node.server.use_cases
            with suppress(Refusal, UseCaseError):
                try:
                    if action:
                        command = Perform(action=action, task_id=chance.choice(failed) if "TASK" in action else None)
                        await ask.perform(release.id, command, SYSTEM, Condition(idempotency_key=key))
                    elif release.phase is Phase.SUBMITTED:
                        await ask.complete(release.id, Complete(), SYSTEM, Condition(idempotency_key=key))
                except Unavailable:
                    continue
            return

    async def call_back(self, job: Job, outcome: TaskOutcome, chance: Random) -> None:
        """Report by any node that answers."""
        attempt = Report(task_id=job.task_id, attempt=job.attempt, outcome=outcome)
        while True:
            node = await self.alive(chance)
            assert node.server
            try:
                with suppress(Refusal):
                    await node.server.use_cases.callback(attempt, job.callback_secret)
            except Unavailable:
                await asyncio.sleep(chance.uniform(0, 5))
            else:
                return


def _plan(chance: Random) -> Plan:
    retries = Retries(count=chance.randint(0, 2), delay=timedelta(seconds=chance.choice((0, 5))))
    more: dict[str, Any] = {
        "timeout": timedelta(seconds=60),
        "callback_timeout": timedelta(seconds=chance.choice((30, 300))),
        "retries": retries,
    }
    tasks = (
        make_task("one", **more),
        make_task("two", critical=chance.random() < 0.5, **more),
        make_task("end", "one", **more),
    )
    return make_plan(
        kickoff=tasks[: chance.randint(1, 3)],
        cycles=tuple(CycleSpec(after=timedelta(seconds=20 * number)) for number in range(chance.randint(1, 3))),
        regression=tasks[: chance.randint(1, 2)],
        pre_release=tasks[:1],
        auto_trigger=frozenset(stage for stage in (Stage.STAGE_2, Stage.STAGE_3) if chance.random() < 0.5),
    )
