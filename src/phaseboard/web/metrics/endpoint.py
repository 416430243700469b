"""`GET /metrics`."""

from collections.abc import Awaitable, Callable

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from starlette.requests import Request
from starlette.responses import Response

from phaseboard.web.metrics.metrics import Metrics


def metrics_endpoint(metrics: Metrics) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint that tells these metrics."""

    async def endpoint(_: Request) -> Response:
        return Response(await metrics.text(), headers={"content-type": CONTENT_TYPE})

    return endpoint
