"""Replays: what was missed of the log, executed once for all who missed the same, each as fast as it reads.

The next answer is made when one of them has read all that there are, so that nobody waits for somebody slower. Who
falls so far behind the others that what comes next is not remembered any more goes on by another replay.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager

from phaseboard.api.context import Span
from phaseboard.api.exchange import begin_shared
from phaseboard.api.streams.execution import Execution
from phaseboard.api.streams.ring import Ring

MOST = 16
"""How many replays of a group remember more than their newest answer."""

Answer = tuple[int | None, bytes]
OnEnd = Callable[["Replay"], None]


class Replay:
    """The answers above position `after` and up to `until`; once all are made, `on_end` is called."""

    def __init__(self, execution: Execution, after: int, until: int, remembered: int, on_end: OnEnd) -> None:
        self.until = until
        self.ring = Ring(after, remembered)
        """What was made last."""
        self.readers = 0
        """How many read."""
        self._on_end = on_end
        self._fault: list[Answer] = []
        self._wanted = asyncio.Event()
        self._made = asyncio.Event()
        self._task = asyncio.create_task(self._run(execution, Span(after=after, until=until)), name="replay")

    def reaches(self, position: int) -> bool:
        """Whether everything that follows a position is remembered, or yet to be made."""
        return position >= self.ring.floor

    async def above(self, position: int) -> list[Answer]:
        """Return the answers above a position as soon as there are any, none at the end.

        A fault on the way is the last answer, and has no number. Raises Refused, and what the execution raises.
        """
        while not (found := self._found(position)) and not self._task.done():
            self._wanted.set()
            await self._made.wait()
        if not found:
            self._task.result()
        return found or self._fault

    def close(self) -> None:
        """End because nobody reads any more."""
        if not self._task.cancel():
            self._task.exception()  # nobody may have been there any more to be told

    def _found(self, position: int) -> list[Answer]:
        return list(self.ring.above(position))

    async def _run(self, execution: Execution, span: Span) -> None:
        begin_shared()
        try:
            async with aclosing(execution.answers(span)) as answers:
                async for number, payload in answers:
                    if number is None:
                        self._fault = [(None, payload)]
                        return
                    self.ring.add(number, payload)
                    await self._until_wanted()
            self._on_end(self)
        finally:
            self._made.set()

    async def _until_wanted(self) -> None:
        self._wanted.clear()
        self._made.set()
        self._made.clear()
        await self._wanted.wait()


class Replays:
    """The replays of one group; each remembers as much as the group, or little if there are many."""

    def __init__(self, execution: Execution, remembered: int, on_end: OnEnd) -> None:
        self._execution = execution
        self._remembered = remembered
        self._on_end = on_end
        self._newest: dict[int, Replay] = {}
        self._count = 0

    @contextmanager
    def reading(self, after: int, until: int) -> Iterator[Replay]:
        """Give the replay above a position, for as long as it is read: a new one if that has got too far."""
        replay = self._newest.get(after)
        if replay is None or not replay.reaches(after):
            replay = self._newest[after] = self._begin(after, until)
        replay.readers += 1
        try:
            yield replay
        finally:
            replay.readers -= 1
            if not replay.readers:
                self._end(after, replay)

    def _begin(self, after: int, until: int) -> Replay:
        self._count += 1
        remembered = self._remembered if self._count <= MOST else 1
        return Replay(self._execution, after, until, remembered, self._on_end)

    def _end(self, after: int, replay: Replay) -> None:
        self._count -= 1
        replay.close()
        if self._newest.get(after) is replay:
            del self._newest[after]
