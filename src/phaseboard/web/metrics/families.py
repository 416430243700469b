"""Families of samples that are read at the time of a scrape: nothing has to be counted twice."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

Samples = Mapping[str, float]
"""Values by the one label of a family."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A value, and how it is read."""

    name: str
    help: str
    read: Callable[[], float]


class Readings:
    """A collector of single values: `gauges` go up and down, `counters` only up."""

    def __init__(self, *, gauges: Iterable[Reading] = (), counters: Iterable[Reading] = ()) -> None:
        self._gauges = tuple(gauges)
        self._counters = tuple(counters)

    def collect(self) -> Iterable[Metric]:
        """Read all values."""
        for one in self._gauges:
            yield GaugeMetricFamily(one.name, one.help, value=one.read())
        for one in self._counters:
            yield CounterMetricFamily(one.name, one.help, value=one.read())


def gauge(name: str, told: str, label: str, samples: Samples) -> Metric:
    """Return a family of gauges with one label."""
    family = GaugeMetricFamily(name, told, labels=(label,))
    for value, sample in samples.items():
        family.add_metric((value,), sample)
    return family
