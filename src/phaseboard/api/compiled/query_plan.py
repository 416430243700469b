"""What a plan is made of: selections, the fields in them, and how a field's value becomes data.

A plan holds everything that is the same for all executions of an operation: which fields there are on which type, under
which names and in which order, where a value comes from, how it is written. What is left for an execution is to read
attributes, call resolvers and fill dicts.

A plan knows the straight way only. Whatever lies off it (a null where none may be, a value of an unexpected type, an
exception) raises, and graphql-core, which knows all ways, executes the operation instead.

What is selected of an object is read by a function written for it, nested objects written into it. Each shape writes
how a value of its usual class is completed; one of any other class is left to the shape.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Protocol

from graphql import Executor
from strawberry.execution import optimized_is_awaitable
from strawberry.types.cast import get_strawberry_type_cast

from phaseboard.api.compiled.call import Call
from phaseboard.api.compiled.writer import Writer

Data = dict[str, Any]


class Fallback(Exception):
    """Only graphql-core can tell what this comes to."""


class Running(Protocol):
    """An execution, as far as plans need it."""

    call: Call

    @property
    def executor(self) -> Executor[Any]:
        """The executor of graphql-core for this execution, made when it is asked for."""
        ...

    def many(self, values: Sequence[Any], fields: int) -> Sequence[Any]:
        """Count the values of a list, of so many fields each, and return them. Raises TooLarge."""
        ...

    def later(self, value: Awaitable[Any], data: Data, name: str, shape: "Shape") -> None:
        """Complete a value into its place once it was awaited."""
        ...


Resolve = Callable[[Any, Running], Any]
"""Returns the value of a field of an object, or an awaitable of it."""


class Shape(Protocol):
    """How a value is completed."""

    @property
    def fields(self) -> int:
        """How many fields a value adds to an answer, at most; lists count what is in them by themselves."""
        ...

    def complete(self, value: Any, run: Running) -> Any:
        """Return the data for a value. Raises an exception when it has to be left to graphql-core."""
        ...

    def written(self, value: str, writer: Writer) -> str:
        """Return the expression for the data of a value, given by an expression."""
        ...


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar or an enum; values of the type `plain` are written as they are, those of `named` by their names."""

    serialize: Callable[[Any], Any]
    plain: type | None
    nullable: bool
    named: type | None = None
    fields: ClassVar = 1

    def complete(self, value: Any, _: Running) -> Any:
        """Return what is written for a value."""
        kind = type(value)
        if kind is self.plain:
            return value
        if kind is self.named:
            return value._name_
        return _null(self.nullable) if value is None else self.serialize(value)

    def written(self, value: str, writer: Writer) -> str:
        """Return the expression for what is written for a value."""
        usual, complete = self.plain or self.named, writer.given(self.complete)
        if usual is None:
            return f"{complete}({value}, run)"
        taken = writer.value()
        straight = taken if self.plain else f"{taken}._name_"
        return f"({straight} if type({taken} := {value}) is {writer.given(usual)} else {complete}({taken}, run))"


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    item: Shape
    nullable: bool
    fields: ClassVar = 1

    def complete(self, value: Any, run: Running) -> Any:
        """Return the data of all items."""
        if value is None:
            return _null(self.nullable)
        if type(value) is not list and type(value) is not tuple:
            raise Fallback
        complete = self.item.complete
        return [complete(item, run) for item in run.many(value, self.item.fields)]

    def written(self, value: str, writer: Writer) -> str:
        """Return the expression for the data of all items."""
        taken, item, complete = writer.value(), writer.value(), writer.given(self.complete)
        items = f"run.many({taken}, {self.item.fields})"
        straight = f"[{self.item.written(item, writer)} for {item} in {items}]"
        return f"({straight} if type({taken} := {value}) is list else {complete}({taken}, run))"


@dataclass(frozen=True, slots=True)
class Objects:
    """An object of one type, or of one of several: what is selected is told by the class of the value."""

    selections: Mapping[type, "Selection"]
    nullable: bool

    @property
    def fields(self) -> int:
        """Itself and the fields of that type that has most of them."""
        return 1 + max((selection.fields for selection in self.selections.values()), default=0)

    def complete(self, value: Any, run: Running) -> Any:
        """Return what is selected of an object."""
        if value is None:
            return _null(self.nullable)
        selection = self.selections.get(type(value))
        if selection is None or get_strawberry_type_cast(value) is not None:
            raise Fallback
        return selection.read(value, run)

    def written(self, value: str, writer: Writer) -> str:
        """Return the expression for what is selected of an object."""
        complete = writer.given(self.complete)
        if len(self.selections) != 1 or any(selection.resolved for selection in self.selections.values()):
            return f"{complete}({value}, run)"
        taken = writer.value()
        [(usual, selection)] = self.selections.items()
        kind, cast = writer.given(usual), writer.given(get_strawberry_type_cast)
        is_usual = f"type({taken} := {value}) is {kind} and {cast}({taken}) is None"
        return f"({selection.literal(taken, writer)} if {is_usual} else {complete}({taken}, run))"


@dataclass(frozen=True)
class Selection:
    """What is selected of an object of one type, in the order in which it is answered."""

    blank: Data
    """All names in their order, with the values that are always the same."""
    attributes: Mapping[str, tuple[str, Shape]]
    """Attributes that are read as they are, by the names that they are answered under."""
    resolved: Mapping[str, tuple[Resolve, Shape]]
    """Fields that are computed, likewise."""

    @cached_property
    def fields(self) -> int:
        """How many fields it adds to an answer, those of nested objects among them."""
        shapes = [shape for _, shape in (*self.attributes.values(), *self.resolved.values())]
        return len(self.blank) - len(shapes) + sum(shape.fields for shape in shapes)

    @cached_property
    def read(self) -> Callable[[Any, Running], Data]:
        """Return what is selected of an object; what has to be awaited is filled in later."""
        writer = Writer()
        is_awaitable = writer.given(optimized_is_awaitable)
        lines = [f"data = {self.literal('source', writer)}"]
        for name, (resolve, shape) in self.resolved.items():
            lines += [
                f"value = {writer.given(resolve)}(source, run)",
                f"if {is_awaitable}(value): run.later(value, data, {name!r}, {writer.given(shape)})",
                f"else: data[{name!r}] = {shape.written('value', writer)}",
            ]
        return writer.function([*lines, "return data"])

    def literal(self, source: str, writer: Writer) -> str:
        """Return the expression for what is selected of an object; what is computed is left as it is in `blank`."""
        fields = {name: repr(value) for name, value in self.blank.items()}
        for name, (attribute, shape) in self.attributes.items():
            fields[name] = shape.written(f"{source}.{attribute}", writer)
        return "{" + ", ".join(f"{name!r}: {value}" for name, value in fields.items()) + "}"


def _null(nullable: bool) -> None:
    if not nullable:
        raise Fallback
