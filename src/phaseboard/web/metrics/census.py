"""Releases by phase, tasks by status and executor, what is due: counted by the store when a scrape asks.

Counting all releases takes a store of many a few milliseconds of one reader's time, so it is done at most every few
seconds, and a store that does not answer in time leaves these families out rather than the scrape without an answer.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from time import monotonic

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from phaseboard.domain.enums import Phase
from phaseboard.store.census import MAX_DUE, OPEN, Backlog, Census
from phaseboard.store.errors import StoreError
from phaseboard.store.port import Store
from phaseboard.web.metrics.families import gauge
from phaseboard.web.metrics.names import OTHER
from phaseboard.web.metrics.stays import PASSING

log = logging.getLogger(__name__)

FRESH = 5.0
"""Seconds for which a census is told again."""

PATIENCE = 1.0
"""Seconds that the store may take to count."""


class CensusMetrics:
    """A collector of the census that was taken last; tasks of executors that are not installed are told as `other`."""

    def __init__(
        self, store: Store, clock: Callable[[], datetime], executors: Iterable[str] = (), fresh: float = FRESH
    ) -> None:
        self.patience = PATIENCE
        self._store = store
        self._clock = clock
        self._executors = (*executors, OTHER)
        self._fresh = fresh
        self._taken: tuple[float, datetime, Census] | None = None
        self._taking = asyncio.Lock()

    async def refresh(self) -> None:
        """Take a census unless there is a fresh one; called before a scrape."""
        async with self._taking:
            if self._taken and monotonic() - self._taken[0] < self._fresh:
                return
            now, self._taken = self._clock(), None
            try:
                async with asyncio.timeout(self.patience):
                    census = await self._store.read(lambda reader: reader.census(now))
            except (StoreError, TimeoutError):
                log.warning("the store did not count in time", extra={"action": "metrics.census"})
                return
            self._taken = monotonic(), now, census

    def collect(self) -> Iterable[Metric]:
        """Tell what was counted."""
        if self._taken is None:
            return
        _, now, census = self._taken
        yield from _phases(census, now)
        yield self._tasks(census)
        for what, backlog in (("releases", census.due_releases), ("tasks", census.due_tasks)):
            yield from _backlog(what, backlog, now)

    def _tasks(self, census: Census) -> Metric:
        counts = Counter({(status, executor): 0 for status in OPEN for executor in self._executors})
        for (status, executor), count in census.tasks.items():
            counts[status, executor if executor in self._executors else OTHER] += count
        told = "Tasks of the stages and cycles under way that are not done, by status and executor."
        family = GaugeMetricFamily("phaseboard_tasks", told, labels=("status", "executor"))
        for (status, executor), count in counts.items():
            family.add_metric((status.value, executor), count)
        return family


def _phases(census: Census, now: datetime) -> Iterable[Metric]:
    counts = {phase.value: census.phases[phase].count if phase in census.phases else 0 for phase in Phase}
    stays = {
        phase.value: _seconds(census.phases[phase].since, now) if phase in census.phases else 0.0 for phase in PASSING
    }
    yield gauge("phaseboard_releases", "Releases in each phase.", "phase", counts)
    told = "How long the release that is in a phase longest has been in it."
    yield gauge("phaseboard_phase_longest_stay_seconds", told, "phase", stays)


def _backlog(what: str, backlog: Backlog, now: datetime) -> Iterable[Metric]:
    told = f"Due {what} that wait to be processed, counted up to {MAX_DUE}."
    yield GaugeMetricFamily(f"phaseboard_due_{what}", told, value=backlog.count)
    age = _seconds(backlog.since, now) if backlog.since else 0.0
    yield GaugeMetricFamily(f"phaseboard_due_{what}_age_seconds", f"How long the first of the due {what} waits.", age)


def _seconds(since: datetime, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0)
