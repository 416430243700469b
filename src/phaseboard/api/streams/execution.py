"""One execution of an operation: its answers, encoded and numbered.

Answers are numbered by their position in the log, or by their revision where only the newest counts. What is no answer
of the stream, a fault on its way for example, has no number.
"""

import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import pydantic_core
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from phaseboard.api.context import Context, Span
from phaseboard.api.documents import Refused
from phaseboard.api.exchange import operating
from phaseboard.api.schema import PhaseboardSchema
from phaseboard.api.streams.counts import Counts

__all__ = ["Answers", "Execution", "Operation", "Refused", "encoded", "to_json"]

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


@dataclass(frozen=True, slots=True)
class Execution:
    """What it takes to execute an operation, any number of times."""

    schema: PhaseboardSchema
    operation: Operation
    make_context: Callable[[Span], Context]
    counts: Counts

    async def answers(self, span: Span) -> Answers:
        """Yield the answers of one execution with their numbers. Raises Refused when it cannot begin."""
        self.counts.executions += 1
        results = self.schema.follow(
            self.operation.document,
            self.operation.operation_name,
            self.operation.variables or {},
            self.make_context(span),
            allowed=_READING if self.operation.read_only else tuple(OperationType),
        )
        with operating(
            self.operation.document, self.operation.operation_name, self.schema.documents.max_tokens
        ) as activity:
            async with aclosing(results):
                async for result in results:
                    activity.outcome = "error" if result.errors else activity.outcome
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
    """Return JSON in UTF-8; in plain ASCII for halves of surrogate pairs, which errors repeat as they were sent."""
    try:
        return pydantic_core.to_json(value)
    except pydantic_core.PydanticSerializationError:
        return _ENCODER.encode(value).encode()


_ENCODER = json.JSONEncoder(separators=(",", ":"))
