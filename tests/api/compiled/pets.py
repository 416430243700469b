"""A schema that is small, and has every way to write a resolver."""

from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission

from phaseboard.api.schema import PhaseboardSchema


@strawberry.enum
class Colour(Enum):
    """An enum whose members are no texts."""

    RED = 1
    BLUE = 2


@strawberry.input
class Basket:
    """An input that a resolver may change."""

    names: list[str]
    colour: Colour = Colour.BLUE


@strawberry.interface
class Named:
    """Anything with a name."""

    name: str


@strawberry.type
class Cat(Named):
    """A cat."""

    lives: int | None = 9

    @strawberry.field
    def path(self, info: strawberry.Info) -> str:
        """Return what plans do not know."""
        return ".".join(map(str, info.path.as_list()))

    @strawberry.field
    def colours(self, only: list[Colour] | None = None) -> list[Colour]:
        """Return an argument."""
        return only or [Colour.RED]


@strawberry.type
class Dog(Named):
    """A dog."""

    barks: bool = True


class Shut(BasePermission):
    """Lets nobody through."""

    message = "Shut."

    def has_permission(self, source: Any, info: strawberry.Info, **_: Any) -> bool:
        """Return that."""
        return False


class Louder(FieldExtension):
    """Changes what a field returns."""

    def resolve(self, next_: Callable[..., Any], source: Any, info: strawberry.Info, **given: Any) -> Any:
        """Return it in capitals."""
        return str(next_(source, info, **given)).upper()


@strawberry.type
class Query:
    """Every way to write a resolver."""

    @strawberry.field
    def pets(self) -> list[Named]:
        """Return one of each."""
        return [Cat(name="Tom"), Dog(name="Rex")]

    @strawberry.field
    def basket(self, given: Basket, root: strawberry.Parent[object]) -> list[str]:
        """Return what is in a basket, after adding to it."""
        given.names.append(given.colour.name)
        return [*given.names, str(root)]

    @strawberry.field
    @staticmethod
    async def apart(seconds: Annotated[int, strawberry.argument(name="s")] = 1) -> int:
        """Return the argument, later."""
        return seconds

    @strawberry.field
    def loaded(self, info: strawberry.Info, key: int) -> int:
        """Return a future."""
        return info.context["loader"].load(key)  # type: ignore[no-any-return]

    @strawberry.field
    def fails(self) -> int | None:
        """Fail."""
        raise ValueError("on purpose")

    @strawberry.field
    def cast(self) -> Named:
        """Return what is to be taken for something else."""
        return strawberry.cast(Dog, Cat(name="Tom"))

    @strawberry.field
    def odd(self) -> Cat:
        """Return what only looks like it."""
        return Kitten(name="Tim")

    @strawberry.field(permission_classes=[Shut])
    def shut(self) -> str | None:
        """Return what nobody may see."""
        return "secret"

    @strawberry.field(extensions=[Louder()])
    def loud(self) -> str:
        """Return something in capitals."""
        return "loud"


class Kitten(Cat):
    """A cat that is no type of its own."""


pets = PhaseboardSchema(query=Query, types=[Cat, Dog])
