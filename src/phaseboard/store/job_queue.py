"""Jobs for the lanes of a store, and the queue they wait in."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from phaseboard.store.errors import Unavailable
from phaseboard.store.session import Session

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class StoreJob:
    """A piece of work and the future its caller waits for."""

    work: Callable[[Session], Awaitable[Any]]
    answer: asyncio.Future[Any]
    apart: bool = False
    """Whether each thing that the work asks may have a transaction of its own."""
    begun: bool = False
    overdue: bool = False
    """Whether it must not wait for another turn."""
    hindrance: Unavailable | None = None
    """Why it was begun in vain: others were in its way, so it must not share a transaction any more."""
    tries: int = 0
    """How often it was begun alone, in vain."""

    @property
    def wanted(self) -> bool:
        """Whether the caller still waits."""
        return not self.answer.done()

    def done(self, result: object) -> None:
        """Answer with a result."""
        if self.wanted:
            self.answer.set_result(result)

    def give_up(self) -> None:
        """Wait no longer for a turn; work that has begun still ends by itself."""
        self.overdue = True
        if not self.begun:
            self.failed(self.hindrance or Unavailable("The database is too slow: the work did not get its turn."))

    def undone(self, hindrance: Unavailable) -> None:
        """Let work that was begun in vain wait for another turn, unless its time is over."""
        self.begun = False
        self.hindrance = hindrance
        if self.overdue:
            self.give_up()

    def failed(self, error: BaseException) -> None:
        """Answer with an error."""
        if self.wanted:
            self.answer.set_exception(error)


class JobQueue:
    """A queue of jobs that comes to an end."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[StoreJob | None] = asyncio.Queue()
        self._refusing = False
        self._ended = False

    async def do(
        self, work: Callable[[Session], Awaitable[T]], patience: float | None = None, *, apart: bool = False
    ) -> T:
        """Hand work over and wait for its result. Raises Unavailable once it is refused.

        A caller that is cancelled takes back work that has not begun; work that has begun runs to its end. With
        `patience` Unavailable is raised too when the work is not under way after so many seconds: it has not begun, or
        was begun in vain. `apart` says that what the work asks need not be answered from one view.
        """
        if self._refusing:
            raise Unavailable("The store is not open.")
        job = StoreJob(work, asyncio.get_running_loop().create_future(), apart)
        self._queue.put_nowait(job)
        if patience is None:
            return cast("T", await job.answer)
        giving_up = asyncio.get_running_loop().call_later(patience, job.give_up)
        try:
            return cast("T", await job.answer)
        finally:
            giving_up.cancel()

    async def next(self) -> StoreJob | None:
        """Wait for the next job; None when there will be none."""
        job = await self._queue.get()
        if job is None:
            job = None if self._queue.empty() else self._queue.get_nowait()  # it was put back after the end
            self._queue.put_nowait(None)
        return job

    def waiting(self, most: int) -> list[StoreJob]:
        """Return jobs that wait right now."""
        jobs: list[StoreJob] = []
        while len(jobs) < most and not self._queue.empty():
            job = self._queue.get_nowait()
            if job is None:
                self._queue.put_nowait(None)
                break
            jobs.append(job)
        return jobs

    def put_back(self, job: StoreJob) -> None:
        """Let a job wait again, behind those that wait now."""
        self._queue.put_nowait(job)

    def refuse(self) -> None:
        """Take no more; what waits is still done."""
        self._refusing = True

    def end(self) -> None:
        """Take no more, and let those who do the work go when it is done."""
        self.refuse()
        if not self._ended:
            self._ended = True
            self._queue.put_nowait(None)

    def dismiss(self, reason: str) -> None:
        """Tell those who wait that nobody will come."""
        for job in self.waiting(self._queue.qsize()):
            job.failed(Unavailable(reason))

    def abandon(self, reason: str) -> None:
        """Take no more, and tell those who wait that nobody will come."""
        self.dismiss(reason)
        self.end()
