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
from phaseboard.api.enums import UserErrorCode
from phaseboard.api.exchange import OK
from phaseboard.domain.enums import Phase
from phaseboard.web.callbacks import ANSWERS
from phaseboard.web.metrics.census import CensusMetrics
from phaseboard.web.metrics.names import Names
from phaseboard.web.metrics.stays import PASSING

QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
"""Bounds in seconds of what takes milliseconds on a good day."""

ROUGH = (0.005, 0.025, 0.1, 0.5, 2.5)
"""The same, for families of many series."""

LONG = (0.1, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0)
"""Bounds in seconds of what outside systems take."""

LASTING = (1.0, 10.0, 60.0, 600.0, 3600.0, 14_400.0, 43_200.0, 86_400.0, 259_200.0, 604_800.0)
"""Bounds in seconds of what waits for clocks and people: up to a week."""


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
            "operation_seconds", "How long queries and mutations took to execute.", "kind", "operation", bounds=ROUGH
        )
        self._series: dict[tuple[Kind, str], Histogram] = {}
        self._errors = self._counter("operation_errors", "Operations answered with errors.", "kind", known=OPERATIONS)
        self._steps = self._histogram(
            "step_seconds", "How long the server took for what it does by itself, commit included.", "step"
        )
        self._attempts = self._histogram(
            "task_attempt_seconds", "How long an executor had a task in hand.", "executor", "outcome", bounds=LONG
        )
        self._stays = self._histogram(
            "phase_stay_seconds", "How long releases stayed in a phase that they left.", "phase", bounds=LASTING
        )
        for phase in PASSING:
            self._stays.labels(phase.value)
        outcomes = (OK, *(code.name for code in UserErrorCode))
        self._mutations = self._counter("mutations", "Mutations: OK, or the user error.", "outcome", known=outcomes)
        self._callbacks = self._counter("callbacks", "Callbacks by how they were answered.", "answer", known=ANSWERS)
        self._malformed = self._counter("malformed_requests", "Requests that are no HTTP.")
        self._commits = self._histogram("commit_seconds", "How long a transaction took, from its begin to its commit.")
        self._batches = self._histogram(
            "commit_jobs", "Pieces of work that share a commit.", bounds=(1, 2, 4, 8, 16, 32)
        )
        self.delivery = self._histogram(
            "delivery_seconds", "How long a change took from its commit to the connections that follow it."
        )
        self.lag = self._histogram("loop_lag_seconds", "How late the event loop was, looked at twice a second.")
        self.add(census)
        Info("phaseboard_build", "The version that runs.", registry=self.registry).info({"version": __version__})
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

    def stayed(self, phase: Phase, seconds: float) -> None:
        """Measure a stay in a phase."""
        self._stays.labels(phase.value).observe(seconds)

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

    def _counter(self, name: str, told: str, *labels: str, known: Iterable[str] = ()) -> Counter:
        """Return a counter; what is `known` beforehand is told from the start, as a rate needs a zero to begin at."""
        counter = Counter(f"phaseboard_{name}", told, labels, registry=self.registry)
        for value in known:
            counter.labels(value)
        return counter
