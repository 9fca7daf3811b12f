"""A running system watched by Debian's Prometheus and Alertmanager: the right alert reaches a webhook and no other, and
every panel of the dashboards shows something."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import psutil
import pytest
import redis

from connectors.embedded.servers import EmbeddedValkey
from tests.api.serving import serving
from tests.conftest import Broker
from tests.connectors.metrics.scraped import of, scraped, series
from tests.e2e.kafka_runs import await_caught_up, put
from tests.e2e.monitoring import Prometheus, Webhook, configuration, monitored, write_history
from tests.e2e.running import Runs
from tests.e2e.shop_files import order, touch
from tests.house.sources import ROOT
from tests.servers.ports import own_ports
from tests.waiting import await_that

pytestmark = [pytest.mark.prometheus, pytest.mark.kafka, pytest.mark.timeout(900)]

DASHBOARDS: Final = sorted((ROOT / "config" / "grafana" / "dashboards").glob("*.json"))
NOW_MS: Final = time.time_ns() // 1_000_000
HOUR_MS: Final = 3_600_000
EVENTS: Final = [
    touch("c1", NOW_MS - 3 * HOUR_MS, event="sent"),
    touch("c1", NOW_MS - 2 * HOUR_MS, event="clicked"),
    order("o1", "c1", NOW_MS - HOUR_MS, amount="10.50"),
    order("o2", "c2", NOW_MS - HOUR_MS, amount="4.00"),
    order("o3", "c1", NOW_MS - HOUR_MS, amount="5.00", status="IN_PROGRESS"),
]
EARNED: Final = [{("email",): 10.5, ("(unattributed)",): 4}, {("email",): 5, ("(unattributed)",): 0}]
"""By channel: delivered, and on the way."""
BAD: Final = b'{"type":"touch","account":"acme"}'


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    started = Webhook()
    yield started
    started.end()


def test_the_right_alert_and_only_that_one(
    runs: Runs, broker: Broker, valkey: redis.Redis, valkey_server: EmbeddedValkey, tmp_path: Path, webhook: Webhook
) -> None:
    first = own_ports(6)
    at_serve, supervisor, worker = first + 2, first + 3, first + 4
    put(broker.bootstrap_servers, EVENTS)
    run = runs.start(kafka_bootstrap_servers=broker.bootstrap_servers, workers=2, epoch_seconds=1, metrics_port=worker)
    await_caught_up(valkey, len(EVENTS))
    with serving(tmp_path, valkey_server.url, LASTTOUCH_SERVE_METRICS_PORT=str(at_serve)) as server:
        assert server.get("/v1/reports/channels?from=2026-01-01&to=2026-01-02").status_code == 200
        await_that(lambda: earned(at_serve) == EARNED, lambda: f"the money, but {earned(at_serve)}")
        money = {key: value for key, value in scraped(at_serve).items() if dict(key[1]).get("account") == "acme"}
        labels = {"job": "lasttouch-serve", "instance": f"127.0.0.1:{at_serve}", "role": "serve"}
        write_history(tmp_path / "data", money, labels)
        targets = {
            "lasttouch-run": [(supervisor, "supervisor"), (worker, "worker"), (worker + 1, "worker")],
            "lasttouch-serve": [(at_serve, "serve")],
        }
        configured = configuration(tmp_path, targets)
        with monitored(tmp_path, configured, tmp_path / "data", webhook, range(first, first + 2)) as prometheus:
            await_that(lambda: len(prometheus.result("up == 1")) == 4, "every process scraped")
            put(broker.bootstrap_servers, [BAD] * 200)
            await_that(lambda: bool(webhook.firing), "an alert")
            assert webhook.firing == {"LasttouchDeadLettersHigh"}
            look_at_dashboards(prometheus)

            for restarts in (1, 2, 3):
                await_that(lambda: any(is_worker(pid, worker) for pid in run.workers()), "a worker that listens")
                os.kill(next(pid for pid in run.workers() if is_worker(pid, worker)), signal.SIGKILL)
                await_that(lambda: restarts_counted(supervisor) == restarts, f"restart {restarts}")  # noqa: B023 - waited for at once
                await_that(lambda: len(prometheus.result('up{role="worker"} == 1')) == 2, "workers scraped again")
            await_that(lambda: "LasttouchRestarting" in webhook.firing, "the alert of restarts")
            assert webhook.firing == {"LasttouchDeadLettersHigh", "LasttouchRestarting"}
    run.stop()


def earned(serve: int) -> list[dict[tuple[str, ...], float]]:
    found = scraped(serve)
    return [of(found, name, "channel") for name in ("lasttouch_revenue", "lasttouch_expected_revenue")]


def is_worker(pid: int, port: int) -> bool:
    """Whether this process is there and serves the metrics of that port."""
    try:
        connections = psutil.Process(pid).net_connections()
    except psutil.NoSuchProcess:
        return False
    return any(one.laddr.port == port for one in connections if one.status == psutil.CONN_LISTEN)


def restarts_counted(supervisor: int) -> float:
    return scraped(supervisor)[series("lasttouch_restarts_total")]


def look_at_dashboards(prometheus: Prometheus) -> None:
    """Every panel's query brings data, as the pickers' do."""
    for file in DASHBOARDS:
        dashboard = json.loads(file.read_text(encoding="utf-8"))
        for expression in expressions(dashboard):
            asked = expression.replace("$account", "acme").replace("$currency", "EUR")
            await_that(partial(_brings_data, prometheus, asked), f"{file.name}: {asked}")


def _brings_data(prometheus: Prometheus, expression: str) -> bool:
    return bool(prometheus.result(expression))


def expressions(dashboard: dict[str, Any]) -> Iterator[str]:
    """What the panels of a dashboard ask, and what its pickers list."""
    for variable in dashboard["templating"]["list"]:
        yield variable["query"]["query"].removeprefix("label_values(").rpartition(",")[0]
    for panel in dashboard["panels"]:
        assert panel["targets"]
        yield from (target["expr"] for target in panel["targets"])
