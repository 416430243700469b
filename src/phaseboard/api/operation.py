"""What a document asks for, as far as streams have to know.

Two subscribers may share a stream when it yields the same to both from some point on. Where each begins (`after:`,
`knownRevision:`) is then no difference, as long as a variable of its own says it: that variable is left out of what
they have to have in common.
"""

from dataclasses import dataclass
from functools import lru_cache

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
)
from graphql.language import Visitor, visit

from phaseboard.api.documents import operations_of, parsing
from phaseboard.api.lru import LARGEST

BEGINNINGS = {"releaseStatus": "knownRevision", "phaseChanged": "after", "releaseEvents": "after"}
"""The argument of each subscription that says where a subscriber begins."""

SNAPSHOTS = frozenset({"releaseStatus"})
"""Subscriptions of which only the newest answer counts."""

CACHED = 500
"""Documents that are looked at once for all who send them, unless they are large."""


@dataclass(frozen=True, slots=True)
class Followed:
    """The one field of a subscription, and whether all who ask for it in the same words may share a stream."""

    name: str
    shared: bool
    beginning: str | None = None
    """The variable that says where a subscriber begins."""
    required: bool = False
    """Whether that variable must not be null."""

    @property
    def conflates(self) -> bool:
        """Whether a newer answer replaces one that was not sent yet."""
        return self.name in SNAPSHOTS


def followed(document: str, operation_name: str | None, max_tokens: int) -> Followed | None:
    """Return what a document subscribes to, None when it is no subscription."""
    look = _looked_up if len(document) <= LARGEST else _looked_up.__wrapped__
    kind, found, _ = look(document, operation_name, max_tokens)
    return found if kind is OperationType.SUBSCRIPTION else None


def operation_type(document: str, operation_name: str | None, max_tokens: int) -> OperationType | None:
    """Return whether a document queries, mutates or subscribes, None when that cannot be told."""
    look = _looked_up if len(document) <= LARGEST else _looked_up.__wrapped__
    return look(document, operation_name, max_tokens)[0]


def described(document: str, operation_name: str | None, max_tokens: int) -> tuple[str, str]:
    """Return `query`, `mutation` or `subscription` and the operation's name; empty where there is none."""
    look = _looked_up if len(document) <= LARGEST else _looked_up.__wrapped__
    kind, _, name = look(document, operation_name, max_tokens)
    return kind.value if kind else "", name


@lru_cache(maxsize=CACHED)
def _looked_up(
    document: str, operation_name: str | None, max_tokens: int
) -> tuple[OperationType | None, Followed | None, str]:
    parsed = parsing(max_tokens)(document)
    if isinstance(parsed, GraphQLError):
        return None, None, ""
    operation = operations_of(parsed).get(operation_name)
    if operation is None:
        return None, None, ""
    return operation.operation, _followed(parsed, operation), operation.name.value if operation.name else ""


def _followed(document: DocumentNode, operation: OperationDefinitionNode) -> Followed | None:
    field, plain = _root_field(document, operation.selection_set)
    if field is None or field.name.value not in BEGINNINGS:
        return None
    name = field.name.value
    argument = _argument(field, BEGINNINGS[name])
    if not plain or argument is None:
        return Followed(name, shared=plain)
    variable = argument.value.name.value if isinstance(argument.value, VariableNode) else ""
    definitions = [node for node in operation.variable_definitions or () if node.variable.name.value == variable]
    if len(definitions) != 1 or definitions[0].default_value is not None or _uses(document, variable) > 1:
        return Followed(name, shared=False)
    required = isinstance(definitions[0].type, NonNullTypeNode)
    return Followed(name, shared=True, beginning=variable, required=required)


def _root_field(document: DocumentNode, selections: SelectionSetNode) -> tuple[FieldNode | None, bool]:
    """Return the field at the root, and whether nothing but the document itself decides on it."""
    plain = True
    seen: set[str] = set()
    while True:
        selection = selections.selections[0]
        plain = plain and not selection.directives and len(selections.selections) == 1
        if isinstance(selection, FieldNode):
            return selection, plain
        fragment = _fragment(document, selection, seen) if isinstance(selection, FragmentSpreadNode) else selection
        if not isinstance(fragment, FragmentDefinitionNode | InlineFragmentNode):
            return None, False
        selections = fragment.selection_set


def _fragment(document: DocumentNode, spread: FragmentSpreadNode, seen: set[str]) -> FragmentDefinitionNode | None:
    """Return what is spread, None when it does not exist or was seen before."""
    name = spread.name.value
    fragments = (node for node in document.definitions if isinstance(node, FragmentDefinitionNode))
    found = next((node for node in fragments if node.name.value == name and name not in seen), None)
    seen.add(name)
    return found


def _argument(field: FieldNode, name: str) -> ArgumentNode | None:
    return next((argument for argument in field.arguments or () if argument.name.value == name), None)


def _uses(document: DocumentNode, name: str) -> int:
    """Return how often the value of a variable is used."""
    uses = -1  # where it is defined

    class Count(Visitor):
        def enter_variable(self, node: VariableNode, *_: object) -> None:
            nonlocal uses
            uses += node.name.value == name

    visit(document, Count())
    return uses
