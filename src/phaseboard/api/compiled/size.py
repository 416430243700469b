"""How large an answer may become: its fields are counted while it is made, since lists tell nobody their length before.

Each level of a query can multiply what the one above it found, so a short document may ask for any number of fields.
"""

from collections.abc import Sized
from typing import Any

from graphql import GraphQLError, GraphQLObjectType, GraphQLOutputType, GraphQLResolveInfo
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from phaseboard.api.weight import limit_error
from phaseboard.limits import Limits

MOST = Limits().answer_fields

SLOWER = 5
"""How many times as much a field counts that graphql-core has to execute: so much longer does it take."""


class TooLarge(GraphQLError):
    """An answer would become larger than allowed."""


class Size:
    """Counts the fields of one answer."""

    __slots__ = ("_left", "_most")

    def __init__(self, most: int) -> None:
        self._most = most
        self._left = most

    def take(self, fields: int) -> None:
        """Count fields. Raises TooLarge."""
        self._left -= fields
        if self._left < 0:
            raise self.error

    @property
    def taken(self) -> int:
        """How many were counted."""
        return self._most - self._left

    @property
    def exceeded(self) -> bool:
        """Whether there were too many."""
        return self._left < 0

    @property
    def error(self) -> TooLarge:
        """What clients are told."""
        told = f"The answer has more than {self._most} fields: ask for less at a time, for lists page by page."
        error = limit_error("answer_fields", self._most, told)
        return TooLarge(error.message, extensions=error.extensions)


class CountingExecutor(StrawberryGraphQLCoreExecutionContext):
    """Executes as graphql-core does, and counts what is below the root; once that is too much, every field fails."""

    size = Size(MOST)

    def execute_field(
        self, parent_type: GraphQLObjectType, source: Any, details: FieldDetailsList, path: Path, position: Any
    ) -> Any:
        """Execute a field; those of the schema itself are as many as there are."""
        if path.prev is not None and not parent_type.name.startswith("__"):
            self.size.take(SLOWER)
        return super().execute_field(parent_type, source, details, path, position)

    def complete_iterable_value(  # noqa: PLR0917 - graphql-core's
        self,
        item_type: GraphQLOutputType,
        details: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        items: Any,
        position: Any,
    ) -> Any:
        """Complete a list, whose items count as well."""
        if isinstance(items, Sized):
            self.size.take(len(items))
        return super().complete_iterable_value(item_type, details, info, path, items, position)
