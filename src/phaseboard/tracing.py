"""Traces by OpenTelemetry, for those who ask for them by its standard variables: `OTEL_EXPORTER_OTLP_ENDPOINT` first.

They need the extra `phaseboard[tracing]`. Without variables nothing of it is even imported. A span is made once what it
tells of is done; it holds ids and names, never values that clients gave.
"""

import logging
from collections.abc import Mapping
from threading import Thread
from typing import TYPE_CHECKING

from phaseboard import __version__
from phaseboard.activity import OPERATIONS, Activity, Kind

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor

log = logging.getLogger(__name__)

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
SERVICE = "OTEL_SERVICE_NAME"

CLOSING_SECONDS = 2.0
"""How long the last spans may take on their way out when the server stops."""

LONGEST_NAME = 100
NANOSECONDS = 1_000_000_000


class Traces:
    """Makes a span of each activity and hands it to a processor."""

    def __init__(self, processor: "SpanProcessor", environ: Mapping[str, str]) -> None:
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an extra that may be missing
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415

        named = {"service.name": environ.get(SERVICE, "phaseboard"), "service.version": __version__}
        self._provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("phaseboard", __version__)

    def watch(self, activity: Activity) -> None:
        """Make the span of what was done."""
        from opentelemetry.propagate import extract  # noqa: PLC0415
        from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415

        name = activity.name[:LONGEST_NAME]
        operated = activity.kind in OPERATIONS
        span = self._tracer.start_span(
            f"{activity.kind} {name}".rstrip(),
            context=extract(activity.trace) if activity.trace else None,
            kind=SpanKind.SERVER if operated else SpanKind.INTERNAL,
            attributes=_attributes(activity, name),
            start_time=activity.began,
        )
        if activity.outcome in ("error", "failed"):
            span.set_status(StatusCode.ERROR)
        span.end(activity.began + round(activity.seconds * NANOSECONDS))

    def close(self) -> None:
        """Send what is left, for as long as that may take."""
        closing = Thread(target=self._provider.shutdown, name="last traces", daemon=True)
        closing.start()
        closing.join(CLOSING_SECONDS)


def asked_for(environ: Mapping[str, str]) -> bool:
    """Whether the environment names a collector, and does not switch tracing off."""
    off = environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or environ.get("OTEL_TRACES_EXPORTER") == "none"
    return not off and any(environ.get(name) for name in ENDPOINTS)


def traces_of(environ: Mapping[str, str]) -> Traces | None:
    """Return what makes traces, None when nobody asks for them, or the extra is missing, which is logged."""
    if not asked_for(environ):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError:
        told = "no traces: install phaseboard[tracing], or unset OTEL_EXPORTER_OTLP_ENDPOINT"
        log.warning(told, extra={"action": "tracing.missing"})
        return None
    return Traces(BatchSpanProcessor(OTLPSpanExporter()), environ)


def _attributes(activity: Activity, name: str) -> dict[str, str]:
    told = {f"phaseboard.{key}": value for key, value in activity.details.items()}
    told["phaseboard.outcome"] = activity.outcome
    if activity.kind in OPERATIONS:
        told["graphql.operation.type"] = activity.kind.value
        told["graphql.operation.name"] = name
    elif activity.kind is Kind.ATTEMPT:
        told["phaseboard.executor"] = name
    return told
