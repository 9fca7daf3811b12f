"""A Kafka that wants TLS and a password: events go in, records come out, and nobody sees the secret."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from connectors.embedded.servers import EmbeddedValkey
from tests.e2e.conftest import Undisturbed
from tests.e2e.kafka_runs import await_caught_up, last_records, make_inputs
from tests.e2e.running import Runs
from tests.e2e.shop_files import generated
from tests.e2e.views import differences, view
from tests.servers.secured_kafka import PASSWORD, USER, SecuredKafka

EVENTS = 2_000

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.skipif(
        os.environ.get("LASTTOUCH_TEST_KAFKA") != "apache",
        reason="only a real Apache Kafka knows TLS and passwords; make test-apache runs it",
    ),
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated(tmp_path_factory.mktemp("shop") / "week.jsonl", EVENTS)


@pytest.fixture(scope="module")
def broker() -> Iterator[SecuredKafka]:
    with SecuredKafka() as started:
        started.let_in()
        make_inputs(started.bootstrap_servers)
        yield started


def _environment(broker: SecuredKafka, mechanism: str) -> dict[str, str]:
    return {
        "LASTTOUCH_KAFKA_BOOTSTRAP_SERVERS": broker.secured_servers,
        "LASTTOUCH_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "LASTTOUCH_KAFKA_SSL_CA_LOCATION": str(broker.certificates.authority),
        "LASTTOUCH_KAFKA_SASL_MECHANISM": mechanism,
        "LASTTOUCH_KAFKA_SASL_USERNAME": USER,
    }


def test_events_in_by_plain_and_the_stream_by_scram(
    broker: SecuredKafka,
    valkey: redis.Redis,
    valkey_server: EmbeddedValkey,
    shop: Path,
    undisturbed: Undisturbed,
    tmp_path: Path,
) -> None:
    secret = tmp_path / "password"
    secret.write_text(PASSWORD + "\n")
    from_file = {"LASTTOUCH_KAFKA_SASL_PASSWORD_FILE": str(secret)}
    sender = Runs(tmp_path, valkey_server.url, environment=_environment(broker, "PLAIN") | from_file)
    ingested = sender.command("ingest", shop).wait().went_well()
    runs = Runs(tmp_path, valkey_server.url, environment=_environment(broker, "SCRAM-SHA-512") | from_file)
    running = runs.start()
    try:
        await_caught_up(valkey, EVENTS)
    finally:
        ended = running.stop()
    ended.went_well()
    assert not differences(view(valkey), undisturbed(shop))
    assert last_records(broker.bootstrap_servers)
    assert PASSWORD not in ingested.stdout + ingested.stderr + ended.stdout + ended.stderr


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
def test_a_wrong_password_is_one_line_that_does_not_show_it(
    broker: SecuredKafka, valkey_server: EmbeddedValkey, shop: Path, tmp_path: Path, mechanism: str
) -> None:
    environment = _environment(broker, mechanism) | {"LASTTOUCH_KAFKA_SASL_PASSWORD": "not-the-one"}
    ended = Runs(tmp_path, valkey_server.url, environment=environment).command("ingest", shop).wait()
    assert ended.status == 1
    assert "uthentication failed" in ended.complaint
    assert "not-the-one" not in ended.stderr
