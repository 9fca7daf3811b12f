"""A port for scrapes: taken at the start, answered beside everything else, let go at the end."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterable

import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import CollectorRegistry
from structlog.testing import capture_logs

from config.errors import Unavailable
from config.metric_names import EPOCHS
from config.metrics_address import MetricsAddress
from connectors.metrics.endpoint import claim
from connectors.metrics.series import Counts, registry
from tests.connectors.metrics.scraped import scraped, series
from tests.servers.ports import own_ports
from tests.waiting import PATIENCE_S


def counted() -> CollectorRegistry:
    return registry(lambda: [Counts(EPOCHS).family()])


def chosen(port: int) -> MetricsAddress:
    return MetricsAddress("127.0.0.1", port, was_chosen=True)


def test_it_answers_at_metrics_and_says_whether_the_process_lives() -> None:
    port = own_ports(1)
    [endpoint] = claim(chosen(port), range(port, port + 1))
    try:
        endpoint.answer_from(counted())
        assert scraped(port) == {series("lasttouch_epochs_total"): 0}
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=PATIENCE_S) as answer:
            assert answer.read() == b"ok\n"
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE_S)
    finally:
        endpoint.close()


def test_prometheus_is_answered_in_the_form_that_it_asks_for() -> None:
    port = own_ports(1)
    [endpoint] = claim(chosen(port), range(port, port + 1))
    try:
        endpoint.answer_from(counted())
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}/metrics", headers={"Accept": "application/openmetrics-text;version=1.0.0"}
        )
        with urllib.request.urlopen(asked, timeout=PATIENCE_S) as answer:
            assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
            assert answer.read().endswith(b"# EOF\n")
    finally:
        endpoint.close()


def test_a_scrape_that_fails_is_told_so_and_logged() -> None:
    def fail() -> Iterable[Metric]:
        raise ValueError("no figures")

    port = own_ports(1)
    [endpoint] = claim(chosen(port), range(port, port + 1))
    try:
        with capture_logs() as logged:
            endpoint.answer_from(registry(fail))
            with pytest.raises(urllib.error.HTTPError, match="500"):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE_S)
        # What other tests of this process have left running may log, too.
        assert [line["exc_info"] for line in logged if line["event"] == "a scrape failed"] == [True]
    finally:
        endpoint.close()


def test_a_chosen_port_that_is_taken_is_named_and_the_others_are_let_go() -> None:
    first = own_ports(2)
    [taken] = claim(chosen(first + 1), range(first + 1, first + 2))
    with pytest.raises(Unavailable, match=f"127.0.0.1:{first + 1} cannot be listened on") as refused:
        claim(chosen(first), range(first, first + 2))
    assert "\n" not in str(refused.value)
    taken.close()
    for endpoint in claim(chosen(first), range(first, first + 2)):
        endpoint.close()


@pytest.mark.parametrize("host", ["nowhere.invalid", "203.0.113.7"])
def test_a_host_that_is_not_this_machines_is_named(host: str) -> None:
    port = own_ports(1)
    with pytest.raises(Unavailable, match=f"^--metrics-host: {host} is no address of this machine"):
        claim(MetricsAddress(host, port, was_chosen=True), range(port, port + 1))


def test_where_nobody_chose_the_port_there_is_one_warning_and_nothing_is_served() -> None:
    first = own_ports(2)
    [taken] = claim(chosen(first + 1), range(first + 1, first + 2))
    with capture_logs() as logged:
        assert claim(MetricsAddress("127.0.0.1", first, was_chosen=False), range(first, first + 2)) == []
    taken.close()
    # What other tests of this process have left running may log, too.
    assert [line["log_level"] for line in logged if "metrics" in line["event"]] == ["warning"]
