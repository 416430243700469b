"""What lets others see how a server is, in one hand."""

from dataclasses import dataclass

from phaseboard.web.exchanges import Exchanges
from phaseboard.web.health import Readiness
from phaseboard.web.metrics.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Insight:
    """The metrics, whether it is ready, and what goes around each request."""

    metrics: Metrics
    readiness: Readiness
    exchanges: Exchanges
