"""The schema: all types together, and what holds for every operation."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from typing import Any

import strawberry
from graphql import GraphQLError, OperationDefinitionNode
from graphql import execute as graphql_execute
from strawberry.exceptions import MissingQueryError
from strawberry.execution import optimized_is_awaitable
from strawberry.extensions import MaskErrors, MaxTokensLimiter, ParserCache, SchemaExtension, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType
from strawberry.utils.await_maybe import await_maybe

from phaseboard.api import enums as _enums  # noqa: F401 - describes the domain's enums before they are used
from phaseboard.api.documents import CACHED_DOCUMENTS, MAX_TOKENS, UNCLEAR, Documents
from phaseboard.api.events import EVENT_TYPES
from phaseboard.api.mutations import Mutation
from phaseboard.api.payloads import ERROR_TYPES
from phaseboard.api.queries import Query
from phaseboard.api.scalars import SCALARS
from phaseboard.api.subscriptions import Subscription
from phaseboard.store.errors import Unavailable

log = logging.getLogger(__name__)

FAULT = "Phaseboard could not answer this; the server's log says why."
BUSY = "The database does not answer now: try again."
STREAMED = "Subscriptions are streamed: subscribe over graphql-transport-ws, or with `Accept: text/event-stream`."


class _PhaseboardSchema(strawberry.Schema):
    """Logs faults as such, and what callers got wrong not at all; leaves subscriptions to the streams."""

    async def execute(  # noqa: PLR0917 - Strawberry's own arguments
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Execute a query or a mutation; the same steps as Strawberry's, without its hooks around each of them."""
        if not query:
            raise MissingQueryError
        document = self._documents.checked(query)
        if document.parsed is None or document.errors:
            return ExecutionResult(data=None, errors=list(document.errors))
        try:
            kind = OperationType(document.operation(operation_name).value)
        except GraphQLError as error:
            return ExecutionResult(data=None, errors=[error])
        if kind is OperationType.SUBSCRIPTION:
            return ExecutionResult(data=None, errors=[GraphQLError(STREAMED)])
        if allowed_operation_types is not None and kind not in allowed_operation_types:
            raise InvalidOperationTypeError(kind)
        result = await await_maybe(
            graphql_execute(
                self._schema,
                document.parsed,
                root_value=root_value,
                variable_values=variable_values,
                operation_name=operation_name,
                context_value=context_value,
                is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
                executor_class=self.execution_context_class,
                **self._get_custom_context_kwargs(operation_extensions),
            )
        )
        return ExecutionResult(data=result.data, errors=self._told(result.errors, operation_name))

    @cached_property
    def _documents(self) -> Documents:
        return Documents(self._schema)

    def _told(self, errors: list[GraphQLError] | None, operation_name: str | None) -> list[GraphQLError] | None:
        """Return errors as clients may see them; faults are logged."""
        if not errors:
            return None
        _log_faults(errors, operation_name)
        return [_anonymous(error) if is_fault(error) else error for error in errors]

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log the errors that are masked."""
        _log_faults(errors, execution_context.operation_name if execution_context else None)


def _log_faults(errors: Iterable[GraphQLError], operation_name: str | None) -> None:
    for error in filter(is_fault, errors):
        extra = {"action": "api.fault", "operation": operation_name}
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
        return _anonymous(error)


def _anonymous(error: GraphQLError) -> GraphQLError:
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
