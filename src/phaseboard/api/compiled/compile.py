"""Compiling an operation: from a validated document to a plan.

Which fields are selected, merged and in which order is worked out by graphql-core itself, once for each type that a
value may have. What a plan cannot do as Strawberry and graphql-core do it is not compiled at all: introspection, fields
with permissions or extensions, types that tell by code of their own what belongs to them, directives unknown here.
"""

from functools import cache
from typing import Any

import strawberry
from graphql import (
    Executor,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    OperationType,
    Undefined,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.collect_fields import CollectedFields, FieldDetails, collect_fields, collect_subfields
from strawberry.schema.schema_converter import CustomGraphQLEnumType, GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from phaseboard.api.compiled.query_plan import Fallback, Items, Leaf, Objects, Resolve, Selection, Shape
from phaseboard.api.compiled.resolver import Place, Resolver
from phaseboard.api.compiled.variables import PLAIN

_TYPENAME, _KNOWN_DIRECTIVES = "__typename", {"skip", "include"}


def compile_operation(schema: strawberry.Schema, executor: Executor[Any], most: int) -> tuple[Selection | None, int]:
    """Return the plan of the operation that an executor was built for, and how many fields it has.

    There is none when the operation is left to graphql-core, or when it has more fields than `most`. Variables in
    `@skip` and `@include` are taken to stay as they are.
    """
    compiler = _Compiler(schema, executor, most)
    try:
        return compiler.operation(), compiler.fields
    except Exception:  # noqa: BLE001 - Fallback, or what graphql-core will tell of when it executes
        return None, 0


class _Compiler:
    def __init__(self, schema: strawberry.Schema, executor: Executor[Any], most: int) -> None:
        self.fields = 0
        self._schema = schema
        self._executor = executor
        self._most = most
        self._kind = executor.operation.operation

    def operation(self) -> Selection:
        root = self._executor.schema.get_root_type(self._kind)
        if root is None or self._kind is OperationType.MUTATION:
            raise Fallback
        executor = self._executor
        collected = collect_fields(
            executor.schema, executor.fragments, executor.variable_values, root, executor.operation
        )
        return self._selection(root, collected, at_root=True)

    def _selection(self, parent: GraphQLObjectType, collected: CollectedFields, *, at_root: bool = False) -> Selection:
        if collected.new_defer_usages:
            raise Fallback
        blank: dict[str, Any] = {}
        attributes: dict[str, tuple[str, Shape]] = {}
        resolved: dict[str, tuple[Resolve, Shape]] = {}
        for name, details in collected.grouped_field_set.items():
            self._count(details)
            blank[name] = parent.name if details[0].node.name.value == _TYPENAME else None
            if blank[name]:
                continue
            place = self._place(parent, details)
            shape = self._shape(place.definition.type, details)
            if at_root and self._kind is OperationType.SUBSCRIPTION:
                resolved[name] = _payload, shape
            elif place.field.base_resolver:
                resolved[name] = Resolver(self._schema, self._executor, place), shape
            else:
                attributes[name] = place.field.python_name, shape
        return Selection(blank, attributes, resolved)

    def _count(self, details: list[FieldDetails]) -> None:
        self.fields += 1
        directives = (directive.name.value for detail in details for directive in detail.node.directives or ())
        if self.fields > self._most or not _KNOWN_DIRECTIVES.issuperset(directives):
            raise Fallback

    def _place(self, parent: GraphQLObjectType, details: list[FieldDetails]) -> Place:
        definition = self._executor.schema.get_field(parent, details[0].node.name.value)
        field = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF) if definition else None
        if definition is None or type(field) is not StrawberryField:
            raise Fallback
        if field.extensions or field.permission_classes or field.default_resolver is not getattr:
            raise Fallback
        return Place(definition, field, [detail.node for detail in details], parent)

    def _shape(self, declared: GraphQLOutputType, details: list[FieldDetails]) -> Shape:
        nullable = not is_non_null_type(declared)
        kind: Any = declared if nullable else declared.of_type  # type: ignore[union-attr]
        if is_list_type(kind):
            return Items(self._shape(kind.of_type, details), nullable)
        if is_leaf_type(kind):
            return _leaf(kind, nullable)
        return Objects({self._class(found): self._nested(found, details) for found in self._types(kind)}, nullable)

    def _types(self, kind: GraphQLNamedType) -> list[GraphQLObjectType]:
        if is_object_type(kind):
            return [kind]
        if not is_abstract_type(kind) or getattr(_definition(kind), "resolve_type", None):
            raise Fallback
        return list(self._executor.schema.get_possible_types(kind))

    def _class(self, kind: GraphQLObjectType) -> type:
        definition = _definition(kind)
        if not isinstance(definition, StrawberryObjectDefinition) or definition.is_type_of:
            raise Fallback
        if definition.is_graphql_generic or definition.concrete_of:
            raise Fallback
        return definition.origin

    def _nested(self, kind: GraphQLObjectType, details: list[FieldDetails]) -> Selection:
        executor = self._executor
        collected = collect_subfields(
            executor.schema, executor.fragments, executor.variable_values, executor.operation, kind, details
        )
        return self._selection(kind, collected)


def _definition(kind: GraphQLNamedType) -> object:
    return kind.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)


def _payload(source: Any, _: object) -> Any:
    """Return the event itself, as the field of a subscription does."""
    return source


@cache
def _leaf(kind: GraphQLLeafType, nullable: bool) -> Leaf:
    if isinstance(kind, CustomGraphQLEnumType):
        names: dict[Any, str] = {}
        for name, value in kind.values.items():
            names.setdefault(kind.wrapped_cls(value.value), name)
        as_in_code = all(member._name_ == name for member, name in names.items())
        return Leaf(names.__getitem__, None, nullable, named=kind.wrapped_cls if as_in_code else None)
    if isinstance(kind, GraphQLEnumType):
        raise Fallback
    if kind in (GraphQLInt, GraphQLFloat) or kind in PLAIN:
        return Leaf(kind.coerce_output_value, PLAIN.get(kind), nullable)
    return Leaf(_checked(kind), None, nullable)


def _checked(kind: GraphQLScalarType) -> Any:
    """Return how a scalar writes values; what it cannot write is no value."""

    def serialize(value: Any) -> Any:
        written = kind.coerce_output_value(value)
        if written is None or written is Undefined or isinstance(value, Exception):
            raise Fallback
        return written

    return serialize
