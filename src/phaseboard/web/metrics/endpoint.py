"""`GET /metrics`."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from phaseboard.web.metrics.metrics import Metrics


def metrics_endpoint(metrics: Metrics) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint that tells these metrics."""

    async def endpoint(request: Request) -> Response:
        await metrics.refresh()
        text, content_type = metrics.text(request.headers.get("accept", ""))
        return Response(text, headers={"content-type": content_type})

    return endpoint
