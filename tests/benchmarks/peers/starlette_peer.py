"""A bare Starlette app: what any answer and any delivery costs when nothing at all is worked out for it.

`/constant` reads what it is sent and returns the encoded answer to the status query. Sockets get the encoded delivery
at once and after each `POST /change`, by one loop that awaits `send_text` of the same text for one socket after the
other.
"""

import json

from serving import Releases, serve
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

releases = Releases()
sockets: set[WebSocket] = set()


def _answer(status: dict[str, object]) -> dict[str, object]:
    return {"data": {"releaseStatus": status}}


def _text(message: object) -> str:
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False)


CONSTANT = _text(_answer(releases.running)).encode()
DELIVERIES = {
    id(status): _text({"id": "1", "type": "next", "payload": _answer(status)})
    for status in (releases.running, releases.paused)
}


async def _constant(request: Request) -> Response:
    await request.body()
    return Response(CONSTANT, media_type="application/json")


async def _change(_: Request) -> Response:
    releases.change()
    text = DELIVERIES[id(releases.now)]
    for socket in tuple(sockets):
        await socket.send_text(text)
    return Response(b"{}", media_type="application/json")


async def _follow(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(DELIVERIES[id(releases.now)])
    sockets.add(socket)
    try:
        while (await socket.receive())["type"] != "websocket.disconnect":
            continue
    finally:
        sockets.discard(socket)


app = Starlette(
    routes=[
        Route("/constant", _constant, methods=["GET", "POST"]),
        Route("/change", _change, methods=["POST"]),
        WebSocketRoute("/follow", _follow),
    ]
)

if __name__ == "__main__":
    serve(app, "/constant")
