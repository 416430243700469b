"""The Starlette application: routes, and nothing else."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp

from phaseboard.api.answers import Answers
from phaseboard.api.context import ALL_SCOPES, Context, Services
from phaseboard.api.streams.hub import Caller, Hub
from phaseboard.api.transport import GraphQLEndpoint
from phaseboard.domain.actor import Actor, ActorKind
from phaseboard.web.callbacks import callback_endpoint
from phaseboard.web.metrics.endpoint import metrics_endpoint
from phaseboard.web.metrics.metrics import Metrics
from phaseboard.web.pages import healthz, index
from phaseboard.web.reuse import ReuseAnswers

ANONYMOUS = Actor(ActorKind.ANONYMOUS, "anonymous")

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


GRAPHQL = "/graphql"


def make_app(
    services: Services, hub: Hub, answers: Answers, metrics: Metrics, lifespan: Lifespan | None = None
) -> ASGIApp:
    """Return the application that serves the API over these services.

    `hub` is where subscribers meet, `answers` are those that may be given again.
    """

    def make_caller(_: HTTPConnection) -> Caller:
        return Caller(ALL_SCOPES, lambda span: Context(services, ANONYMOUS, ALL_SCOPES, span=span))

    graphql = GraphQLEndpoint(make_caller, hub)
    app = Starlette(
        routes=[
            Route("/", index),
            Route("/healthz", healthz),
            Route("/metrics", metrics_endpoint(metrics)),
            Route(GRAPHQL, graphql),
            WebSocketRoute(GRAPHQL, graphql),
            Route("/callbacks/{task}/{attempt}", callback_endpoint(services.use_cases), methods=["POST"]),
        ],
        exception_handlers={Exception: _fault},
        lifespan=lifespan,
    )
    return ReuseAnswers(app, answers, GRAPHQL)


async def _fault(_: Request, __: Exception) -> Response:
    return JSONResponse({"errors": [{"message": "Phaseboard could not answer this; its log says why."}]}, 500)
