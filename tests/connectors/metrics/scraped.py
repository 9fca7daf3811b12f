"""What a scrape says, read by Prometheus's own parser."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterable, Mapping

from prometheus_client.parser import text_string_to_metric_families

from tests.waiting import PATIENCE_S

Series = tuple[str, frozenset[tuple[str, str]]]


def series(name: str, **labels: str) -> Series:
    """A series by its name and labels."""
    return name, frozenset(labels.items())


def parsed(text: str) -> dict[Series, float]:
    """Every series of a scrape, each once."""
    found: dict[Series, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = series(sample.name, **sample.labels)
            assert key not in found, f"{key} stands there twice"
            found[key] = sample.value
    return found


def scraped(port: int) -> dict[Series, float]:
    """What the process at this port says."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE_S) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain")
        return parsed(answer.read().decode())


def of(found: Mapping[Series, float], name: str, *labels: str) -> dict[tuple[str, ...], float]:
    """The series of one metric, by the values of these labels."""
    return {
        tuple(dict(with_labels)[label] for label in labels): value
        for (metric, with_labels), value in found.items()
        if metric == name
    }


def names(found: Iterable[Series]) -> set[str]:
    """The names of the metrics that a process of ours counts."""
    return {name for name, _ in found if name.startswith("lasttouch_")}
