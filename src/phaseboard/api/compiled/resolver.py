"""How a plan calls a resolver: as Strawberry does, with what does not change worked out before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import strawberry
from graphql import (
    Executor,
    FieldNode,
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    GraphQLInputType,
    GraphQLObjectType,
    GraphQLScalarType,
    Undefined,
    ValueNode,
    VariableNode,
    get_nullable_type,
)
from graphql.execution.values import get_argument_values
from graphql.language import ListValueNode, ObjectValueNode
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from phaseboard.api.compiled.query_plan import Fallback, Running

_IMMUTABLE = (str, int, float, type(None))
"""What one execution cannot change for the next; the values of enums are texts."""


@dataclass(frozen=True, slots=True)
class Place:
    """A field of an operation: what the schema says of it, and the nodes that ask for it."""

    definition: GraphQLField
    field: StrawberryField
    nodes: list[FieldNode]
    parent: GraphQLObjectType


class Resolver:
    """Calls the function behind a field. Raises whatever that raises."""

    __slots__ = (
        "_constant",
        "_function",
        "_info_name",
        "_place",
        "_schema",
        "_source_names",
        "_takes_self",
        "_variables",
    )

    def __init__(self, schema: strawberry.Schema, executor: Executor[Any], place: Place) -> None:
        resolver = place.field.base_resolver
        if not isinstance(resolver, StrawberryResolver) or not callable(resolver.wrapped_func):
            raise Fallback
        self._schema = schema
        self._place = place
        self._function = resolver.wrapped_func
        self._takes_self = resolver.self_parameter is not None
        given = (resolver.parent_parameter, resolver.root_parameter)
        self._source_names = tuple(parameter.name for parameter in given if parameter)
        self._info_name = resolver.info_parameter.name if resolver.info_parameter else None
        self._constant = self._constant_arguments(executor)
        self._variables = self._plain_variables()

    def __call__(self, source: Any, run: Running) -> Any:
        """Return what the resolver returns for an object."""
        info = self._info(run) if self._info_name or self._constant is None else None
        arguments = self._arguments(run, info)
        for name in self._source_names:
            arguments[name] = source
        if self._info_name:
            arguments[self._info_name] = info
        return self._function(source, **arguments) if self._takes_self else self._function(**arguments)

    def _info(self, run: Running) -> Any:
        told: Any = _Told(run, self._place)
        return self._schema.config.info_class(_raw_info=told, _field=self._place.field)

    def _taken(self, run: Running) -> dict[str, Any] | None:
        """Return the arguments if each is a variable of a scalar type that is given and not null."""
        if self._variables is None:
            return None
        coerced = run.call.variables.coerced
        arguments = {name: coerced.get(variable) for name, variable in self._variables}
        return None if None in arguments.values() else arguments

    def _arguments(self, run: Running, info: Any) -> dict[str, Any]:
        if self._constant is not None:
            return {**self._constant}
        if taken := self._taken(run):
            return taken
        values = get_argument_values(self._place.definition, self._place.nodes[0], run.call.variables)
        return self._converted(values, info)

    def _converted(self, values: dict[str, Any], info: Any) -> dict[str, Any]:
        registry = self._schema.schema_converter.scalar_registry
        return convert_arguments(values, self._place.field.arguments, registry, self._schema.config, info)

    def _plain_variables(self) -> Sequence[tuple[str, str]] | None:
        """Return names of arguments with those of their variables, None when there is more to them than that.

        Scalars are converted with the variables; of an argument that is left out a default may have to be taken.
        """
        declared = self._place.definition.args
        nodes = {argument.name.value: argument.value for argument in self._place.nodes[0].arguments or ()}
        if not nodes or any(name not in nodes and _has_default(argument) for name, argument in declared.items()):
            return None
        named = self._schema.config.name_converter.from_argument
        names = {named(argument): argument.python_name for argument in self._place.field.arguments}
        plain = []
        for name, value in nodes.items():
            if not isinstance(value, VariableNode) or not _is_scalar(declared[name].type):
                return None
            plain.append((names[name], value.name.value))
        return plain

    def _constant_arguments(self, executor: Executor[Any]) -> Mapping[str, Any] | None:
        """Return the arguments if no variable and no resolver can change them. Raises Fallback for invalid ones."""
        node = self._place.nodes[0]
        if any(_varies(argument.value) for argument in node.arguments or ()):
            return None
        try:
            values = get_argument_values(self._place.definition, node, executor.variable_values)
        except GraphQLError:
            raise Fallback from None
        immutable = all(isinstance(value, _IMMUTABLE) for value in values.values())
        return self._converted(values, None) if immutable else None


class _Told:
    """What graphql-core tells resolvers: the context at once, all else when it is asked for."""

    __slots__ = ("_place", "_run", "context")

    def __init__(self, run: Running, place: Place) -> None:
        self.context = run.call.context
        self._run = run
        self._place = place

    def __getattr__(self, name: str) -> Any:
        place = self._place
        told = self._run.executor.build_resolve_info(place.definition, place.nodes, place.parent, _UNKNOWN)  # type: ignore[arg-type]
        return getattr(told, name)


class _Unknown:
    """The path in an Info: plans do not keep track of it."""

    def __getattr__(self, _: str) -> NoReturn:
        raise Fallback


_UNKNOWN = _Unknown()


def _has_default(argument: GraphQLArgument) -> bool:
    """Whether something is passed for an argument that is left out; for null the function's own default is as good."""
    return argument.default is not None or argument.default_value not in {Undefined, None}


def _is_scalar(declared: GraphQLInputType) -> bool:
    return isinstance(get_nullable_type(declared), GraphQLScalarType)


def _varies(value: ValueNode) -> bool:
    if isinstance(value, ListValueNode):
        return any(map(_varies, value.values))
    if isinstance(value, ObjectValueNode):
        return any(_varies(field.value) for field in value.fields)
    return isinstance(value, VariableNode)
