"""Running a plan: read what can be read at once, then await what is left, level by level.

Siblings are awaited together, so that what they load is loaded in one batch. A single awaitable is awaited where it is,
without a task of its own.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from inspect import iscoroutine
from typing import Any, NamedTuple, cast

from phaseboard.api.compiled.call import Call
from phaseboard.api.compiled.query_plan import Data, Selection, Shape
from phaseboard.api.compiled.size import CountingExecutor, Size, TooLarge

TURN = 5_000
"""Fields after which others get to run."""

AWAITED = 30
"""As how many fields a value counts that is awaited."""

TOGETHER = 1_000
"""Of how many objects values are awaited, and so loaded, together: of far more than there are in a page."""


class _Place(NamedTuple):
    """Where a value goes that is awaited."""

    value: Awaitable[Any]
    data: Data
    name: str
    shape: Shape


class Run:
    """One execution of a plan, for an event of a subscription with that as its root."""

    __slots__ = ("_event", "_waiting", "call", "size")

    def __init__(self, call: Call, event: Any = None) -> None:
        self.call = call
        self.size = Size(call.max_fields)
        self._event = event
        self._waiting: list[_Place] = []

    @property
    def executor(self) -> CountingExecutor:
        """The executor of graphql-core for this execution."""
        executor = self.call.executor
        if self._event is None:
            return executor
        of_event = cast("CountingExecutor", executor.build_per_event_executor(self._event))
        of_event.size = Size(self.call.max_fields)
        return of_event

    @property
    def root(self) -> Any:
        """What the fields at the root are read from."""
        return self._event

    def later(self, value: Awaitable[Any], data: Data, name: str, shape: Shape) -> None:
        """Complete a value into its place once it was awaited."""
        self._waiting.append(_Place(value, data, name, shape))
        self.size.take(AWAITED)

    def many(self, values: Sequence[Any], fields: int) -> Sequence[Any]:
        """Count values of so many fields each, and return them. Raises TooLarge."""
        self.size.take(len(values) * fields)
        return values

    async def finish(self) -> None:
        """Await all that is left; let others run when it is much. Raises whatever a resolver or a value raises."""
        turn = TURN
        while self._waiting:
            level = self._next()
            for place, value in zip(level, await _values(level), strict=True):
                if isinstance(value, BaseException):
                    raise value
                place.data[place.name] = place.shape.complete(value, self)
                if self.size.taken > turn:
                    turn = self.size.taken + TURN
                    await asyncio.sleep(0)

    def _next(self) -> list[_Place]:
        """Take the values of the objects that have waited longest, those of one object all at once."""
        objects, before = 0, None
        for index, place in enumerate(self._waiting):
            objects += place.data is not before
            before = place.data
            if objects > TOGETHER:
                taken, self._waiting = self._waiting[:index], self._waiting[index:]
                return taken
        taken, self._waiting = self._waiting, []
        return taken

    def drop(self) -> None:
        """Await nothing of what is left."""
        for place in self._waiting:
            if iscoroutine(place.value):
                place.value.close()
            else:
                asyncio.ensure_future(place.value).cancel()


async def _values(level: Sequence[_Place]) -> Sequence[Any]:
    """Return the values of these places, or what was raised in their stead."""
    if len(level) == 1:
        return [await level[0].value]
    return await asyncio.gather(*(place.value for place in level), return_exceptions=True)


async def data_of(plan: Selection, run: Run) -> Data | None:
    """Return the data of an operation, None when graphql-core has to tell what is wrong with it. Raises TooLarge."""
    try:
        data = plan.read(run.root, run)
        await run.finish()
    except TooLarge:
        run.drop()
        raise
    except Exception:  # noqa: BLE001 - whatever it is, graphql-core meets it again and tells of it
        run.drop()
        return None
    return data
