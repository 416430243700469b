"""Answers of the doors around the application: GraphQL's errors, given before anything is read or parsed."""

import json
from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from phaseboard.api.answers import Headers

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
    """Answer a request, or the opening of a socket, with an error."""
    error = {"message": refusal.message, "extensions": {"code": refusal.code}}
    body = json.dumps({"errors": [error]}).encode()
    kind = "http"
    if scope["type"] == "websocket":
        await receive()
        if REFUSING not in scope.get("extensions", {}):
            await send({"type": "websocket.close"})
            return
        kind = "websocket.http"
    own = ((b"content-type", b"application/json; charset=utf-8"), (b"content-length", b"%d" % len(body)))
    await send({"type": f"{kind}.response.start", "status": refusal.status, "headers": [*own, *refusal.headers]})
    await send({"type": f"{kind}.response.body", "body": body})
