"""The schema: all types together, and what holds for every operation."""

import logging
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import MaskErrors, MaxTokensLimiter, ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from phaseboard.api import enums as _enums  # noqa: F401 - describes the domain's enums before they are used
from phaseboard.api.events import EVENT_TYPES
from phaseboard.api.mutations import Mutation
from phaseboard.api.payloads import ERROR_TYPES
from phaseboard.api.queries import Query
from phaseboard.api.scalars import SCALARS
from phaseboard.api.subscriptions import Subscription
from phaseboard.store.errors import Unavailable

log = logging.getLogger(__name__)

MAX_TOKENS = 2_000
CACHED_DOCUMENTS = 500

FAULT = "Phaseboard could not answer this; the server's log says why."
BUSY = "The database does not answer now: try again."


class _PhaseboardSchema(strawberry.Schema):
    """Logs faults as such, and what callers got wrong not at all."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log the errors that are masked."""
        for error in errors:
            if is_fault(error):
                name = execution_context.operation_name if execution_context else None
                extra = {"action": "api.fault", "operation": name}
                log.error("fault in an operation", exc_info=error.original_error, extra=extra)


def is_fault(error: GraphQLError) -> bool:
    """Whether an error is the server's: raised by something else than GraphQL and its input checks."""
    original = error.original_error
    return original is not None and not isinstance(original, GraphQLError)


class _Masking(MaskErrors):
    """Keeps the text of exceptions on the server; says so when only the database was busy."""

    def __init__(self) -> None:
        super().__init__(should_mask_error=is_fault, error_message=FAULT)

    def anonymise_error(self, error: GraphQLError) -> GraphQLError:
        """Return the error that the client gets."""
        busy = isinstance(error.original_error, Unavailable)
        return GraphQLError(
            BUSY if busy else FAULT,
            nodes=error.nodes,
            path=error.path,
            extensions={"code": "SERVICE_UNAVAILABLE" if busy else "INTERNAL_SERVER_ERROR"},
        )


def _extensions() -> list[Any]:
    return [
        lambda: MaxTokensLimiter(max_token_count=MAX_TOKENS),
        lambda: ParserCache(maxsize=CACHED_DOCUMENTS),
        lambda: ValidationCache(maxsize=CACHED_DOCUMENTS),
        _Masking,
    ]


schema = _PhaseboardSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[*EVENT_TYPES, *ERROR_TYPES],
    extensions=_extensions(),
    config=StrawberryConfig(scalar_map=SCALARS),
)
"""The schema that the server serves and that `schema.graphql` prints."""


def sdl() -> str:
    """Return the schema in the schema definition language."""
    return schema.as_str().rstrip() + "\n"
