"""How heavy a document is, measured before it is validated: validating a heavy one is what would hold the server up.

One walk over the fields as an execution would collect them (GraphQL specification, section 6.3.2): fragments are
looked into where they are spread, fields that answer to one name are merged. The walk ends as soon as a bound is
exceeded, and each of its steps finds a field or a directive (see `selections`): so a fragment that spreads others again
and again takes no longer than the bounds allow.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DefinitionNode,
    DocumentNode,
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
)

from phaseboard.api.selections import Selections
from phaseboard.limits import Limits, api_name

CODE = "LIMIT_EXCEEDED"
"""What `extensions.code` says of whatever exceeds a limit."""

_META = ("__schema", "__type")
"""Fields that ask for the schema: what is below them does not count as depth, the schema has its own bounds there."""


@dataclass(slots=True)
class Weight:
    """What a document weighs; what exceeds the bounds of the walk is told as one more than allowed, or a little more.

    `repeated` counts pairs of fields that answer to the same name: each pair is compared when it is validated.
    """

    tokens: int = 0
    operations: int = 0
    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    repeated: int = 0


_OF_A_DOCUMENT = {
    "tokens": "has more than {} tokens: send less at a time",
    "operations": "has more than {} operations: send those alone that you need",
    "depth": "is nested more than {} fields deep",
    "fields": "selects more than {} fields, those of its fragments counted wherever they are spread",
    "aliases": "has more than {} aliases: ask for several releases by `nodes(ids:)` or `releases`",
    "directives": "has more than {} directives",
    "repeated": "selects the same fields again and again: more than {} pairs of them answer to one name",
}


def limit_error(name: str, allowed: int, message: str) -> GraphQLError:
    """Return the error for what exceeds the limit of that name, which allows so much."""
    return GraphQLError(message, extensions={"code": CODE, "limit": api_name(name), "allowed": allowed})


def check_document(document: DocumentNode, limits: Limits) -> Sequence[GraphQLError]:
    """Return the first limit that a document exceeds, as an error."""
    return check_weight(weigh(document, limits), limits)


def check_weight(weight: Weight, limits: Limits) -> Sequence[GraphQLError]:
    """Return the first limit that a weight exceeds, as an error."""
    for name, words in _OF_A_DOCUMENT.items():
        allowed, weighs = getattr(limits, name), getattr(weight, name)
        if weighs > allowed:
            return [limit_error(name, allowed, f"The document {words.format(allowed)}.")]
    return ()


def too_many_values(variables: Mapping[str, Any], limits: Limits) -> Sequence[GraphQLError]:
    """Return an error for variables that hold more values than may be; looking ends at the first one too many."""
    left: list[Any] = [variables]
    seen = 0
    while left and seen <= limits.values:
        value = left.pop()
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        seen += len(inner)
        left.extend(inner if seen <= limits.values else ())
    if seen <= limits.values:
        return ()
    return [limit_error("values", limits.values, f"The variables hold more than {limits.values} values.")]


def weigh(document: DocumentNode, limits: Limits) -> Weight:
    """Return what a document weighs, as far as the walk goes: until it is too deep or has too many fields."""
    walk = _Walk(document, limits)
    for definition in document.definitions:
        walk.weight.directives += _directives(definition)
        if isinstance(definition, OperationDefinitionNode):
            walk.begin(definition.selection_set)
            walk.weight.operations += 1
    for name, fragment in walk.selections.fragments.items():
        if name not in walk.selections.spread:
            walk.begin(fragment)
    return walk.weight


def _directives(definition: DefinitionNode) -> int:
    """Return how many directives stand at a definition and at its variables."""
    variables = getattr(definition, "variable_definitions", None) or ()
    return sum(len(getattr(node, "directives", None) or ()) for node in (definition, *variables))


class _Walk:
    def __init__(self, document: DocumentNode, limits: Limits) -> None:
        self.weight = Weight(tokens=document.token_count)
        self.selections = Selections(document)
        self._limits = limits

    def begin(self, selections: SelectionSetNode) -> None:
        """Walk through what is selected at a root."""
        left = [([selections], 1)]
        while left and not self._is_over:
            sets, depth = left.pop()
            for fields in self._collected(sets).values():
                self.weight.repeated += len(fields) * (len(fields) - 1) // 2
                below = [field.selection_set for field in fields if field.selection_set]
                if depth:
                    self.weight.depth = max(self.weight.depth, depth)
                if below:
                    left.append((below, 0 if not depth or fields[0].name.value in _META else depth + 1))

    @property
    def _is_over(self) -> bool:
        return self.weight.depth > self._limits.depth or self.weight.fields > self._limits.fields

    def _collected(self, sets: Iterable[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        """Return the fields that are selected at one place, by the names that they answer to."""
        found: dict[str, list[FieldNode]] = {}
        countable = self.weight.directives <= self._limits.directives
        for held in self.selections.at(sets, directives=countable):
            self.weight.directives += held.directives
            for field in held.fields:
                self._count(field)
                found.setdefault((field.alias or field.name).value, []).append(field)
                if self._is_over:
                    return found
        return found

    def _count(self, field: FieldNode) -> None:
        self.weight.fields += 1
        self.weight.aliases += field.alias is not None
        self.weight.directives += len(field.directives or ())
