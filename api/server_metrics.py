"""What the server counts of itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from prometheus_client.metrics_core import Metric as Family

from api.streams import OpenStreams
from config import metric_names as names
from connectors.metrics.series import Counts, Histogram, gauge

LIVE_ROUTE: Final = "/v1/live"
"""Its answers last as long as their readers want."""


class ServerMetrics:
    """One for each server."""

    def __init__(self) -> None:
        self._requests = Counts(names.HTTP_REQUESTS)
        self._durations = Histogram(names.HTTP_REQUEST_SECONDS)
        self._intake = Counts(names.INTAKE_EVENTS)

    def answered(self, route: str | None, code: int, seconds: float) -> None:
        """A request was answered. `route`: its template; None: there is no such route."""
        labels = route or names.UNKNOWN_ROUTE, str(code)
        self._requests.add(*labels)
        if route != LIVE_ROUTE:
            self._durations.observe(seconds, *labels)

    def took(self, source: str, counts: Mapping[str, int]) -> None:
        """What came of a request's elements, by `config.metric_names.INTAKE_RESULTS`."""
        for result in names.INTAKE_RESULTS:
            self._intake.add(source, result, by=counts.get(result, 0))

    def families(self, streams: OpenStreams) -> Iterable[Family]:
        """All of it as it stands."""
        yield from (counts.family() for counts in (self._requests, self._intake))
        yield self._durations.family()
        yield gauge(names.LIVE_READERS, {(): streams.open})
