"""Our services, run as the compose file has them, without an image: all but what isolates them."""

from __future__ import annotations

import shutil
import signal
import stat
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
import redis

from connectors.embedded.servers import EmbeddedValkey
from connectors.kafka.topics import TopicNames, ensure_topics, topic_plans
from tests.deploy.compose import ROOT
from tests.deploy.service_process import ServiceProcess
from tests.servers.ports import own_port, own_ports
from tests.waiting import PATIENCE_S, await_that

pytestmark = pytest.mark.kafka
EVENTS = "2000"


@pytest.fixture
def words(
    tmp_path: Path, kafka_bootstrap: str, valkey: redis.Redis, valkey_server: EmbeddedValkey, topics: TopicNames
) -> Mapping[str, str]:
    """What is elsewhere in a container. The topics have names of their own, as the broker is every test's."""
    (tmp_path / "volume").mkdir()
    (tmp_path / "temporary").mkdir()
    ensure_topics(kafka_bootstrap, topic_plans(topics, with_segments=True))
    return {
        "kafka:19092": kafka_bootstrap,
        "redis://valkey:6379/0": valkey_server.url,
        "/var/lib/lasttouch": str(tmp_path / "volume"),
        "/etc/lasttouch/settings.toml": str(ROOT / "config" / "settings.example.toml"),
        "/tmp/": f"{tmp_path}/temporary/",
        "0.0.0.0": "127.0.0.1",
        "8321": str(own_port()),
        # A supervisor's metrics are a port below its worker's.
        "9464": str(own_ports(2) + 1),
        "9460": str(own_port()),
        "200000": EVENTS,
        "20000": "200",
        "profiles": topics.profiles,
        "touches": topics.touches,
        "orders": topics.orders,
        "attributions": topics.attributions,
        "dead-letters": topics.dead_letters,
        "segments": topics.segments,
    }


def test_a_tokens_file_is_made_private_and_only_where_there_is_none(words: Mapping[str, str]) -> None:
    service = ServiceProcess("tokens", words)
    file = Path(service.environment["LASTTOUCH_TOKENS"])

    assert service.run().returncode == 0
    assert file.read_bytes() == b""
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    file.write_text("# somebody's tokens\n")
    assert service.run().returncode == 0
    assert file.read_text() == "# somebody's tokens\n"


def test_events_of_the_demo_are_counted_by_the_worker_and_shown_by_the_server(
    words: Mapping[str, str], tmp_path: Path
) -> None:
    assert ServiceProcess("tokens", words).run().returncode == 0
    generator, worker, serve = (ServiceProcess(name, words) for name in ("generator", "worker", "serve"))
    ingested = generator.run()
    assert ingested.returncode == 0, ingested.stderr
    assert ingested.stdout.startswith("ingested 2,000 events from 1 file")
    assert not serve.is_healthy()
    assert not worker.is_healthy()

    with worker.started(tmp_path / "worker.log") as working, serve.started(tmp_path / "serve.log") as serving:
        await_that(serve.is_healthy, lambda: "healthy: " + (tmp_path / "serve.log").read_text())
        await_that(worker.is_healthy, lambda: "healthy: " + (tmp_path / "worker.log").read_text())
        made = serve.run("lasttouch", "token", "create", "--account", "acme", "--role", "admin")
        assert made.returncode == 0, made.stderr
        await_that(lambda: _delivered(words, made.stdout.strip()) > 0, "orders of the made-up shop")
        assert "lasttouch_events_total" in _metrics(words["9464"])
        await_that(lambda: "lasttouch_purchases{" in _metrics(words["9460"]), "the money, as metrics")
        looked = worker.run("lasttouch", "doctor")
        assert looked.returncode == 0, looked.stdout

        for process in (working, serving):
            process.send_signal(signal.SIGTERM)
        assert [process.wait(PATIENCE_S) for process in (working, serving)] == [0, 0]


@pytest.mark.parametrize(
    ("name", "program", "listens", "port"),
    [
        ("prometheus", "prometheus", "--web.listen-address=127.0.0.1:", "9090"),
        ("alertmanager", "prometheus-alertmanager", "--web.listen-address=127.0.0.1:", "9093"),
    ],
)
def test_what_watches_takes_its_flags_and_files(
    tmp_path: Path, name: str, program: str, listens: str, port: str
) -> None:
    """Debian's programs in the place of the images'."""
    if shutil.which(program) is None or shutil.which("wget") is None:
        pytest.skip(f"{program} and wget are not installed")
    here = str(own_port())
    words = {
        "/etc/prometheus/prometheus.yml": str(ROOT / "config" / "prometheus" / "prometheus.yml"),
        "/etc/alertmanager/alertmanager.yml": str(ROOT / "config" / "prometheus" / "alertmanager.example.yml"),
        "path=/prometheus": f"path={tmp_path}",
        "path=/alertmanager": f"path={tmp_path}",
        port: here,
    }
    service = ServiceProcess(name, words, [program, f"{listens}{here}"])
    log = tmp_path / "log"
    assert not service.is_healthy()
    with service.started(log) as process:
        await_that(lambda: process.poll() is not None or service.is_healthy(), lambda: "healthy: " + log.read_text())
        assert process.poll() is None, log.read_text()


def _metrics(port: str) -> str:
    answer = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE_S)
    assert answer.status_code == 200
    return answer.text


def _delivered(words: Mapping[str, str], token: str) -> int:
    """How many delivered orders the server shows of the shop's week; 0 while it does not know the token yet."""
    period = {"from": "2026-01-05", "to": "2026-01-12", "currency": "EUR"}
    url = f"http://127.0.0.1:{words['8321']}/v1/reports/orders"
    answer = httpx.get(url, params=period, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE_S)
    return int(answer.json()["totals"]["delivered"]["orders"]) if answer.status_code == 200 else 0
