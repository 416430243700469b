"""The metrics of one server, on a registry of their own: several servers in a process do not mix."""

import asyncio
from collections.abc import Iterable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    Info,
    Metric,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from phaseboard import __version__
from phaseboard.activity import OPERATIONS, Activity, Kind
from phaseboard.web.metrics.census import CensusMetrics
from phaseboard.web.metrics.names import Names

QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
"""Bounds in seconds of what takes milliseconds on a good day."""

ROUGH = (0.005, 0.025, 0.1, 0.5, 2.5)
"""The same, for families of many series."""

LONG = (0.1, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0)
"""Bounds in seconds of what outside systems take."""


class _One(Collector):
    """A registry of one family, without the samples that tell when each series began."""

    def __init__(self, family: Metric) -> None:
        family.samples = [sample for sample in family.samples if not sample.name.endswith("_created")]
        self._family = family

    def collect(self) -> Iterable[Metric]:
        return (self._family,)


class Metrics:
    """All that is measured, and the text that tells it."""

    def __init__(self, census: CensusMetrics) -> None:
        self.registry = CollectorRegistry()
        self._census = census
        self._names = Names()
        self._executors = Names()
        self._operations = self._histogram(
            "operation_seconds", "Executing an operation.", "kind", "operation", bounds=ROUGH
        )
        self._series: dict[tuple[Kind, str], Histogram] = {}
        self._errors = self._counter("operation_errors", "Operations answered with errors.", "kind")
        self._steps = self._histogram("step_seconds", "A step of the engine, commit and all.", "step")
        self._attempts = self._histogram(
            "task_attempt_seconds", "An attempt at a task.", "executor", "outcome", bounds=LONG
        )
        self._mutations = self._counter("mutations", "Mutations by OK or the code of the user error.", "outcome")
        self._callbacks = self._counter("callbacks", "Callbacks by answer.", "answer")
        self._malformed = self._counter("malformed_requests", "Requests that are no HTTP.")
        self._commits = self._histogram("commit_seconds", "A transaction of the writer, from its begin to its commit.")
        self._batches = self._histogram(
            "commit_jobs", "Pieces of work that share a commit.", bounds=(1, 2, 4, 8, 16, 32)
        )
        self.delivery = self._histogram("delivery_seconds", "From a commit to the connections that follow it.")
        self.lag = self._histogram("loop_lag_seconds", "How late the event loop is.")
        self.add(census)
        Info("phaseboard_build", "The version.", registry=self.registry).info({"version": __version__})
        for process in (ProcessCollector, PlatformCollector, GCCollector):
            process(registry=self.registry)

    def add(self, *collectors: Collector) -> None:
        """Tell what these collect as well."""
        for collector in collectors:
            self.registry.register(collector)

    def watch(self, activity: Activity) -> None:
        """Measure what was done."""
        kind = activity.kind
        if kind in OPERATIONS:
            self._operated(activity)
        elif kind is Kind.ATTEMPT:
            name = self._executors.told(activity.name)
            self._attempts.labels(name, activity.outcome).observe(activity.seconds)
        else:
            self._steps.labels(kind.value).observe(activity.seconds)

    def mutated(self, outcome: str) -> None:
        """Count a mutation."""
        self._mutations.labels(outcome).inc()

    def answered(self, answer: str) -> None:
        """Count a callback."""
        self._callbacks.labels(answer).inc()

    def malformed(self) -> None:
        """Count a request that cannot be read."""
        self._malformed.inc()

    def committed(self, seconds: float, jobs: int) -> None:
        """Measure a commit."""
        self._commits.observe(seconds)
        self._batches.observe(jobs)

    async def text(self) -> bytes:
        """Return the metrics now, in the text format; one family after the other, so that nobody waits for all."""
        await self._census.refresh()
        parts = []
        for family in self.registry.collect():
            await asyncio.sleep(0)
            parts.append(generate_latest(_One(family)))
            await asyncio.sleep(0)
        return b"".join(parts)

    def _operated(self, activity: Activity) -> None:
        """Measure an operation; how long somebody subscribes says nothing."""
        kind, failed = activity.kind, activity.outcome == "error"
        if failed:
            self._errors.labels(kind.value).inc()
        if kind is not Kind.SUBSCRIPTION:
            name = self._names.told(activity.name, admit=not failed)
            series = self._series.get((kind, name))
            if series is None:
                series = self._series[kind, name] = self._operations.labels(kind.value, name)
            series.observe(activity.seconds)

    def _histogram(self, name: str, told: str, *labels: str, bounds: tuple[float, ...] = QUICK) -> Histogram:
        return Histogram(f"phaseboard_{name}", told, labels, buckets=bounds, registry=self.registry)

    def _counter(self, name: str, told: str, *labels: str) -> Counter:
        return Counter(f"phaseboard_{name}", told, labels, registry=self.registry)
