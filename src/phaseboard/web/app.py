"""The Starlette application: routes, and nothing else."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute

from phaseboard.api.context import ALL_SCOPES, Context, Services
from phaseboard.api.streams.hub import Caller, Hub
from phaseboard.api.transport import GraphQLEndpoint
from phaseboard.domain.actor import Actor, ActorKind
from phaseboard.web.callbacks import callback_endpoint
from phaseboard.web.pages import healthz, index

ANONYMOUS = Actor(ActorKind.ANONYMOUS, "anonymous")

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


def make_app(services: Services, hub: Hub, lifespan: Lifespan | None = None) -> Starlette:
    """Return the application that serves the API over these services; `hub` is where subscribers meet."""

    def make_caller(_: HTTPConnection) -> Caller:
        return Caller(ALL_SCOPES, lambda span: Context(services, ANONYMOUS, ALL_SCOPES, span))

    graphql = GraphQLEndpoint(make_caller, hub)
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
