"""The Starlette application: routes, and nothing else."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from phaseboard.access.port import Access
from phaseboard.api.answers import Answers
from phaseboard.api.context import Services
from phaseboard.api.schema import PhaseboardSchema
from phaseboard.api.streams.hub import Hub
from phaseboard.api.transport import GraphQLEndpoint
from phaseboard.web.access import guarded
from phaseboard.web.callbacks import callback_endpoint
from phaseboard.web.callers import Callers
from phaseboard.web.health import healthz, readyz
from phaseboard.web.insight import Insight
from phaseboard.web.metrics.endpoint import metrics_endpoint
from phaseboard.web.origins import Sites
from phaseboard.web.reuse import ReuseAnswers

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


GRAPHQL = "/graphql"


def make_app(
    schema: PhaseboardSchema,
    services: Services,
    hub: Hub,
    answers: Answers,
    insight: Insight,
    *,
    access: Access,
    sites: Sites,
    pages: Sequence[BaseRoute] = (),
    lifespan: Lifespan | None = None,
) -> ASGIApp:
    """Return the application that serves the API over these services.

    `hub` is where subscribers meet, `answers` are those that may be given again, `insight` lets others see how it is,
    `access` tells who calls, `origins` from which pages; `unbuilt_page` are the routes of our own.
    """
    graphql = GraphQLEndpoint(schema, Callers(services, access), hub, services.limits)
    callbacks = callback_endpoint(services.use_cases, insight.metrics.answered)
    app = Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz(insight.readiness)),
            Route("/metrics", metrics_endpoint(insight.metrics)),
            WebSocketRoute(GRAPHQL, graphql),
            Route("/callbacks/{task}/{attempt}", callbacks, methods=["POST"]),
            *pages,
        ],
        exception_handlers={Exception: _fault},
        lifespan=lifespan,
    )

    async def straight(scope: Scope, receive: Receive, send: Send) -> None:
        """Bring what is asked most straight to where it is answered: finding a route costs more than executing."""
        asked = scope["type"] == "http" and scope["path"] == GRAPHQL
        await (graphql if asked else app)(scope, receive, send)

    return guarded(ReuseAnswers(straight, answers, GRAPHQL, insight.exchanges), access, sites)


async def _fault(_: Request, __: Exception) -> Response:
    return JSONResponse({"errors": [{"message": "Phaseboard could not answer this; its log says why."}]}, 500)
