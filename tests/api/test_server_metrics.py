"""What the server counts of itself: requests by route and code, never by what was asked for."""

from __future__ import annotations

from pathlib import Path

from prometheus_client import generate_latest

from api.server_metrics import ServerMetrics
from api.streams import OpenStreams
from connectors.embedded.servers import EmbeddedValkey
from connectors.metrics.series import registry
from tests.api.asking import asking
from tests.connectors.metrics.scraped import Series, of, parsed, series


def shown(metrics: ServerMetrics, streams: OpenStreams) -> dict[Series, float]:
    return parsed(generate_latest(registry(lambda: metrics.families(streams))).decode())


def test_requests_are_counted_by_the_template_of_their_route(tmp_path: Path, valkey_server: EmbeddedValkey) -> None:
    with asking(tmp_path, valkey_server.url) as asker:
        asker.get("/v1/reports/channels?from=2026-01-01&to=2026-01-02")
        asker.get("/v1/reports/channels?from=never&to=2026-01-02")
        asker.client.get("/v1/hooks/sendgrid")
        asker.client.get("/v1/no/such/route")
        found = shown(asker.doors.metrics, asker.doors.streams)
    requests = of(found, "lasttouch_http_requests_total", "route", "code")
    assert requests == {
        ("/v1/reports/channels", "200"): 1,
        ("/v1/reports/channels", "422"): 1,
        ("/v1/hooks/{source}", "200"): 1,
        ("(unknown)", "404"): 1,
    }
    assert of(found, "lasttouch_http_request_seconds_count", "route", "code") == requests


def test_what_came_of_a_requests_elements_is_counted_by_source() -> None:
    metrics = ServerMetrics()
    metrics.took("sendgrid", {"accepted": 2, "rejected": 1})
    metrics.took("sendgrid", {"accepted": 1})
    assert of(shown(metrics, OpenStreams()), "lasttouch_intake_events_total", "source", "result") == {
        ("sendgrid", "accepted"): 3,
        ("sendgrid", "ignored"): 0,
        ("sendgrid", "rejected"): 1,
    }


def test_readers_of_live_are_counted_while_they_are_there_and_their_time_is_not() -> None:
    metrics, streams = ServerMetrics(), OpenStreams()
    metrics.answered("/v1/live", 200, 3_600.0)
    with streams.joined():
        found = shown(metrics, streams)
    assert found[series("lasttouch_live_readers")] == 1
    assert shown(metrics, streams)[series("lasttouch_live_readers")] == 0
    assert of(found, "lasttouch_http_requests_total", "route", "code") == {("/v1/live", "200"): 1}
    assert of(found, "lasttouch_http_request_seconds_count", "route", "code") == {}
