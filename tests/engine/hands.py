"""What a test has in its own hands: the clock, and how each task ends."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from phaseboard.engine.executors.port import Done, Job, Result
from tests.factory import NOW

PATIENCE = 20.0
"""Seconds that a test waits for what has to come; nothing waits that long unless something is broken."""


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **duration: float) -> None:
        self.now += timedelta(**duration)


class Call:
    """A call of an executor that has not returned yet."""

    def __init__(self, job: Job, settings: Any) -> None:
        self.job = job
        self.settings = settings
        self.over = asyncio.Event()
        self.cancelled = False
        self._result: asyncio.Future[Result] = asyncio.get_running_loop().create_future()

    def end(self, result: Result | Exception | None = None) -> None:
        if isinstance(result, Exception):
            self._result.set_exception(result)
        else:
            self._result.set_result(result or Done())

    async def ended(self) -> None:
        await asyncio.wait_for(self.over.wait(), PATIENCE)

    async def run(self) -> Result:
        try:
            return await self._result
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        finally:
            self.over.set()


class AnySettings(BaseModel):
    model_config = ConfigDict(extra="allow")


class Hands:
    """An executor whose calls return when the test says so, or at once while `at_once` is set."""

    settings: ClassVar[type[BaseModel]] = AnySettings
    callback_timeout: ClassVar[timedelta] = timedelta(hours=1)

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self.at_once = False
        self.running = 0
        self.most = 0
        self.calls: list[Call] = []
        self._new: asyncio.Queue[Call] = asyncio.Queue()

    async def execute(self, job: Job, settings: Any) -> Result:
        call = Call(job, settings)
        self.calls.append(call)
        if self.at_once:
            call.end()
        else:
            self._new.put_nowait(call)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            return await call.run()
        finally:
            self.running -= 1

    async def close(self) -> None:
        pass

    async def taken(self, name: str | None = None) -> Call:
        """Wait for the next call, which has to be about the task `name`."""
        call = await asyncio.wait_for(self._new.get(), PATIENCE)
        assert name in (None, call.job.task_name)
        return call

    async def all_taken(self, count: int) -> dict[str, Call]:
        """Wait for so many calls; return them by the id of their task."""
        calls = [await self.taken() for _ in range(count)]
        return {call.job.task_id: call for call in calls}

    @property
    def waiting(self) -> int:
        """How many calls came that nobody took."""
        return self._new.qsize()
