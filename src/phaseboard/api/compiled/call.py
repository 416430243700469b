"""A call of an operation: what graphql-core needs to execute it, made only if it has to.

Most calls go by their plan to the end. Building an executor for each of them would cost a fifth of the whole call.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, cast

import strawberry
from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode
from graphql.execution.values import VariableValues
from strawberry.execution import optimized_is_awaitable

from phaseboard.api.compiled.size import CountingExecutor, Size
from phaseboard.api.compiled.variables import Variables


class Call:
    """An operation of a valid document with its variables, coerced, and its context."""

    def __init__(
        self,
        schema: strawberry.Schema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
        context: Any,
        *,
        defined: Variables,
        max_fields: int,
    ) -> None:
        self.schema = schema
        self.document = document
        self.operation = operation
        self.context = context
        self.max_fields = max_fields
        """How many fields an answer may have."""
        self._raw = variables
        coerced = defined.coerced(variables)
        self.errors: list[GraphQLError] = coerced if isinstance(coerced, list) else []
        """What is wrong with the variables."""
        self.variables: VariableValues = NOTHING if isinstance(coerced, list) else coerced

    @cached_property
    def executor(self) -> CountingExecutor:
        """The executor of graphql-core for this call."""
        executor = CountingExecutor.build(
            core_of(self.schema),
            self.document,
            context_value=self.context,
            raw_variable_values=dict(self._raw),
            operation_name=self.operation.name.value if self.operation.name else None,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
        )
        if isinstance(executor, list):
            raise executor[0]
        counting = cast("CountingExecutor", executor)
        counting.size = Size(self.max_fields)
        return counting


def core_of(schema: strawberry.Schema) -> GraphQLSchema:
    """Return the schema as graphql-core has it."""
    core: GraphQLSchema = schema._schema  # noqa: SLF001 - Strawberry has no other way to it
    return core


NOTHING = VariableValues(sources={}, coerced={})
