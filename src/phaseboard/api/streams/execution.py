"""One execution of an operation: its answers, encoded and numbered.

Answers are numbered by their position in the log, or by their revision where only the newest counts. What is no answer
of the stream, a fault on its way for example, has no number.
"""

import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError
from strawberry.schema.base import BaseSchema
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType

from phaseboard.api.context import Context, Span
from phaseboard.api.streams.counts import Counts

_READING = (OperationType.QUERY, OperationType.SUBSCRIPTION)

Answers = AsyncGenerator[tuple[int | None, bytes], None]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as it was asked for."""

    document: str
    operation_name: str | None
    variables: Mapping[str, Any] | None
    read_only: bool = False
    """Whether mutations are refused, as for `GET`."""


class Refused(Exception):
    """An operation could not begin."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(*(error.message for error in errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Execution:
    """What it takes to execute an operation, any number of times."""

    schema: BaseSchema
    operation: Operation
    make_context: Callable[[Span], Context]
    counts: Counts

    async def answers(self, span: Span) -> Answers:
        """Yield the answers of one execution with their numbers. Raises Refused when it cannot begin."""
        self.counts.executions += 1
        stream = await self.schema.stream(
            self.operation.document,
            variable_values=dict(self.operation.variables or {}),
            context_value=self.make_context(span),
            operation_name=self.operation.operation_name,
            allowed_operation_types=_READING if self.operation.read_only else tuple(OperationType),
        )
        async with aclosing(stream) as results:
            async for result in results:
                if isinstance(result, PreExecutionError):
                    raise Refused(list(result.errors or ()))
                if not isinstance(result, ExecutionResult):
                    raise TypeError("Incremental delivery is not offered.")
                yield span.take_number(), encoded(result)


def encoded(result: ExecutionResult) -> bytes:
    """Return an execution result as JSON."""
    formatted: dict[str, Any] = {"data": result.data}
    if result.errors:
        formatted["errors"] = [error.formatted for error in result.errors]
    if result.extensions:
        formatted["extensions"] = result.extensions
    return to_json(formatted)


def to_json(value: object) -> bytes:
    """Return JSON in plain ASCII: clients may send half a surrogate pair, and get it back in an error's message."""
    return json.dumps(value, separators=(",", ":")).encode()
