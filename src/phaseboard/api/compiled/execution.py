"""An operation about to be executed: by its plan as far as that goes, by graphql-core where it does not.

Queries and the events of subscriptions are free of side effects: one that leaves its plan is executed once more, from
the beginning, by graphql-core. Its errors are then the reference's: messages, paths, locations and what becomes null.
Mutations have no plan.
"""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    ExecutionResult,
    OperationType,
    create_source_event_stream,
    execute_root_selection_set,
    execute_subscription_event,
)
from strawberry.utils.await_maybe import await_maybe

from phaseboard.api.compiled.call import Call
from phaseboard.api.compiled.query_plan import Selection
from phaseboard.api.compiled.run import Run, data_of
from phaseboard.api.compiled.size import TooLarge


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution of an operation whose variables are coerced."""

    call: Call
    plan: Selection | None

    async def result(self) -> ExecutionResult:
        """Return the result of a query or a mutation."""
        return await self._result(Run(self.call), execute_root_selection_set)

    async def source(self) -> AsyncGenerator[Any, None] | ExecutionResult:
        """Return the events of a subscription; what is wrong with it if it cannot begin."""
        stream = await await_maybe(create_source_event_stream(self.call.executor))
        return cast("AsyncGenerator[Any, None] | ExecutionResult", stream)

    async def event(self, payload: Any) -> ExecutionResult:
        """Return the result of an event of a subscription."""
        return await self._result(Run(self.call, payload), execute_subscription_event)

    async def _result(self, run: Run, execute: Callable[[Any], Any]) -> ExecutionResult:
        """Return the result of a run; one that is too large is told by that alone, unless it tells what was done."""
        try:
            data = await data_of(self.plan, run) if self.plan else None
        except TooLarge as error:
            return ExecutionResult(None, [error])
        if data is not None:
            return ExecutionResult(data, None)
        executor = run.executor
        result: ExecutionResult = await await_maybe(execute(executor))
        if executor.size.exceeded and self.call.operation.operation is not OperationType.MUTATION:
            return ExecutionResult(None, [executor.size.error])
        return result
