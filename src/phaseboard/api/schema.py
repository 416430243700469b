"""The schema: all types together, and what holds for every operation."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import strawberry
from graphql import GraphQLError, OperationDefinitionNode
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import MaskErrors, MaxTokensLimiter, ParserCache, SchemaExtension, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

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
UNCLEAR = "The document has several operations: say which one to run, by `operationName`."
STREAMED = "Subscriptions are streamed: subscribe over graphql-transport-ws, or with `Accept: text/event-stream`."


class _PhaseboardSchema(strawberry.Schema):
    """Logs faults as such, and what callers got wrong not at all; leaves subscriptions to the streams."""

    async def execute(self, *args: Any, **given: Any) -> ExecutionResult:
        """Execute a query or a mutation."""
        allowed = given.pop("allowed_operation_types", None) or OperationType
        given["allowed_operation_types"] = {kind for kind in allowed if kind is not OperationType.SUBSCRIPTION}
        try:
            return await super().execute(*args, **given)
        except InvalidOperationTypeError as error:
            if error.operation_type is not OperationType.SUBSCRIPTION:
                raise
            return ExecutionResult(data=None, errors=[GraphQLError(STREAMED)])

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
    about_the_document = bool(error.nodes) and error.path is None
    request = GraphQLError | CannotGetOperationTypeError | InvalidOperationTypeError | MissingQueryError
    return original is not None and not about_the_document and not isinstance(original, request)


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


class _Parsing(ParserCache):
    """Leaves what cannot be parsed to the parser: what is raised from here is caught over plain HTTP alone."""

    def on_parse(self) -> Iterator[None]:
        """Look the document up, or parse it and keep it."""
        context = self.execution_context
        with suppress(Exception):
            context.graphql_document = self.cached_parse_document(context.query, **context.parse_options)
        yield


class _NamedOperation(SchemaExtension):
    """Refuses a document of several operations that does not say which one to run."""

    def on_validate(self) -> Iterator[None]:
        """Look once the document was validated."""
        context = self.execution_context
        if not context.pre_execution_errors and _is_unclear(context):
            context.pre_execution_errors = [GraphQLError(UNCLEAR)]
        yield


def _is_unclear(context: ExecutionContext) -> bool:
    definitions = context.graphql_document.definitions if context.graphql_document else ()
    operations = sum(isinstance(node, OperationDefinitionNode) for node in definitions)
    return operations > 1 and context._provided_operation_name is None  # noqa: SLF001 - `operation_name` guesses


def _extensions() -> list[Any]:
    return [
        lambda: MaxTokensLimiter(max_token_count=MAX_TOKENS),
        lambda: _Parsing(maxsize=CACHED_DOCUMENTS),
        lambda: ValidationCache(maxsize=CACHED_DOCUMENTS),
        _NamedOperation,
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
