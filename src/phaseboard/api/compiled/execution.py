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
    Executor,
    create_source_event_stream,
    execute_root_selection_set,
    execute_subscription_event,
)
from strawberry.utils.await_maybe import await_maybe

from phaseboard.api.compiled.plan import Selection
from phaseboard.api.compiled.run import data_of


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution of an operation whose variables are coerced."""

    executor: Executor[Any]
    plan: Selection | None

    async def result(self) -> ExecutionResult:
        """Return the result of a query or a mutation."""
        data = await data_of(self.plan, self.executor) if self.plan else None
        if data is not None:
            return ExecutionResult(data, None)
        return await await_maybe(execute_root_selection_set(self.executor))

    async def source(self) -> AsyncGenerator[Any, None] | ExecutionResult:
        """Return the events of a subscription; what is wrong with it if it cannot begin."""
        stream = await await_maybe(create_source_event_stream(self.executor))
        return cast("AsyncGenerator[Any, None] | ExecutionResult", stream)

    async def event(self, payload: Any) -> ExecutionResult:
        """Return the result of an event of a subscription."""
        executor = self.executor.build_per_event_executor(payload)
        data = await data_of(self.plan, executor) if self.plan else None
        if data is not None:
            return ExecutionResult(data, None)
        return await await_maybe(execute_subscription_event(executor))
