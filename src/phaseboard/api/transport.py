"""GraphQL over HTTP, over Server-Sent Events and over graphql-transport-ws, on one address.

Follows the GraphQL-over-HTTP specification. Whatever comes in, the answer is GraphQL's: errors are JSON with an
`errors` list, never a page or a traceback.
"""

import logging
from collections.abc import Mapping
from typing import Any, Protocol

from graphql import GraphQLError, OperationType
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from phaseboard.api.accept import EVENTS, JSON, RESPONSE, Accepted, accepted
from phaseboard.api.context import Span
from phaseboard.api.exchange import operating, request_told
from phaseboard.api.operation import operation_type
from phaseboard.api.request import BadRequest, ClientGone, GraphQLRequest, headers_of, read
from phaseboard.api.scalars import parse_cursor
from phaseboard.api.schema import FAULT, UNAVAILABLE, PhaseboardSchema
from phaseboard.api.streams.execution import Operation, to_json
from phaseboard.api.streams.hub import Caller, Hub
from phaseboard.api.streams.messages import NOT_ACCEPTABLE
from phaseboard.api.streams.socket import PROTOCOL, GraphQLSocket
from phaseboard.api.streams.sse import EventStream
from phaseboard.limits import Limits

log = logging.getLogger(__name__)

READS = "phaseboard.reads"
"""Where a request's scope holds what its execution is to note its reads in."""

AGAIN = (("retry-after", "10"),)
"""The header that tells when to ask again, once the database may answer."""

_CONTENT_TYPES = {
    JSON: b"application/json; charset=utf-8",
    RESPONSE: b"application/graphql-response+json; charset=utf-8",
}


class Callers(Protocol):
    """Makes callers, of requests that were let in and of sockets that say who they are."""

    def of_request(self, scope: Scope) -> Caller:
        """Return the caller of a request."""
        ...

    async def of_socket(self, payload: Mapping[str, Any]) -> Caller:
        """Return the caller that the payload of connection_init names. Raises AccessError or the store's errors."""
        ...


class GraphQLEndpoint:
    """The ASGI application behind `/graphql`."""

    def __init__(self, schema: PhaseboardSchema, callers: Callers, hub: Hub, limits: Limits) -> None:
        self._schema = schema
        self._callers = callers
        self._hub = hub
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request or a socket."""
        if scope["type"] == "websocket":
            await self._serve_socket(WebSocket(scope, receive, send))
            return
        media = JSON
        try:
            wanted = _negotiated(headers_of(scope))
            media = wanted.media or JSON
            asked = await read(scope, receive, self._limits.body_bytes)
            await self._respond(asked, wanted, scope, receive, send)
        except BadRequest as error:
            await _send(send, error.status, media, _errors(str(error)), *error.headers)
        except ClientGone:
            return
        except Exception:
            log.exception("fault in a request", extra={"action": "api.fault"})
            await _send(send, 500, media, _errors(FAULT))

    async def _respond(
        self, asked: GraphQLRequest, wanted: Accepted, scope: Scope, receive: Receive, send: Send
    ) -> None:
        reading = scope["method"] == "GET"
        await self._hub.looked_at(asked.query)
        kind = operation_type(asked.query, asked.operation_name, self._limits.tokens)
        if reading and kind is OperationType.MUTATION:
            raise BadRequest(405, "Mutations are sent by POST.", ("allow", "POST"))
        if wanted.events and (wanted.media is None or kind is OperationType.SUBSCRIPTION):
            await self._stream(asked, scope, receive, send)
            return
        result = await self._execute(asked, scope, kind)
        media = wanted.media or JSON
        if _is_unavailable(result):
            await _send(send, 503, media, to_json(_body(result)), *AGAIN)
            return
        status = 400 if _is_refused(result) and media == RESPONSE else 200
        await _send(send, status, media, to_json(_body(result)))

    async def _execute(self, asked: GraphQLRequest, scope: Scope, kind: OperationType | None) -> ExecutionResult:
        context = self._callers.of_request(scope).make_context(Span())
        context.reads = scope.get(READS, context.reads)
        with operating(asked.query, asked.operation_name, self._limits.tokens) as activity:
            result = await self._schema.answer(asked.query, asked.operation_name, asked.variables, context)
            activity.outcome = "error" if result.errors else "ok"
        context.reads.answered = kind is OperationType.QUERY and not result.errors
        return result

    async def _stream(self, asked: GraphQLRequest, scope: Scope, receive: Receive, send: Send) -> None:
        operation = Operation(asked.query, asked.operation_name, asked.variables, read_only=scope["method"] == "GET")
        last = _last_event_id(headers_of(scope).get(b"last-event-id"))
        await EventStream(self._hub, operation, self._callers.of_request(scope), last)(scope, receive, send)

    async def _serve_socket(self, websocket: WebSocket) -> None:
        offered = PROTOCOL in websocket.scope["subprotocols"]
        await websocket.accept(subprotocol=PROTOCOL if offered else None)
        if not offered:
            await websocket.close(NOT_ACCEPTABLE, "Subprotocol not acceptable")
            return
        await GraphQLSocket(websocket, self._hub, self._callers.of_socket, self._limits).run()


def _negotiated(headers: Mapping[bytes, bytes]) -> Accepted:
    wanted = accepted(headers.get(b"accept", b"").decode("latin-1"))
    if wanted.media is None and not wanted.events:
        raise BadRequest(406, f"Answers are {JSON}, {RESPONSE} or {EVENTS}: accept one of them.")
    return wanted


def _is_refused(result: ExecutionResult) -> bool:
    """Whether a result says that nothing was executed."""
    return isinstance(result, PreExecutionError)


def _is_unavailable(result: ExecutionResult) -> bool:
    """Whether there is no answer at all because the database does not answer."""
    if not result.errors or any(value is not None for value in (result.data or {}).values()):
        return False
    return all((error.extensions or {}).get("code") == UNAVAILABLE for error in result.errors)


def _body(result: ExecutionResult) -> dict[str, Any]:
    """Return a result as the specification writes it: `data` is left out when nothing was executed, or could be."""
    body: dict[str, Any] = {} if _is_refused(result) or _is_unavailable(result) else {"data": result.data}
    if result.errors:
        body["errors"] = [error.formatted for error in result.errors]
    return body


def _errors(message: str) -> bytes:
    return to_json({"errors": [{"message": message, "extensions": request_told()}]})


async def _send(send: Send, status: int, media: str, body: bytes, *more: tuple[str, str]) -> None:
    headers = [(b"content-type", _CONTENT_TYPES[media]), (b"content-length", b"%d" % len(body))]
    headers += [(name.encode(), value.encode()) for name, value in more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _last_event_id(given: bytes | None) -> int | None:
    try:
        return parse_cursor(given.decode("latin-1")) if given else None
    except GraphQLError as error:
        raise BadRequest(400, f"Last-Event-ID: {error.message}") from None
