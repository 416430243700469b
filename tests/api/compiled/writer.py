"""Writes random documents over the real schema: every way to say something, with arguments that mean something.

What is written is nearly always valid; ids and cursors are those of the releases in a test, or of nothing.
"""

import json
from collections.abc import Sequence
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
)

DEEPEST, MAX_FIELDS = 6, 40
"""Beyond these only leaves are selected."""

CONDITIONS = {"yes": True, "no": False}
"""Variables of every document, for `@skip` and `@include`."""


class Writer:
    """Writes one document; `values` are texts to choose from, by the name of a scalar."""

    def __init__(self, random: Random, schema: GraphQLSchema, values: dict[str, Sequence[Any]]) -> None:
        self._random = random
        self._schema = schema
        self._values = values
        self._fragments: list[str] = []
        self._aliases = 0
        self._fields = 0
        self._declared: list[str] = []
        self.variables: dict[str, Any] = dict(CONDITIONS)

    def query(self) -> str:
        """Return a query."""
        assert self._schema.query_type
        selected = self._selected(self._schema.query_type, 0)
        return self._document("query", selected)

    def subscription(self, field: str, argument: str) -> str:
        """Return a subscription to a field, with its arguments as they are given."""
        assert self._schema.subscription_type
        definition = self._schema.subscription_type.fields[field]
        selected = self._selected(get_named_type(definition.type), 0)
        return self._document("subscription", f"{{ {field}({argument}) {selected} }}")

    def _document(self, kind: str, selected: str) -> str:
        declared = " ".join([*(f"${name}: Boolean!" for name in CONDITIONS), *self._declared])
        return " ".join([f"{kind} ({declared}) {selected}", *self._fragments])

    def _selected(self, kind: Any, depth: int) -> str:
        count = self._random.randint(1, 5) if self._fields < MAX_FIELDS else 1
        parts = [self._part(kind, depth) for _ in range(count)]
        if depth == 0:
            parts += ["pin: __typename @skip(if: $no) @include(if: $yes)"]
        return "{ " + " ".join(parts) + " }"

    def _part(self, kind: Any, depth: int) -> str:
        self._fields += 1
        chance = self._random.random()
        if isinstance(kind, GraphQLUnionType) or chance < 0.15:
            return self._fragment(kind, depth)
        if chance < 0.25:
            return self._alias() + "__typename"
        return self._field(kind, depth)

    def _fragment(self, kind: Any, depth: int) -> str:
        on = self._random.choice(self._narrower(kind))
        selected = self._selected(on, depth + 1) if self._goes_on(depth) else "{ __typename }"
        condition = f"on {on.name}"
        if self._random.random() < 0.5:
            plain = "" if on is kind and self._random.random() < 0.5 else condition
            return f"... {plain} {self._directive()} {selected}"
        name = f"F{len(self._fragments)}"
        self._fragments.append(f"fragment {name} {condition} {selected}")
        spread = f"...{name} {self._directive()}"
        return f"{spread} ...{name}" if self._random.random() < 0.2 else spread

    def _narrower(self, kind: Any) -> list[GraphQLObjectType | GraphQLInterfaceType]:
        """Return the types that a fragment may be on."""
        possible = list(self._schema.get_possible_types(kind)) if is_abstract_type(kind) else [kind]
        interfaces = [interface for found in possible for interface in found.interfaces]
        return [*possible, *interfaces, *([] if isinstance(kind, GraphQLUnionType) else [kind])]

    def _field(self, kind: Any, depth: int) -> str:
        fields: dict[str, GraphQLField] = kind.fields
        leaves = [name for name, field in fields.items() if is_leaf_type(get_named_type(field.type))]
        name = self._random.choice(list(fields) if self._goes_on(depth) or not leaves else leaves)
        of = get_named_type(fields[name].type)
        arguments = self._arguments(fields[name].args)
        selected = "" if is_leaf_type(of) else self._selected(of, depth + 1)
        written = f"{self._alias(needed=bool(arguments))}{name}{arguments} {self._directive()}{selected}"
        return f"{written} {written}" if self._random.random() < 0.1 else written

    def _goes_on(self, depth: int) -> bool:
        return depth < DEEPEST and self._fields < MAX_FIELDS

    def _alias(self, *, needed: bool = False) -> str:
        if not needed and self._random.random() < 0.8:
            return ""
        self._aliases += 1
        return f"a{self._aliases}: "

    def _directive(self) -> str:
        if self._random.random() < 0.85:
            return ""
        name = self._random.choice(["skip", "include"])
        return f"@{name}(if: {self._random.choice(['$yes', '$no', 'true', 'false'])}) "

    def _arguments(self, arguments: dict[str, GraphQLArgument]) -> str:
        written = [
            f"{name}: {self._given(argument)}"
            for name, argument in arguments.items()
            if is_required_argument(argument) or self._random.random() < 0.3
        ]
        return f"({', '.join(written)})" if written else ""

    def _given(self, argument: GraphQLArgument) -> str:
        """Return a value, or a variable that holds it."""
        value = self._value(argument.type)
        if self._random.random() < 0.5:
            return _literal(value)
        name = f"v{len(self.variables)}"
        self.variables[name] = _plain(value)
        self._declared.append(f"${name}: {argument.type}")
        return f"${name}"

    def _value(self, kind: Any) -> Any:
        if is_non_null_type(kind):
            return self._value(kind.of_type)
        if is_list_type(kind):
            return [self._value(kind.of_type) for _ in range(self._random.randint(0, 4))]
        if isinstance(kind, GraphQLInputObjectType):
            return {name: self._value(field.type) for name, field in kind.fields.items()}
        if isinstance(kind, GraphQLEnumType):
            return _Name(self._random.choice(list(kind.values)))
        return self._random.choice(self._values[kind.name])


class _Name(str):
    """A value of an enum."""

    __slots__ = ()


def _literal(value: Any) -> str:
    if isinstance(value, _Name):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_literal(item)}" for name, item in value.items()) + "}"
    return json.dumps(value)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return str(value) if isinstance(value, _Name) else value
