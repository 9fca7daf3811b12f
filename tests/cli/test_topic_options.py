"""The Kafka topics by flags and by the environment (contract §7)."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import msgspec
import pytest
import typer

from cli.main import main
from cli.topic_options import takes_topics, topic_arguments
from connectors.embedded.servers import EmbeddedValkey
from connectors.kafka.topics import TopicNames, require_topics
from dataflows.run.plan import Plan
from tests.connectors.kafka.kafka_topics import read_back

TOUCH = (
    b'{"type":"touch","account":"acme","contact":"c","channel":"email","event":"sent",'
    b'"campaign":"k","message":"m","time":"2026-01-01T00:00:00Z"}'
)
ORDER = (
    b'{"type":"order","account":"acme","order":"o","status":"DELIVERED","amount":"1","currency":"EUR",'
    b'"ordered_at":"2026-01-01T00:00:00Z","time":"2026-01-01T00:00:00Z"}'
)


@pytest.fixture
def events(tmp_path: Path) -> str:
    file = tmp_path / "events.jsonl"
    file.write_bytes(TOUCH + b"\n" + ORDER + b"\n")
    return str(file)


@pytest.mark.kafka
def test_ingest_writes_to_the_topics_of_its_flags_and_of_the_environment(
    kafka_bootstrap: str, topics: TopicNames, events: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LASTTOUCH_KAFKA_BOOTSTRAP_SERVERS", kafka_bootstrap)
    monkeypatch.setenv("LASTTOUCH_TOPIC_TOUCHES", topics.touches)
    monkeypatch.setenv("LASTTOUCH_TOPIC_PROFILES", topics.profiles)
    monkeypatch.setenv("LASTTOUCH_TOPIC_ORDERS", "the flag wins")

    assert main(["ingest", events, "--topic-orders", topics.orders]) == 0

    assert [record.value() for record in read_back(kafka_bootstrap, topics.touches, 1)] == [TOUCH]
    assert [record.value() for record in read_back(kafka_bootstrap, topics.orders, 1)] == [ORDER]
    assert require_topics(kafka_bootstrap, [topics.profiles]) == {topics.profiles: 1}


@pytest.mark.kafka
def test_settings_set_writes_to_the_topic_of_its_flag(
    kafka_bootstrap: str, topics: TopicNames, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--kafka-bootstrap-servers", kafka_bootstrap, "--topic-profiles", topics.profiles]
    flags = [*where, "--topic-touches", topics.touches, "--topic-orders", topics.orders]
    store = ["--recovery-dir", str(tmp_path / "none")]

    assert main(["settings", "set", "--account", "acme", "--currency", "USD", *store, *flags]) == 0

    [event] = [record.value() for record in read_back(kafka_bootstrap, topics.profiles, 1)]
    assert event is not None
    assert event.decode() in capsys.readouterr().out


@pytest.mark.kafka
@pytest.mark.parametrize("role", ["touches", "orders", "profiles"])
def test_run_looks_for_the_input_topics_under_their_names(
    kafka_bootstrap: str,
    topics: TopicNames,
    role: str,
    events: str,
    valkey_server: EmbeddedValkey,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    where = ["--kafka-bootstrap-servers", kafka_bootstrap]
    flags = [word for flag in topic_arguments(topics).items() for word in flag]
    assert main(["ingest", events, *where, *flags]) == 0
    capsys.readouterr()
    missing = f"{getattr(topics, role)}-that-is-not-there"
    other = [f"--topic-{role}", missing, "--redis-url", valkey_server.url, "--recovery-dir", str(tmp_path / "store")]

    assert main(["run", *where, *flags, *other]) == 2
    assert f'Kafka topic "{missing}" does not exist' in capsys.readouterr().err


def test_every_topic_has_a_flag_and_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[TopicNames] = []
    app = typer.Typer()

    @app.command()
    @takes_topics
    def command(topics: TopicNames) -> None:
        seen.append(topics)

    for role in asdict(TopicNames()):
        monkeypatch.setenv(f"LASTTOUCH_TOPIC_{role.upper()}", f"by-environment-{role}")
    app([], standalone_mode=False)
    app(["--topic-dead-letters", "by-flag"], standalone_mode=False)
    assert seen[0] == TopicNames(*(f"by-environment-{role}" for role in asdict(TopicNames())))
    assert seen[1].dead_letters == "by-flag"


def test_worker_processes_are_given_the_same_topics(topics: TopicNames) -> None:
    plan = Plan(redis_url="redis://", kafka="k:1", settings=None, recovery_dir="r", topic_names=topics)
    assert msgspec.json.decode(msgspec.json.encode(plan), type=Plan) == plan
