"""Debian's Prometheus and Alertmanager over config/prometheus, and a webhook that keeps what it is sent."""

from __future__ import annotations

import http.server
import json
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import yaml

from tests.connectors.metrics.scraped import Series
from tests.house.sources import ROOT
from tests.waiting import PATIENCE_S, await_that

RULES: Final = ROOT / "config" / "prometheus"
PACE: Final = "5s"
"""How often the copy of the configuration scrapes and evaluates: what the rules say of minutes stays as it is."""


class Webhook:
    """Receives what Alertmanager sends."""

    def __init__(self) -> None:
        self.firing: set[str] = set()
        """The names of all alerts that have ever come as firing."""
        webhook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                webhook.firing |= {one["labels"]["alertname"] for one in body["alerts"] if one["status"] == "firing"}
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Prometheus:
    """Asks a running Prometheus."""

    def __init__(self, port: int) -> None:
        self.port = port

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=PATIENCE_S):
                return True
        except OSError:
            return False

    def result(self, expression: str) -> list[dict[str, Any]]:
        """What an expression gives at this moment. Raises AssertionError with the words of a refusal."""
        query = urllib.parse.urlencode({"query": expression})
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}/api/v1/query?{query}", timeout=PATIENCE_S
            ) as answer:
                found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        except urllib.error.HTTPError as refused:
            raise AssertionError(f"{expression}: {refused.read().decode()}") from refused
        return found


def configuration(folder: Path, targets: Mapping[str, Iterable[tuple[int, str]]]) -> Path:
    """A copy of config/prometheus that looks at these ports, in the roles given, every few seconds."""
    copy = folder / "prometheus"
    shutil.copytree(RULES, copy)
    for file in (copy / "prometheus.yml", *(copy / "rules").iterdir()):
        text = file.read_text()
        for name in ("scrape_interval: 15s", "evaluation_interval: 1m", "    interval: 1m"):
            text = text.replace(name, f"{name.partition(':')[0]}: {PACE}")
        file.write_text(text)
    for job, ports in targets.items():
        written = [{"targets": [f"127.0.0.1:{port}"], "labels": {"role": role}} for port, role in ports]
        (copy / "targets" / f"{job}.yml").write_text(yaml.safe_dump(written))
    return copy / "prometheus.yml"


def write_history(data: Path, found: Mapping[Series, float], labels: Mapping[str, str]) -> None:
    """Blocks that show these series at the hours of yesterday, of a week ago and of the day before that."""
    now_s = int(time.time())
    moments = [now_s - days * 86_400 + minute * 60 for days in (8, 7, 1) for minute in range(-5, 60)]
    lines: list[str] = []
    for (name, own), value in found.items():
        text = ",".join(f'{key}="{one}"' for key, one in {**dict(own), **labels}.items())
        lines += [f"{name}{{{text}}} {value / 2} {moment}" for moment in moments]
    file = data.parent / "history.txt"
    file.write_text("\n".join([*sorted(lines), "# EOF", ""]))
    subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", file, data], check=True, capture_output=True
    )


@contextmanager
def monitored(folder: Path, configured: Path, data: Path, webhook: Webhook, ports: range) -> Iterator[Prometheus]:
    """Both servers until the end of the block: Alertmanager on the first port, Prometheus on the second."""
    at_alerts, at_prometheus = ports
    (configured.parent / "targets" / "alertmanager.yml").write_text(f'- targets: ["127.0.0.1:{at_alerts}"]\n')
    example = (configured.parent / "alertmanager.example.yml").read_text()
    example = example.replace("127.0.0.1:9095", f"127.0.0.1:{webhook.port}").replace(
        "group_wait: 30s", "group_wait: 1s"
    )
    (folder / "alertmanager.yml").write_text(example.replace("group_wait: 10s", "group_wait: 1s"))
    commands = [
        [
            "prometheus-alertmanager",
            f"--config.file={folder / 'alertmanager.yml'}",
            f"--storage.path={folder / 'alerts'}",
            f"--web.listen-address=127.0.0.1:{at_alerts}",
            "--cluster.listen-address=",
        ],
        [
            "prometheus",
            f"--config.file={configured}",
            f"--storage.tsdb.path={data}",
            "--storage.tsdb.retention.time=40d",
            f"--web.listen-address=127.0.0.1:{at_prometheus}",
        ],
    ]
    with (folder / "monitoring.log").open("wb") as log:
        started = [subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT) for command in commands]
        try:
            prometheus = Prometheus(at_prometheus)
            await_that(prometheus.is_ready, "Prometheus")
            yield prometheus
        finally:
            for one in started:
                one.terminate()
            for one in started:
                one.wait()
