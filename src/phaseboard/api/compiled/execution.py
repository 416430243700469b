"""An operation about to be executed: by its plan as far as that goes, by graphql-core where it does not.

Queries and the events of subscriptions are free of side effects: one that leaves its plan is executed once more, from
the beginning, by graphql-core. Its errors are then the reference's: messages, paths, locations and what becomes null.
Mutations have no plan.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    ExecutionResult,
    create_source_event_stream,
    execute_root_selection_set,
    execute_subscription_event,
)
from strawberry.utils.await_maybe import await_maybe

from phaseboard.api.compiled.call import Call
from phaseboard.api.compiled.plan import Selection
from phaseboard.api.compiled.run import Run, data_of


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution of an operation whose variables are coerced."""

    call: Call
    plan: Selection | None

    async def result(self) -> ExecutionResult:
        """Return the result of a query or a mutation."""
        data = await data_of(self.plan, Run(self.call)) if self.plan else None
        if data is not None:
            return ExecutionResult(data, None)
        return await await_maybe(execute_root_selection_set(self.call.executor))

    async def source(self) -> AsyncGenerator[Any, None] | ExecutionResult:
        """Return the events of a subscription; what is wrong with it if it cannot begin."""
        stream = await await_maybe(create_source_event_stream(self.call.executor))
        return cast("AsyncGenerator[Any, None] | ExecutionResult", stream)

    async def event(self, payload: Any) -> ExecutionResult:
        """Return the result of an event of a subscription."""
        run = Run(self.call, payload)
        data = await data_of(self.plan, run) if self.plan else None
        if data is not None:
            return ExecutionResult(data, None)
        return await await_maybe(execute_subscription_event(run.executor))
