"""The executor of a simulated node: it ends each call as chance has it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel

from phaseboard.domain.enums import TaskOutcome
from phaseboard.engine.executors.port import AwaitingCallback, Done, Failed, Job, Result
from phaseboard.engine.runner import TaskRunner
from tests.engine.hands import AnySettings
from tests.reliability.history import Call

if TYPE_CHECKING:
    from tests.reliability.simulation import Simulation


class Whim:
    """An executor that does as it likes, until the peace; then it succeeds."""

    settings: ClassVar[type[BaseModel]] = AnySettings
    callback_timeout: ClassVar[timedelta] = timedelta(minutes=10)

    def __init__(self, simulation: "Simulation", chance: Random) -> None:
        self._simulation = simulation
        self._chance = chance
        self.runner: TaskRunner

    async def execute(self, job: Job, settings: Any) -> Result:
        output = f"call {len(self._simulation.calls)}"
        token = self.runner._running[job.task_id][0].task.lease_token
        self._simulation.calls.append(Call(job.task_id, job.attempt, job.idempotency_key, token, output))
        await asyncio.sleep(self._chance.choice((0, 0.1, 1, 10, 40)))
        ends = self._ends if not self._simulation.peace else {"done": self._ends["done"]}
        result = await self._chance.choice(list(ends.values()))(self, job)
        return replace(result, output=output)

    async def _done(self, job: Job) -> Result:
        return Done()

    async def _failed(self, job: Job) -> Result:
        return Failed(message="as it likes")

    async def _raises(self, job: Job) -> Result:
        raise RuntimeError("as it likes")

    async def _hangs(self, job: Job) -> Result:
        await asyncio.Event().wait()
        return Done()

    async def _hands_over(self, job: Job) -> Result:
        """Let an outside system take over, which reports never, once or twice, and may do so before this returns."""
        times = self._chance.choice((0, 1, 1, 2, 2))
        outcome = self._chance.choice((TaskOutcome.SUCCEEDED, TaskOutcome.SUCCEEDED, TaskOutcome.FAILED))
        for number in range(times):
            chance = self._simulation.chance(f"callback {job.task_id} {job.attempt} {number}")
            self._simulation.outside.append(asyncio.create_task(self._report(job, outcome, chance)))
        await asyncio.sleep(self._chance.choice((0, 1)))
        return AwaitingCallback()

    async def _report(self, job: Job, outcome: TaskOutcome, chance: Random) -> None:
        await asyncio.sleep(chance.choice((0, 0.5, 5, 100, 700)))
        await self._simulation.call_back(job, outcome, chance)

    _ends: ClassVar[Mapping[str, Callable[["Whim", Job], Awaitable[Result]]]] = {
        "done": _done,
        "also done": _done,
        "failed": _failed,
        "raises": _raises,
        "hangs": _hangs,
        "hands over": _hands_over,
    }

    async def close(self) -> None:
        pass
