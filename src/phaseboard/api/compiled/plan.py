"""What a plan is made of: selections, the fields in them, and how a field's value becomes data.

A plan holds everything that is the same for all executions of an operation: which fields there are on which type, under
which names and in which order, where a value comes from, how it is written. What is left for an execution is to read
attributes, call resolvers and fill dicts.

A plan knows the straight way only. Whatever lies off it (a null where none may be, a value of an unexpected type, an
exception) raises, and graphql-core, which knows all ways, executes the operation instead.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from graphql import Executor
from strawberry.execution import optimized_is_awaitable
from strawberry.types.cast import get_strawberry_type_cast

from phaseboard.api.compiled.call import Call

Data = dict[str, Any]


class OffPlan(Exception):
    """Only graphql-core can tell what this comes to."""


class Running(Protocol):
    """An execution, as far as plans need it."""

    call: Call

    @property
    def executor(self) -> Executor[Any]:
        """The executor of graphql-core for this execution, made when it is asked for."""
        ...

    def later(self, value: Awaitable[Any], data: Data, name: str, shape: "Shape") -> None:
        """Complete a value into its place once it was awaited."""
        ...


Resolve = Callable[[Any, Running], Any]
"""Returns the value of a field of an object, or an awaitable of it."""


class Shape(Protocol):
    """How a value is completed."""

    def complete(self, value: Any, run: Running) -> Any:
        """Return the data for a value. Raises an exception when it has to be left to graphql-core."""
        ...


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar or an enum; values of the type `plain` are written as they are, those of `named` by their names."""

    serialize: Callable[[Any], Any]
    plain: type | None
    nullable: bool
    named: type | None = None

    def complete(self, value: Any, _: Running) -> Any:
        """Return what is written for a value."""
        kind = type(value)
        if kind is self.plain:
            return value
        if kind is self.named:
            return value._name_
        return _null(self.nullable) if value is None else self.serialize(value)


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    item: Shape
    nullable: bool

    def complete(self, value: Any, run: Running) -> Any:
        """Return the data of all items."""
        if value is None:
            return _null(self.nullable)
        if type(value) is not list and type(value) is not tuple:
            raise OffPlan
        complete = self.item.complete
        return [complete(item, run) for item in value]


@dataclass(frozen=True, slots=True)
class Objects:
    """An object of one type, or of one of several: what is selected is told by the class of the value."""

    selections: Mapping[type, "Selection"]
    nullable: bool

    def complete(self, value: Any, run: Running) -> Any:
        """Return what is selected of an object."""
        if value is None:
            return _null(self.nullable)
        selection = self.selections.get(type(value))
        if selection is None or get_strawberry_type_cast(value) is not None:
            raise OffPlan
        return selection.read(value, run)


@dataclass(frozen=True, slots=True)
class Selection:
    """What is selected of an object of one type, in the order in which it is answered."""

    blank: Data
    """All names in their order, with the values that are always the same."""
    leaves: tuple[tuple[str, str, Leaf], ...]
    """Attributes that are written as they are, after their names."""
    nested: tuple[tuple[str, str, Shape], ...]
    """Attributes that hold objects or lists."""
    resolved: tuple[tuple[str, Resolve, Shape], ...]
    """Fields that are computed."""

    def read(self, source: Any, run: Running) -> Data:
        """Return what is selected of an object; what has to be awaited is filled in later."""
        data = self.blank.copy()
        for name, attribute, leaf in self.leaves:
            value = getattr(source, attribute)
            data[name] = value if type(value) is leaf.plain else leaf.complete(value, run)
        for name, attribute, shape in self.nested:
            data[name] = shape.complete(getattr(source, attribute), run)
        for name, resolve, shape in self.resolved:
            value = resolve(source, run)
            if optimized_is_awaitable(value):
                run.later(value, data, name, shape)
            else:
                data[name] = shape.complete(value, run)
        return data


def _null(nullable: bool) -> None:
    if not nullable:
        raise OffPlan
