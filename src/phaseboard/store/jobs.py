"""Work that is handed over, and the queue it waits in."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from phaseboard.store.errors import Unavailable
from phaseboard.store.session import Session

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Job:
    """A piece of work and the future its caller waits for."""

    work: Callable[[Session], Awaitable[Any]]
    answer: asyncio.Future[Any]

    @property
    def wanted(self) -> bool:
        """Whether the caller still waits."""
        return not self.answer.done()

    def done(self, result: object) -> None:
        """Answer with a result."""
        if self.wanted:
            self.answer.set_result(result)

    def failed(self, error: BaseException) -> None:
        """Answer with an error."""
        if self.wanted:
            self.answer.set_exception(error)


class Jobs:
    """A queue of jobs that comes to an end."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Job | None] = asyncio.Queue()
        self._refusing = False
        self._ended = False

    async def do(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Hand work over and wait for its result. Raises Unavailable once it is refused.

        A caller that is cancelled takes back work that has not begun; work that has begun runs to its end.
        """
        if self._refusing:
            raise Unavailable("The store is not open.")
        job = Job(work, asyncio.get_running_loop().create_future())
        self._queue.put_nowait(job)
        result: T = await job.answer
        return result

    async def next(self) -> Job | None:
        """Wait for the next job; None when there will be none."""
        job = await self._queue.get()
        if job is None:
            self._queue.put_nowait(None)
        return job

    def waiting(self, most: int) -> list[Job]:
        """Return jobs that wait right now."""
        jobs: list[Job] = []
        while len(jobs) < most and not self._queue.empty():
            job = self._queue.get_nowait()
            if job is None:
                self._queue.put_nowait(None)
                break
            jobs.append(job)
        return jobs

    def refuse(self) -> None:
        """Take no more; what waits is still done."""
        self._refusing = True

    def end(self) -> None:
        """Take no more, and let those who do the work go when it is done."""
        self.refuse()
        if not self._ended:
            self._ended = True
            self._queue.put_nowait(None)

    def abandon(self, reason: str) -> None:
        """Take no more, and tell those who wait that nobody will come."""
        for job in self.waiting(self._queue.qsize()):
            job.failed(Unavailable(reason))
        self.end()
