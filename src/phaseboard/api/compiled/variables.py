"""The variables of an operation: how those that came with a call become those that resolvers get.

Texts and truths, which most variables are, are taken as they are. Whatever else there is, or is wrong, is left to
graphql-core.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLID,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    get_nullable_type,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values

_MOST_ERRORS = 50
PLAIN: Mapping[object, type] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}
"""Scalars whose values of these types are taken, and written, as they are."""


class Variables:
    """The variables that an operation defines."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._operation = operation
        self._plain = _plain(schema, operation)

    def coerced(self, given: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """Return the values for resolvers, or what is wrong with those that came."""
        values = self._as_they_are(given)
        if values is not None:
            return values
        definitions = self._operation.variable_definitions or ()
        return get_variable_values(self._schema, definitions, dict(given), max_errors=_MOST_ERRORS)

    def _as_they_are(self, given: Mapping[str, Any]) -> VariableValues | None:
        if self._plain is None:
            return None
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for signature, kind in self._plain:
            value = given.get(signature.name)
            if type(value) is not kind:
                return None
            sources[signature.name] = VariableValueSource(signature, value)
            coerced[signature.name] = value
        return VariableValues(sources, coerced)


def _plain(
    schema: GraphQLSchema, operation: OperationDefinitionNode
) -> Sequence[tuple[GraphQLVariableSignature, type]] | None:
    """Return the variables with the Python types of their values, None when not all are of types that are taken so."""
    plain = []
    for definition in operation.variable_definitions or ():
        signature = get_variable_signature(schema, definition)
        if isinstance(signature, GraphQLError):
            return None
        kind = PLAIN.get(get_nullable_type(signature.type))
        if kind is None:
            return None
        plain.append((signature, kind))
    return plain
