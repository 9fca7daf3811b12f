"""A real Apache Kafka: one broker that is its own controller (KRaft), from the jars that Maven brings."""

from __future__ import annotations

import fcntl
import re
import shutil
import subprocess
import uuid
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import ClassVar, Final

from connectors.embedded.server_process import ServerFailed, ServerProcess
from connectors.kafka.topics import BrokerUnavailable, check_broker
from tests.servers.ports import own_port
from tests.waiting import PATIENCE_S

POM: Final = Path(__file__).with_name("pom.xml")
CACHE: Final = Path(__file__).parents[2] / ".cache"

_LOGGING: Final = """\
Configuration:
  status: warn
  Appenders: {Console: {name: out, target: SYSTEM_OUT, PatternLayout: {pattern: "%p %m (%c)%n"}}}
  Loggers: {Root: {level: warn, AppenderRef: [{ref: out}]}}
"""


class ApacheKafka(ServerProcess):
    """Apache Kafka on 127.0.0.1, its log in a temporary folder: what it held is there after `kill` and `restart`.

    Raises `ServerFailed` where Java 17 or Maven is missing. `settings` are lines of server.properties.
    """

    name: ClassVar[str] = "Apache Kafka"
    start_timeout_s: ClassVar[float] = PATIENCE_S

    def __init__(self, **settings: str) -> None:
        super().__init__()
        self._jars = jars()
        self._settings = {key.replace("_", "."): value for key, value in settings.items()}

    @property
    def bootstrap_servers(self) -> str:
        """`127.0.0.1:PORT`."""
        return f"127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        properties = self.folder / "server.properties"
        if not properties.exists():
            self._format(properties)
        return [*self._java("-Xmx1g"), "kafka.Kafka", str(properties)]

    def is_ready(self) -> bool:
        try:
            check_broker(self.bootstrap_servers, timeout_s=1)
        except BrokerUnavailable:
            return False
        return True

    def _format(self, properties: Path) -> None:
        """Write the configuration and the folder's identity, which a node of KRaft needs before its first start."""
        (self.folder / "log4j2.yaml").write_text(_LOGGING)
        properties.write_text("".join(f"{key}={value}\n" for key, value in self._properties().items()))
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        tool = "kafka.tools.StorageTool"
        arguments = ["format", "--standalone", f"--cluster-id={cluster}", "-c", str(properties)]
        done = subprocess.run([*self._java("-Xmx256m"), tool, *arguments], capture_output=True, text=True)
        if done.returncode:
            properties.unlink()
            raise ServerFailed(f"{self.name} cannot be started: {(done.stderr or done.stdout).strip()[-300:]}")

    def _properties(self) -> dict[str, str]:
        controller = own_port()
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{controller}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": str(self.folder / "logs"),
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            "auto.create.topics.enable": "false",
            # A node that was killed comes back at once, not when its old session has run out.
            "broker.session.timeout.ms": "1500",
            "broker.heartbeat.interval.ms": "500",
            **self._settings,
        }

    def _java(self, heap: str) -> list[str]:
        java = shutil.which("java")
        if java is None:
            raise ServerFailed(f"{self.name} cannot be started: java is not on the PATH; install Java 17")
        logging = f"-Dlog4j2.configurationFile={self.folder / 'log4j2.yaml'}"
        return [java, heap, logging, "-cp", f"{self._jars}/*"]


def jars() -> Path:
    """The folder with the jars that pom.xml names, filled once by Maven and then kept in the checkout's `.cache`."""
    version = re.search(r"<artifactId>kafka_2.13</artifactId>\s*<version>([^<]+)<", POM.read_text())
    assert version is not None
    folder = CACHE / f"kafka-{version[1]}"
    CACHE.mkdir(exist_ok=True)
    # The tests' processes begin together: one loads, the others wait for it.
    with (CACHE / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _load(folder)
    return folder


def _load(folder: Path) -> None:
    if shutil.which("mvn") is None:
        raise ServerFailed("Apache Kafka cannot be had: mvn is not on the PATH; install Maven and Java 17")
    # Into place only when whole: a download that broke off must not be taken for the jars.
    loading = folder.with_name(f"{folder.name}.{uuid.uuid4().hex[:8]}")
    command = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={loading}"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(loading, ignore_errors=True)
        raise ServerFailed(f"Apache Kafka cannot be had: {(done.stdout or done.stderr).strip()[:300]}")
    loading.rename(folder)
