"""What Prometheus sees of a running system: each figure is what the reports, the topics and the log say, too."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path

import psutil
import pytest
import redis

from config import metric_names as names
from connectors.embedded.servers import EmbeddedValkey
from tests.api.serving import Served, serving
from tests.conftest import Broker
from tests.connectors.metrics.scraped import Series, of, scraped, series
from tests.connectors.metrics.scraped import names as names_of
from tests.e2e.kafka_runs import await_caught_up, put
from tests.e2e.running import Running, Runs
from tests.e2e.shop_files import order, touch, write
from tests.servers.ports import own_ports
from tests.waiting import await_that

pytestmark = pytest.mark.kafka

WORKERS = 2
NOW_MS = time.time_ns() // 1_000_000
HOUR_MS = 3_600_000
EVENTS = [
    touch("c1", NOW_MS - 3 * HOUR_MS, event="sent"),
    touch("c1", NOW_MS - 2 * HOUR_MS, event="clicked"),
    order("o1", "c1", NOW_MS - HOUR_MS, amount="10.50"),
    order("o2", "c2", NOW_MS - HOUR_MS, amount="4.00"),
    b'{"type":"touch","account":"acme"}',
    b"no event",
]
EARNED = {"email": 10.5, "(unattributed)": 4}


def summed(ports: range, name: str, *labels: str) -> dict[tuple[str, ...], float]:
    """A metric over all workers."""
    sums: dict[tuple[str, ...], float] = {}
    for port in ports:
        for key, value in of(scraped(port), name, *labels).items():
            sums[key] = sums.get(key, 0) + value
    return sums


def await_figures(ports: range, name: str, label: str, figures: dict[tuple[str, ...], float]) -> None:
    """Wait until a metric has these over all workers: some are looked at every second or epoch only."""
    await_that(lambda: summed(ports, name, label) == figures, lambda: f"{name}, but {summed(ports, name, label)}")


def start(runs: Runs, broker: Broker, port: int) -> Running:
    return runs.start(
        kafka_bootstrap_servers=broker.bootstrap_servers, workers=WORKERS, epoch_seconds=1, metrics_port=port
    )


def test_the_whole_system(
    runs: Runs, broker: Broker, valkey: redis.Redis, valkey_server: EmbeddedValkey, tmp_path: Path
) -> None:
    first = own_ports(WORKERS + 2)
    at_serve, supervisor, workers = first, first + 1, range(first + 2, first + 2 + WORKERS)
    put(broker.bootstrap_servers, EVENTS)
    run = start(runs, broker, workers[0])
    await_caught_up(valkey, len(EVENTS))
    environment = {"LASTTOUCH_SERVE_METRICS_PORT": str(at_serve), "LASTTOUCH_METRICS_CAMPAIGNS": "20"}
    with serving(tmp_path, valkey_server.url, **environment) as server:
        # An event that corrects an order is counted once more: that so many are shown does not say that all are.
        await_that(lambda: earned_by(scraped(at_serve)) == EARNED, lambda: f"what is earned, but {scraped(at_serve)}")
        await_that(lambda: summed(workers, "lasttouch_latency_seconds_count")[()] >= 4, "every event shown")
        look_at_stream(workers)
        assert scraped(supervisor) == {series("lasttouch_restarts_total"): 0}
        look_at_money(scraped(at_serve), server)
        look_at_server(at_serve)

        victim = next(pid for pid in run.workers() if is_worker(pid, workers[1]))
        os.kill(victim, signal.SIGKILL)
        await_that(lambda: scraped(supervisor)[series("lasttouch_restarts_total")] == 1, "a restart counted")
        put(broker.bootstrap_servers, [order("o3", "c3", NOW_MS, amount="1.00")])
        await_that(
            lambda: of(scraped(at_serve), "lasttouch_orders", "status", "currency")["DELIVERED", "EUR"] == 3,
            "the order that came after the restart",
        )
        assert scraped(at_serve)[series("lasttouch_account_catching_up", account="acme")] in {0, 1}
    run.stop()


def is_worker(pid: int, port: int) -> bool:
    """Whether this process serves the metrics of that port."""
    return any(
        connection.laddr.port == port
        for connection in psutil.Process(pid).net_connections()
        if connection.status == psutil.CONN_LISTEN
    )


def look_at_stream(workers: range) -> None:
    for port in workers:
        assert names_of(scraped(port)) == {
            *(metric.name for metric in names.STREAM if metric.kind is not names.Kind.HISTOGRAM),
            *(
                f"{metric.name}_{part}"
                for metric in names.STREAM
                if metric.kind is names.Kind.HISTOGRAM
                for part in ("bucket", "count", "sum")
            ),
        }
    events = summed(workers, "lasttouch_events_total", "type")
    assert {kind: count for (kind,), count in events.items() if count} == {"touch": 2, "order": 2}
    await_that(lambda: letters_of(workers) == {"missing": 1, "bad_json": 1}, lambda: f"letters: {letters_of(workers)}")
    decisions = summed(workers, "lasttouch_decisions_total", "reason")
    assert (decisions["last_touch",], decisions["no_eligible_touch",]) >= (1, 1)
    await_figures(workers, "lasttouch_kafka_lag_records", "topic", {("touches",): 0, ("orders",): 0, ("profiles",): 0})
    await_that(lambda: summed(workers, "lasttouch_epochs_total")[()] >= 2 * WORKERS, "epochs of every worker")
    await_figures(
        workers,
        "lasttouch_state_entries",
        "kind",
        {("contacts",): 2, ("messages",): 1, ("orders",): 2, ("addresses",): 0},
    )
    assert summed(workers, "lasttouch_state_bytes", "kind")["messages",] > 0
    assert summed(workers, "lasttouch_recovery_store_bytes")[()] > 0
    assert summed(workers, "lasttouch_redis_keys_written_total")[()] > 0
    assert summed(workers, "lasttouch_redis_errors_total")[()] == 0
    for port in workers:
        await_that(lambda: scraped(port)[series("lasttouch_catching_up")] == 0, "caught up")  # noqa: B023 - waited for at once
        found = scraped(port)
        assert [value for (name, _), value in found.items() if name == "lasttouch_run_info"] == [1]


def letters_of(workers: range) -> dict[str, float]:
    """How many dead letters have which reason."""
    letters = summed(workers, "lasttouch_dead_letters_total", "reason")
    return {reason: count for (reason,), count in letters.items() if count}


def earned_by(found: dict[Series, float]) -> dict[str, float]:
    return {channel: value for (channel,), value in of(found, "lasttouch_revenue", "channel").items()}


def look_at_money(found: dict[Series, float], server: Served) -> None:
    """What the API says of the same days."""
    day = time.strftime("%Y-%m-%d", time.gmtime((NOW_MS - HOUR_MS) / 1_000))
    report = server.get(f"/v1/reports/channels?from={day}&to={day}").json()
    earned = {row["channel"]: float(row["revenue"]) for row in report["channels"]}
    earned["(unattributed)"] = float(report["unattributed"]["revenue"])
    assert earned_by(found) == earned == EARNED
    delivered = of(found, "lasttouch_order_amount", "account", "status", "currency")["acme", "DELIVERED", "EUR"]
    assert delivered == sum(earned.values())
    assert of(found, "lasttouch_messages", "channel", "event")["email", "clicked"] == 1
    campaigns = of(found, "lasttouch_campaign_revenue", "account", "channel", "campaign", "currency")
    assert list(campaigns.values()) == [10.5]
    newest_s = (NOW_MS - HOUR_MS) / 1_000
    assert found[series("lasttouch_as_of_timestamp_seconds", account="acme")] == pytest.approx(newest_s)


def look_at_server(port: int) -> None:
    """A request is counted when its answer has been sent, which may be after it came."""

    def asked(name: str) -> float | None:
        return of(scraped(port), name, "route", "code").get(("/v1/reports/channels", "200"))

    await_that(lambda: asked("lasttouch_http_request_seconds_count") is not None, "the report, counted")
    assert asked("lasttouch_http_requests_total") == asked("lasttouch_http_request_seconds_count") == 1
    assert scraped(port)[series("lasttouch_live_readers")] == 0


def test_a_run_over_files_serves_metrics_only_where_a_port_is_set(runs: Runs, tmp_path: Path) -> None:
    file = write(tmp_path / "events.jsonl", EVENTS[:4] * 50)
    runs.pause_at([file], 0.5)
    port = own_ports(2) + 1
    run = runs.start(file, metrics_port=port)

    def is_half_read() -> bool:
        try:
            return of(scraped(port), "lasttouch_events_total", "type")["touch",] > 0
        except OSError:
            return False

    await_that(is_half_read, "a scrape of the run")
    assert "lasttouch_kafka_lag_records" not in names_of(scraped(port))
    runs.go_on()
    run.wait().went_well()
    runs.run(file, store="unmeasured", replace_view=True)


def test_a_chosen_port_that_is_taken_ends_the_start_with_one_line(runs: Runs, tmp_path: Path) -> None:
    file = write(tmp_path / "events.jsonl", EVENTS[:4])
    port = own_ports(3) + 1
    with socket.create_server(("127.0.0.1", port + 1)):
        ended = runs.start(file, workers=2, metrics_port=port).wait()
    assert ended.status == 1
    assert f"127.0.0.1:{port + 1} cannot be listened on" in ended.complaint
