"""GraphQL over HTTP, over Server-Sent Events and over graphql-transport-ws, on one address.

Whatever comes in, the answer is GraphQL's: errors are JSON with an `errors` list, never a page or a traceback.
"""

import json
import logging
from collections.abc import Callable
from typing import Any

from cross_web import HTTPException, StarletteRequestAdapter
from graphql import GraphQLError, OperationType
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLRequestData
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL
from strawberry.types import ExecutionResult

from phaseboard.api.context import Context, Span
from phaseboard.api.documents import MAX_TOKENS
from phaseboard.api.scalars import parse_cursor
from phaseboard.api.schema import FAULT, schema
from phaseboard.api.streams.execution import Operation
from phaseboard.api.streams.hub import Caller, Hub
from phaseboard.api.streams.messages import NOT_ACCEPTABLE
from phaseboard.api.streams.operation import operation_type
from phaseboard.api.streams.socket import PROTOCOL, GraphQLSocket, SocketLimits
from phaseboard.api.streams.sse import EventStream

log = logging.getLogger(__name__)

READS = "phaseboard.reads"
"""Where a request's scope holds what its execution is to note its reads in."""

MAX_BODY = 262_144
"""Bytes of a request's body."""


class _BoundedRequest(StarletteRequestAdapter):
    """Reads no more of a body than may be sent."""

    async def get_body(self) -> bytes:
        body = bytearray()
        async for chunk in self._request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                raise HTTPException(413, f"The request has more than {MAX_BODY} bytes.")
        return bytes(body)


class GraphQLEndpoint(GraphQL[Context, None]):
    """The ASGI application behind `/graphql`."""

    request_adapter_class = _BoundedRequest

    def __init__(self, make_caller: Callable[[HTTPConnection], Caller], hub: Hub) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            allow_queries_via_get=True,
            subscription_protocols=(PROTOCOL, GRAPHQL_SSE_PROTOCOL),
        )
        self._make_caller = make_caller
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request or a socket."""
        if scope["type"] == "websocket":
            await self._serve_socket(WebSocket(scope, receive, send))
            return
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:  # noqa: ARG002
        """Return the context of a request."""
        context = self._make_caller(request).make_context(Span())
        context.reads = request.scope.get(READS, context.reads)
        return context

    async def execute_operation(self, *args: Any, **given: Any) -> Any:
        """Execute an operation; note when it was a query that went without an error."""
        result = await super().execute_operation(*args, **given)
        if isinstance(result, ExecutionResult) and not result.errors and _is_query(given["request_data"]):
            given["context"].reads.answered = True
        return result

    def decode_json(self, data: str | bytes) -> object:
        """Return what a body or message holds. Raises JSONDecodeError for all that is no JSON."""
        try:
            return super().decode_json(data)
        except (ValueError, RecursionError) as error:
            raise json.JSONDecodeError(str(error), "", 0) from None

    def parse_json(self, data: str | bytes) -> Any:
        """Return the request that a body holds. Raises HTTPException unless it is an object."""
        parsed = super().parse_json(data)
        if not isinstance(parsed, dict):
            raise HTTPException(400, "The body has to be a JSON object with a query.")
        return parsed

    async def _serve_socket(self, websocket: WebSocket) -> None:
        if not self._check_websocket_origin(websocket):
            await websocket.close()
            return
        offered = PROTOCOL in websocket.scope["subprotocols"]
        await websocket.accept(subprotocol=PROTOCOL if offered else None)
        if not offered:
            await websocket.close(NOT_ACCEPTABLE, "Subprotocol not acceptable")
            return
        await GraphQLSocket(websocket, self._hub, lambda _: self._make_caller(websocket), SocketLimits()).run()

    async def _respond(self, request: Request) -> ASGIApp:
        try:
            if self._get_stream_transport_from_headers(request.headers):
                return await self._stream(request)
            return await self.run(request)
        except HTTPException as error:
            return _errors(error.status_code, error.reason)
        except ClientDisconnect:
            return _errors(400, "The request broke off.")
        except Exception:
            log.exception("fault in a request", extra={"action": "api.fault"})
            return _errors(500, FAULT)

    async def _stream(self, request: Request) -> EventStream:
        adapter = self.request_adapter_class(request)
        if not self.is_request_allowed(adapter):
            raise HTTPException(405, "GraphQL only supports GET and POST requests.")
        asked = await self.parse_http_body(adapter)
        if isinstance(asked, list) or asked.query is None:
            raise HTTPException(400, "No GraphQL query found in the request")
        reading = request.method == "GET"
        operation = Operation(asked.query, asked.operation_name, asked.variables, read_only=reading)
        return EventStream(self._hub, operation, self._make_caller(request), _last_event_id(request))


def _is_query(asked: GraphQLRequestData) -> bool:
    kind = operation_type(asked.query or "", asked.operation_name, MAX_TOKENS)
    return kind is OperationType.QUERY


def _last_event_id(request: Request) -> int | None:
    given = request.headers.get("last-event-id")
    try:
        return parse_cursor(given) if given else None
    except GraphQLError as error:
        raise HTTPException(400, f"Last-Event-ID: {error.message}") from None


def _errors(status: int, message: str) -> Response:
    headers = {"Allow": "GET, POST"} if status == 405 else None  # noqa: PLR2004 - Method Not Allowed
    return JSONResponse({"errors": [{"message": message}]}, status, headers)
