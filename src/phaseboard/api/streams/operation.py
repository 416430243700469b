"""What a document asks for, as far as sharing it matters.

Two subscribers may share a stream when it yields the same to both from some point on. Where each begins (`after:`,
`knownRevision:`) is then no difference, as long as a variable of its own says it: that variable is left out of what
they have to have in common.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    parse,
)
from graphql.language import Visitor, visit

BEGINNINGS = {"releaseStatus": "knownRevision", "phaseChanged": "after", "releaseEvents": "after"}
"""The argument of each subscription that says where a subscriber begins."""

SNAPSHOTS = frozenset({"releaseStatus"})
"""Subscriptions of which only the newest answer counts."""

CACHED = 500


@dataclass(frozen=True, slots=True)
class SharedField:
    """The one field of a subscription that can be shared; `beginning` is the variable that says where one begins."""

    name: str
    beginning: str | None

    @property
    def conflates(self) -> bool:
        """Whether a newer answer replaces one that was not sent yet."""
        return self.name in SNAPSHOTS


@lru_cache(maxsize=CACHED)
def shared_field(document: str, operation_name: str | None, max_tokens: int) -> SharedField | None:
    """Return what a document subscribes to, None when it is no subscription that can be shared."""
    try:
        parsed = parse(document, no_location=True, max_tokens=max_tokens)
    except (GraphQLError, RecursionError):
        return None
    operation = _operation(parsed, operation_name)
    if operation is None or operation.operation is not OperationType.SUBSCRIPTION:
        return None
    selections = operation.selection_set.selections
    field = selections[0] if len(selections) == 1 else None
    if not isinstance(field, FieldNode) or field.directives or field.name.value not in BEGINNINGS:
        return None
    argument = _argument(field, BEGINNINGS[field.name.value])
    if argument is None:
        return SharedField(field.name.value, None)
    variable = argument.value
    if not isinstance(variable, VariableNode) or not _is_its_own(parsed, operation, variable.name.value):
        return None
    return SharedField(field.name.value, variable.name.value)


@lru_cache(maxsize=CACHED)
def operation_type(document: str, operation_name: str | None, max_tokens: int) -> OperationType | None:
    """Return whether a document queries, mutates or subscribes, None when that cannot be told."""
    try:
        operation = _operation(parse(document, no_location=True, max_tokens=max_tokens), operation_name)
    except (GraphQLError, RecursionError):
        return None
    return operation.operation if operation else None


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    named = [node for node in operations if name is None or (node.name and node.name.value == name)]
    return named[0] if len(named) == 1 else None


def _argument(field: FieldNode, name: str) -> ArgumentNode | None:
    return next((argument for argument in field.arguments or () if argument.name.value == name), None)


def _is_its_own(document: DocumentNode, operation: OperationDefinitionNode, name: str) -> bool:
    """Whether a variable has no default and is used once: as the value of that argument."""
    definitions = [node for node in operation.variable_definitions or () if node.variable.name.value == name]
    uses = sum(used == name for used in _variables(document))
    return len(definitions) == 1 and definitions[0].default_value is None and uses == len(("defined", "used"))


def _variables(document: DocumentNode) -> Iterator[str]:
    found: list[str] = []

    class Collect(Visitor):
        def enter_variable(self, node: VariableNode, *_: object) -> None:
            found.append(node.name.value)

    visit(document, Collect())
    yield from found
