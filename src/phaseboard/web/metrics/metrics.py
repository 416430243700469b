"""The metrics of one server, on a registry of their own: several servers in a process do not mix."""

from prometheus_client import CollectorRegistry, GCCollector, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder

from phaseboard.api.answers import Answers
from phaseboard.api.streams.hub import Hub
from phaseboard.feed.feed import Feed
from phaseboard.web.metrics.families import Reading, Readings
from phaseboard.web.metrics.streams import StreamMetrics

QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Bounds in seconds of what takes milliseconds on a good day."""


class Metrics:
    """All that is measured, and the text that tells it."""

    def __init__(self, hub: Hub, answers: Answers, feed: Feed) -> None:
        self.registry = CollectorRegistry()
        self._delivery = Histogram(
            "phaseboard_delivery_seconds",
            "From a commit to the connections that follow it.",
            buckets=QUICK,
            registry=self.registry,
        )
        hub.counts.latency.observe = self._delivery.observe
        for collector in (StreamMetrics(hub), answer_metrics(answers), feed_metrics(feed)):
            self.registry.register(collector)
        for process in (ProcessCollector, PlatformCollector, GCCollector):
            process(registry=self.registry)

    def text(self, accept: str) -> tuple[bytes, str]:
        """Return the metrics now and their content type, in the format that `Accept` asks for."""
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type


def answer_metrics(answers: Answers) -> Readings:
    """Return the collector of the answers that are kept."""
    return Readings(
        gauges=(
            Reading("phaseboard_answers", "Answers that are kept.", lambda: len(answers)),
            Reading("phaseboard_answers_bytes", "Bytes of the answers that are kept.", lambda: answers.bytes),
        ),
        counters=(
            Reading("phaseboard_answers_hits", "Requests answered by what is kept.", lambda: answers.hits),
            Reading("phaseboard_answers_misses", "Requests that were executed instead.", lambda: answers.misses),
        ),
    )


def feed_metrics(feed: Feed) -> Readings:
    """Return the collector of the feed."""
    return Readings(
        gauges=(
            Reading("phaseboard_feed_followers", "Executions and others that follow the log.", lambda: feed.followers),
            Reading("phaseboard_feed_head", "Position of the event published last.", lambda: feed.head),
        )
    )
