"""The schema: all types together, and what holds for every operation."""

import logging
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from copy import copy
from functools import partial
from typing import Any, Self

import strawberry
from graphql import ExecutionResult as Result
from graphql import GraphQLError
from graphql import OperationType as CoreOperationType
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from phaseboard.api import enums as _enums  # noqa: F401 - describes the domain's enums before they are used
from phaseboard.api.compiled.execution import Execution
from phaseboard.api.compiled.size import MOST
from phaseboard.api.context import Context
from phaseboard.api.documents import MAX_TOKENS, Check, Document, Documents, Refused
from phaseboard.api.events import EVENT_TYPES
from phaseboard.api.exchange import request_told
from phaseboard.api.mutations import Mutation
from phaseboard.api.payloads import ERROR_TYPES
from phaseboard.api.queries import Query
from phaseboard.api.scalars import SCALARS
from phaseboard.api.scopes import allow
from phaseboard.api.subscriptions import Subscription
from phaseboard.store.errors import StoreError, Unavailable

log = logging.getLogger(__name__)

FAULT = "Phaseboard could not answer this; the server's log says why."
BUSY = "The database does not answer now: try again."
UNAVAILABLE = "SERVICE_UNAVAILABLE"
STREAMED = "Subscriptions are streamed: subscribe over graphql-transport-ws, or with `Accept: text/event-stream`."
READ_ONLY = "Mutations are not allowed here: send them by POST, or over a socket."

_KINDS = {core: OperationType(core.value) for core in CoreOperationType}

Allow = Callable[[Any, Document, str | None], Sequence[GraphQLError]]
"""Says why a call, by its context, may not execute an operation of a valid document, by the operation's name."""

CheckVariables = Callable[[Mapping[str, Any]], Sequence[GraphQLError]]
"""Says what is wrong with variables as they came."""


class PhaseboardSchema(strawberry.Schema):
    """Executes operations by their plans; logs faults as such, and what callers got wrong not at all."""

    def __init__(self, *args: Any, **parts: Any) -> None:
        super().__init__(*args, **parts)
        self.documents = Documents(self._schema)
        self.allow: Allow = lambda *_: ()
        self.check_variables: CheckVariables = lambda _: ()
        self.max_fields = MOST

    def guarded(
        self,
        *,
        check: Check = lambda _: (),
        allow: Allow | None = None,
        max_tokens: int = MAX_TOKENS,
        suggesting: bool = True,
        check_variables: CheckVariables = lambda _: (),
        max_fields: int = MOST,
    ) -> Self:
        """Return the same schema with these guards.

        `check` looks at each document once, before it is validated, `allow` at each call of a valid one; without it
        that stays as it is. `check_variables` looks at the variables of each call before they are coerced. An answer
        may have `max_fields`. Without `suggesting` errors do not tell names that nearly fit.
        """
        guarded = copy(self)
        guarded.documents = Documents(self._schema, check=check, max_tokens=max_tokens, suggesting=suggesting)
        guarded.allow = allow or self.allow
        guarded.check_variables = check_variables
        guarded.max_fields = max_fields
        return guarded

    async def answer(
        self, query: str, operation_name: str | None, variables: Mapping[str, Any] | None, context: Any
    ) -> ExecutionResult:
        """Execute a query or a mutation; a PreExecutionError tells that it could not begin."""
        try:
            document = self._valid(query)
            kind = self._kind(document, operation_name)
            if kind is OperationType.SUBSCRIPTION:
                return PreExecutionError(data=None, errors=[GraphQLError(STREAMED)])
            return await self._executed(kind, document, operation_name, variables, context)
        except Refused as refused:
            return PreExecutionError(data=None, errors=list(refused.errors))

    async def follow(
        self,
        query: str,
        operation_name: str | None,
        variables: Mapping[str, Any],
        context: Any,
        allowed: Collection[OperationType] = tuple(OperationType),
    ) -> AsyncGenerator[ExecutionResult, None]:
        """Execute any operation; yield the results of a subscription, or the only one. Raises Refused."""
        document = self._valid(query)
        kind = self._kind(document, operation_name)
        if kind not in allowed:
            raise Refused([GraphQLError(READ_ONLY)])
        if kind is not OperationType.SUBSCRIPTION:
            yield await self._executed(kind, document, operation_name, variables, context)
            return
        execution = self._begin(document, operation_name, variables, context)
        source = await execution.source()
        if isinstance(source, Result):
            raise Refused(_shown(source, operation_name).errors or ())
        async with aclosing(source) as events:
            try:
                async for event in events:
                    yield _shown(await execution.event(event), operation_name)
            except Exception as error:  # noqa: BLE001 - logged there
                yield _shown(Result(None, [_located_nowhere(error)]), operation_name)

    async def _executed(
        self,
        kind: OperationType,
        document: Document,
        operation_name: str | None,
        variables: Mapping[str, Any] | None,
        context: Any,
    ) -> ExecutionResult:
        """Execute a mutation, or a query, which shows each release at one revision. Raises Refused."""
        begin = partial(self._begin, document, operation_name, variables, context)
        if not isinstance(context, Context):
            return _shown(await begin().result(), operation_name)
        context.reads.again()
        result = await begin().result()
        if kind is OperationType.QUERY and context.reads.torn:
            result = await _in_one_view(begin, context)
        return _shown(result, operation_name)

    def _valid(self, query: str) -> Document:
        document = self.documents.checked(query)
        if document.errors:
            raise Refused(document.errors)
        return document

    @staticmethod
    def _kind(document: Document, operation_name: str | None) -> OperationType:
        try:
            return _KINDS[document.operation(operation_name).operation]
        except GraphQLError as error:
            raise Refused([error]) from None

    def _begin(
        self,
        document: Document,
        operation_name: str | None,
        variables: Mapping[str, Any] | None,
        context: Any,
    ) -> Execution:
        """Return an execution that may begin. Raises Refused for a call or for variables that do not allow it."""
        if errors := self.allow(context, document, operation_name) or self.check_variables(variables or {}):
            raise Refused(errors)
        operation = document.operation(operation_name)
        call = document.plans.call(self, operation, variables or {}, context, max_fields=self.max_fields)
        if call.errors:
            raise Refused(call.errors)
        return Execution(call, document.plans.plan(call))


async def _in_one_view(begin: Callable[[], Execution], context: Context) -> Result:
    """Execute a query so that all it reads is of one instant."""
    try:
        async with context.view.held():
            context.reads.again()
            return await begin().result()
    except StoreError as error:
        return Result(None, [_located_nowhere(error)])


def _shown(result: Result, operation_name: str | None) -> ExecutionResult:
    """Return a result as clients may see it; faults are logged."""
    if not result.errors:
        return ExecutionResult(data=result.data, errors=None)
    for error in filter(is_fault, result.errors):
        _log(error, operation_name)
    errors = [_anonymous(error) if is_fault(error) else error for error in result.errors]
    return ExecutionResult(data=result.data, errors=errors)


def _log(fault: GraphQLError, operation_name: str | None) -> None:
    """Log a fault with how it came about; of a database that is away all is said in a line."""
    cause = fault.original_error
    if isinstance(cause, Unavailable):
        log.warning("%s", cause, extra={"action": "api.unavailable", "operation": operation_name})
    else:
        log.error("fault in an operation", exc_info=cause, extra={"action": "api.fault", "operation": operation_name})


def is_fault(error: GraphQLError) -> bool:
    """Whether an error is the server's: raised by something else than GraphQL and its input checks."""
    original = error.original_error
    about_the_document = bool(error.nodes) and error.path is None
    return original is not None and not about_the_document and not isinstance(original, GraphQLError)


def _anonymous(error: GraphQLError) -> GraphQLError:
    """Return an error without the text of its exception."""
    busy = isinstance(error.original_error, Unavailable)
    return GraphQLError(
        BUSY if busy else FAULT,
        nodes=error.nodes,
        path=error.path,
        extensions={"code": UNAVAILABLE if busy else "INTERNAL_SERVER_ERROR", **request_told()},
    )


def _located_nowhere(error: Exception) -> GraphQLError:
    return error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)


schema = PhaseboardSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[*EVENT_TYPES, *ERROR_TYPES],
    config=StrawberryConfig(scalar_map=SCALARS),
).guarded(allow=allow)
"""The schema that the server serves and that `schema.graphql` prints."""


def sdl() -> str:
    """Return the schema in the schema definition language."""
    return schema.as_str().rstrip() + "\n"
