"""The plans of a document: one for each of its operations, and for each set of conditions that it was sent with."""

from collections.abc import Mapping
from typing import Any

import strawberry
from graphql import DirectiveNode, DocumentNode, OperationDefinitionNode, VariableNode
from graphql.language import Visitor, visit

from phaseboard.api.compiled.call import Call, core_of
from phaseboard.api.compiled.compile import compile_operation
from phaseboard.api.compiled.query_plan import Selection
from phaseboard.api.compiled.size import MOST
from phaseboard.api.compiled.variables import Variables

MAX_PLANS, MAX_FIELDS = 16, 500
"""QueryPlans kept for one document, and fields in all of them, counted on each type that they are selected on: nested
fragments can multiply a short document. What more is asked of it is left to graphql-core."""


class QueryPlans:
    """The plans of one document, each made when it is first asked for."""

    def __init__(self, document: DocumentNode) -> None:
        self._document = document
        self._conditions: tuple[str, ...] | None = None
        self._room = MAX_FIELDS
        self._variables: dict[str | None, Variables] = {}
        self._plans: dict[tuple[object, ...], Selection | None] = {}

    def call(
        self,
        schema: strawberry.Schema,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
        context: Any,
        *,
        max_fields: int = MOST,
    ) -> Call:
        """Return a call of an operation of the document, whose answer may have so many fields."""
        name = operation.name.value if operation.name else None
        if name not in self._variables:
            self._variables[name] = Variables(core_of(schema), operation)
        defined = self._variables[name]
        return Call(schema, self._document, operation, variables, context, defined=defined, max_fields=max_fields)

    def plan(self, call: Call) -> Selection | None:
        """Return the plan for a call, None when there is none: graphql-core has to execute it."""
        if self._conditions is None:
            self._conditions = _conditions(self._document)
        name, values = call.operation.name, call.variables.coerced
        key = (name and name.value, *map(values.get, self._conditions))
        if key not in self._plans and len(self._plans) < MAX_PLANS:
            self._plans[key], fields = compile_operation(call.schema, call.executor, self._room)
            self._room -= fields
        return self._plans.get(key)


def _conditions(document: DocumentNode) -> tuple[str, ...]:
    """Return the names of the variables that say what is skipped and included."""
    names: set[str] = set()

    class Collect(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
            values = (argument.value for argument in node.arguments or ())
            names.update(value.name.value for value in values if isinstance(value, VariableNode))

    visit(document, Collect())
    return tuple(sorted(names))
