"""Series that are counted in this process: cheap to add to from any thread, read when somebody scrapes them."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector, CollectorRegistry

from config.metric_names import Metric

Labels = tuple[str, ...]
"""The values of a metric's labels, in its order."""
Samples = Mapping[Labels, float]

_INFINITY: Final = "+Inf"


class Counts:
    """A counter. Those of its series that are known beforehand begin at 0, as rates need it."""

    def __init__(self, metric: Metric) -> None:
        self._metric = metric
        self._lock = threading.Lock()
        known = metric.values.get(metric.labels[0], ()) if len(metric.labels) == 1 else ()
        self._counts: Counter[Labels] = Counter(dict.fromkeys(((value,) for value in known), 0))
        if not metric.labels:
            self._counts[()] = 0

    def add(self, *labels: str, by: int = 1) -> None:
        """So many more."""
        with self._lock:
            self._counts[labels] += by

    def add_all(self, counts: Mapping[str, int]) -> None:
        """So many more of each value of its one label."""
        if counts:
            with self._lock:
                for value, count in counts.items():
                    self._counts[value,] += count

    def family(self) -> Family:
        """As it stands."""
        with self._lock:
            counts = dict(self._counts)
        family = CounterMetricFamily(self._metric.base_name, self._metric.help, labels=self._metric.labels)
        for labels, count in sorted(counts.items()):
            family.add_metric(labels, count)
        return family


class Histogram:
    """A histogram, with or without labels."""

    def __init__(self, metric: Metric) -> None:
        self._metric = metric
        self._lock = threading.Lock()
        self._series: dict[Labels, _Distribution] = {}
        if not metric.labels:
            self._series[()] = _Distribution(metric.buckets)

    def observe(self, value: float, *labels: str, times: int = 1) -> None:
        """It was so much, so many times."""
        with self._lock:
            series = self._series.get(labels)
            if series is None:
                series = self._series[labels] = _Distribution(self._metric.buckets)
            series.observe(value, times)

    def family(self) -> Family:
        """As it stands."""
        family = HistogramMetricFamily(self._metric.name, self._metric.help, labels=self._metric.labels)
        with self._lock:
            for labels, series in sorted(self._series.items()):
                family.add_metric(labels, series.buckets(), series.sum)
        return family


class _Distribution:
    """How often a value was at most each bound."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float, times: int) -> None:
        self._counts[bisect_left(self._bounds, value)] += times
        self.sum += value * times

    def buckets(self) -> list[tuple[str, float]]:
        """(bound, how many were at most that), ascending."""
        bounds = [*map(str, self._bounds), _INFINITY]
        return list(zip(bounds, map(float, accumulate(self._counts)), strict=True))


def gauge(metric: Metric, samples: Samples) -> Family:
    """A gauge with these series."""
    family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, value in sorted(samples.items()):
        family.add_metric(labels, value)
    return family


class _Collected(Collector):
    def __init__(self, families: Callable[[], Iterable[Family]]) -> None:
        self._families = families

    def collect(self) -> Iterable[Family]:
        return self._families()


def registry(*families: Callable[[], Iterable[Family]]) -> CollectorRegistry:
    """What a scrape is answered from."""
    made = CollectorRegistry(auto_describe=False)
    for one in families:
        made.register(_Collected(one))
    return made
