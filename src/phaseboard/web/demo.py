"""What only a demo serves: its clock, which may run fast, and the outside systems that its tasks wait for, played.

    GET  /demo                              how fast the clock runs, and what time it is
    POST /demo/speed                        {"speed": 10}
    POST /demo/device-lab                   where tasks ask for a run; it takes each, and calls back when it is told to
    POST /demo/callbacks/{task}/{attempt}   the body of a callback; with the secret put to it, it goes the way of all

No other server has these paths.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from phaseboard.api.scalars import format_instant
from phaseboard.domain.ids import owner_of
from phaseboard.engine.demo_clock import SPEEDS, DemoClock
from phaseboard.engine.secrets import callback_secret
from phaseboard.engine.use_cases import UseCases
from phaseboard.store.errors import StoreError
from phaseboard.store.port import Store
from phaseboard.web.callbacks import MAX_BODY, SECRET_HEADER, callback_endpoint

_WRONG_SPEED = f'Say how fast the clock is to run: {{"speed": n}}, n being one of {", ".join(map(str, SPEEDS))}.'

DEVICE_LAB = "/demo/device-lab"

Endpoint = Callable[[Request], Awaitable[Response]]


def demo_routes(
    clock: DemoClock, store: Store, use_cases: UseCases, answered: Callable[[str], None] = lambda _: None
) -> list[BaseRoute]:
    """Return the routes; `answered` is called with each answer to a callback, as by those of others."""
    return [
        Route("/demo", _telling(clock)),
        Route("/demo/speed", _setting(clock), methods=["POST"]),
        Route(DEVICE_LAB, _taking, methods=["POST"]),
        Route("/demo/callbacks/{task}/{attempt}", _calling_back(store, use_cases, answered), methods=["POST"]),
    ]


def _telling(clock: DemoClock) -> Endpoint:
    async def tell(_: Request) -> Response:
        return _state(clock)

    return tell


def _setting(clock: DemoClock) -> Endpoint:
    async def set_speed(request: Request) -> Response:
        speed = await _speed(request)
        if speed is None:
            return JSONResponse({"message": _WRONG_SPEED}, 400)
        clock.run_at(speed)
        return _state(clock)

    return set_speed


async def _taking(_: Request) -> Response:
    return JSONResponse({"message": "The run is in the queue."}, 202)


def _calling_back(store: Store, use_cases: UseCases, answered: Callable[[str], None]) -> Endpoint:
    callback = callback_endpoint(use_cases, answered)

    async def call_back(request: Request) -> Response:
        secret = await _secret(store, request.path_params["task"], request.path_params["attempt"])
        headers = [(SECRET_HEADER.lower().encode(), secret.encode()), *request.scope["headers"]]
        return await callback(Request({**request.scope, "headers": headers}, request.receive))

    return call_back


async def _secret(store: Store, task_id: str, attempt: str) -> str:
    """Return the secret of an attempt; nothing where there is none, and the callback is refused in its own words."""
    owner = owner_of(task_id, "tsk")
    if owner is None or not (attempt.isascii() and attempt.isdigit() and len(attempt) < len(str(2**31))):
        return ""
    try:
        release = await store.read(lambda reader: reader.release(owner[0]))
    except StoreError:
        return ""
    return callback_secret(release.secret, task_id, int(attempt)) if release else ""


async def _speed(request: Request) -> int | None:
    raw = bytearray()
    try:
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > MAX_BODY:
                return None
        body: Any = json.loads(bytes(raw))
    except (ValueError, RecursionError, ClientDisconnect):
        return None
    speed = body.get("speed") if isinstance(body, dict) else None
    return speed if type(speed) is int and speed in SPEEDS else None


def _state(clock: DemoClock) -> Response:
    told = {"speed": clock.speed, "speeds": SPEEDS, "time": format_instant(clock())}
    return JSONResponse(told, headers={"cache-control": "no-store"})
