"""Running a plan: read what can be read at once, then await what is left, level by level.

Siblings are awaited together, so that what they load is loaded in one batch. A single awaitable is awaited where it is,
without a task of its own.
"""

import asyncio
from collections.abc import Awaitable
from inspect import iscoroutine
from typing import Any, NamedTuple

from graphql import Executor

from phaseboard.api.compiled.call import Call
from phaseboard.api.compiled.plan import Data, Selection, Shape


class _Place(NamedTuple):
    """Where a value goes that is awaited."""

    value: Awaitable[Any]
    data: Data
    name: str
    shape: Shape


class Run:
    """One execution of a plan, for an event of a subscription with that as its root."""

    __slots__ = ("_event", "_waiting", "call")

    def __init__(self, call: Call, event: Any = None) -> None:
        self.call = call
        self._event = event
        self._waiting: list[_Place] = []

    @property
    def executor(self) -> Executor[Any]:
        """The executor of graphql-core for this execution."""
        executor = self.call.executor
        return executor if self._event is None else executor.build_per_event_executor(self._event)

    @property
    def root(self) -> Any:
        """What the fields at the root are read from."""
        return self._event

    def later(self, value: Awaitable[Any], data: Data, name: str, shape: Shape) -> None:
        """Complete a value into its place once it was awaited."""
        self._waiting.append(_Place(value, data, name, shape))

    async def finish(self) -> None:
        """Await all that is left. Raises whatever a resolver or a value raises."""
        while self._waiting:
            level, self._waiting = self._waiting, []
            if len(level) == 1:
                values: list[Any] = [await level[0].value]
            else:
                values = await asyncio.gather(*(place.value for place in level), return_exceptions=True)
            for place, value in zip(level, values, strict=True):
                if isinstance(value, BaseException):
                    raise value
                place.data[place.name] = place.shape.complete(value, self)

    def drop(self) -> None:
        """Await nothing of what is left."""
        for place in self._waiting:
            if iscoroutine(place.value):
                place.value.close()
            else:
                asyncio.ensure_future(place.value).cancel()


async def data_of(plan: Selection, run: Run) -> Data | None:
    """Return the data of an operation, None when graphql-core has to tell what is wrong with it."""
    try:
        data = plan.read(run.root, run)
        await run.finish()
    except Exception:  # noqa: BLE001 - whatever it is, graphql-core meets it again and tells of it
        run.drop()
        return None
    return data
