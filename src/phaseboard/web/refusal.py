"""Answers of the doors around the application: GraphQL's errors, given before anything is read or parsed."""

import json
from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from phaseboard.api.answers import Headers
from phaseboard.api.exchange import new_id
from phaseboard.web.exchanges import REQUEST_ID, given_id

REFUSING = "websocket.http.response"
"""The ASGI extension by which a socket is refused with an answer of its own."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody is turned away: the HTTP status, the code and the words of the error."""

    status: int
    code: str
    message: str
    headers: Headers = ()


async def refuse(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request, or the opening of a socket, with an error; no exchange begins, but it has an id like one."""
    request_id = given_id(scope) or new_id().encode()
    error = {"message": refusal.message, "extensions": {"code": refusal.code, "requestId": request_id.decode()}}
    body = json.dumps({"errors": [error]}).encode()
    kind = "http"
    if scope["type"] == "websocket":
        await receive()
        if REFUSING not in scope.get("extensions", {}):
            await send({"type": "websocket.close"})
            return
        kind = "websocket.http"
    headers = [
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (REQUEST_ID, request_id),
        *refusal.headers,
    ]
    await send({"type": f"{kind}.response.start", "status": refusal.status, "headers": headers})
    await send({"type": f"{kind}.response.body", "body": body})
