"""The Starlette application: routes, and nothing else."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from phaseboard.api.context import Context, Services
from phaseboard.api.transport import GraphQLEndpoint
from phaseboard.domain.actor import Actor, ActorKind
from phaseboard.web.callbacks import callback_endpoint
from phaseboard.web.pages import healthz, index

ANONYMOUS = Actor(ActorKind.ANONYMOUS, "anonymous")

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


def make_app(services: Services, lifespan: Lifespan | None = None) -> Starlette:
    """Return the application that serves the API over these services."""

    def make_context(_: Request | WebSocket) -> Context:
        return Context(services, ANONYMOUS)

    graphql = GraphQLEndpoint(make_context)
    return Starlette(
        routes=[
            Route("/", index),
            Route("/healthz", healthz),
            Route("/graphql", graphql),
            WebSocketRoute("/graphql", graphql),
            Route("/callbacks/{task}/{attempt}", callback_endpoint(services.use_cases), methods=["POST"]),
        ],
        exception_handlers={Exception: _fault},
        lifespan=lifespan,
    )


async def _fault(_: Request, __: Exception) -> Response:
    return JSONResponse({"errors": [{"message": "Phaseboard could not answer this; its log says why."}]}, 500)
