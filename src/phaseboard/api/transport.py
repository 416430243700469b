"""GraphQL over HTTP, over Server-Sent Events and over graphql-transport-ws, on one address.

Whatever comes in, the answer is GraphQL's: errors are JSON with an `errors` list, never a page or a traceback.
"""

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from cross_web import HTTPException, StarletteRequestAdapter
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler

from phaseboard.api.context import Context
from phaseboard.api.schema import FAULT, schema

log = logging.getLogger(__name__)

MAX_BODY = 262_144
"""Bytes of a request's body."""

MAX_REASON = 123
"""Bytes of the reason in a close frame (RFC 6455)."""

INIT_TIMEOUT = timedelta(seconds=5)
OPERATIONS_PER_SOCKET = 20


class _BoundedRequest(StarletteRequestAdapter):
    """Reads no more of a body than may be sent."""

    async def get_body(self) -> bytes:
        body = bytearray()
        async for chunk in self._request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                raise HTTPException(413, f"The request has more than {MAX_BODY} bytes.")
        return bytes(body)


class _Socket(ASGIWebSocketAdapter):
    """Closes properly whatever the reason: one that is too long would break the connection off."""

    async def close(self, code: int, reason: str) -> None:
        """Close with a code and as much of a reason as a close frame holds."""
        await super().close(code, reason.encode()[:MAX_REASON].decode(errors="ignore"))


class _SocketHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """Closes with 4400 on whatever is no message of the protocol."""

    async def handle_message(self, message: Any) -> None:
        """Handle one message of a client."""
        if not isinstance(message, dict) or not _is_message(message):
            await self.handle_invalid_message("A message is an object with a type and what that type needs")
            return
        await super().handle_message(cast("Any", message))

    @staticmethod
    def _get_pre_execution_close_reason(_: GraphQLError) -> None:
        """Keep the socket: a document that cannot be run is an error of its own operation, not of the others."""


def _is_message(message: dict[str, Any]) -> bool:
    if message.get("type") == "connection_init" and message.get("payload") is None:
        message.pop("payload", None)
    if message.get("type") != "subscribe":
        return isinstance(message.get("type"), str) and isinstance(message.get("id", ""), str)
    payload = message.get("payload")
    return (
        isinstance(message.get("id"), str)
        and isinstance(payload, dict)
        and isinstance(payload.get("query"), str)
        and isinstance(payload.get("variables"), dict | None)
        and isinstance(payload.get("operationName"), str | None)
    )


class GraphQLEndpoint(GraphQL[Context, None]):
    """The ASGI application behind `/graphql`."""

    request_adapter_class = _BoundedRequest
    websocket_adapter_class = _Socket
    graphql_transport_ws_handler_class = _SocketHandler

    def __init__(self, make_context: Callable[[Request | WebSocket], Context]) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            allow_queries_via_get=True,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
            connection_init_wait_timeout=INIT_TIMEOUT,
            max_subscriptions_per_connection=OPERATIONS_PER_SOCKET,
        )
        self._make_context = make_context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request or a socket."""
        if scope["type"] == "websocket":
            await super().__call__(scope, receive, send)
            return
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:  # noqa: ARG002
        """Return the context of a request or a socket."""
        return self._make_context(request)

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

    async def _respond(self, request: Request) -> Response:
        try:
            return await self.run(request)
        except HTTPException as error:
            return _errors(error.status_code, error.reason)
        except Exception:
            log.exception("fault in a request", extra={"action": "api.fault"})
            return _errors(500, FAULT)


def _errors(status: int, message: str) -> Response:
    headers = {"Allow": "GET, POST"} if status == 405 else None  # noqa: PLR2004 - Method Not Allowed
    return JSONResponse({"errors": [{"message": message}]}, status, headers)
