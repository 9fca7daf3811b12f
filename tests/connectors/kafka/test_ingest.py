"""`lasttouch ingest`, as it is called."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

import connectors.kafka.ingest
from cli.main import main
from config.errors import UserError
from connectors.embedded.servers import EmbeddedKafka
from connectors.kafka.ingest import IngestFailed, ingest_files
from connectors.kafka.topics import TopicNames, require_topics
from tests.connectors.kafka.kafka_topics import make_topic, read_back, standing_still
from tests.servers.apache_kafka import ApacheKafka

pytestmark = pytest.mark.kafka

EVENTS = [
    {"type": "touch", "account": "acme", "contact": "c1", "channel": "email", "event": "sent"},
    {"type": "order", "account": "acme", "order": "o1", "contact": "c1", "status": "DELIVERED"},
    {"type": "contact", "account": "acme", "contact": "c1", "email": "a@example.org"},
    {"type": "settings", "account": "acme", "effective_from": "2026-01-01T00:00:00Z"},
    {"type": "erase", "account": "acme", "contact": "c1"},
    {"type": "touch", "account": "acme", "contact": 'c"2', "channel": "sms", "event": "sent"},
    {"type": "campaign", "account": "acme", "channel": "sms", "campaign": "spring", "name": "Spring"},
]


def write(path: Path, *lines: bytes) -> Path:
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def encoded(*events: object) -> list[bytes]:
    return [json.dumps(event).encode() for event in events]


def contents(bootstrap: str, topic: str, count: int) -> list[tuple[object, bytes | None]]:
    records = read_back(bootstrap, topic, count)
    return [(json.loads(key) if (key := record.key()) else None, record.value()) for record in records]


def quietly(done: int) -> None:
    """Nobody watches."""


def test_every_event_goes_to_the_topic_of_its_type(kafka_bootstrap: str, topics: TopicNames, tmp_path: Path) -> None:
    lines = encoded(*EVENTS)
    file = write(tmp_path / "events.jsonl", *lines, b"", b" \r")
    ingested = ingest_files([file], kafka_bootstrap, names=topics, on_progress=quietly)
    assert ingested.events == {"touch": 2, "order": 1, "contact": 1, "settings": 1, "erase": 1, "campaign": 1}
    assert contents(kafka_bootstrap, topics.touches, 2) == [
        (["acme", "c1"], lines[0]),
        (["acme", 'c"2'], lines[5]),
    ]
    assert contents(kafka_bootstrap, topics.orders, 1) == [(["acme", "o1"], lines[1])]
    assert contents(kafka_bootstrap, topics.profiles, 4) == [(["acme"], line) for line in [*lines[2:5], lines[6]]]


def test_a_byte_order_mark_at_the_start_of_a_file_is_no_part_of_its_first_event(
    kafka_bootstrap: str, topics: TopicNames, tmp_path: Path
) -> None:
    [line] = encoded(EVENTS[1])
    file = write(tmp_path / "events.jsonl", b"\xef\xbb\xbf" + line)
    assert ingest_files([file], kafka_bootstrap, names=topics, on_progress=quietly).events == {"order": 1}
    assert contents(kafka_bootstrap, topics.orders, 1) == [(["acme", "o1"], line)]


def test_what_has_no_type_goes_to_the_touches_as_it_is(
    kafka_bootstrap: str, topics: TopicNames, tmp_path: Path
) -> None:
    lines = [
        b"not JSON",
        b"[1]",
        b'{"account":"acme"}',
        b'{"type":"visit"}',
        b'{"type":["touch"]}',
        b'{"type":"touch","x":"\xff"}',
        b"[" * 100_000,
        b"x" * 3_000_000,
    ]
    file = write(tmp_path / "bad.jsonl", *lines)
    ingested = ingest_files([file], kafka_bootstrap, names=topics, on_progress=quietly)
    assert ingested.total == len(lines)
    assert [value for _, value in contents(kafka_bootstrap, topics.touches, len(lines))] == lines


def test_events_of_one_key_stay_in_order_in_one_partition(
    kafka_bootstrap: str, topics: TopicNames, tmp_path: Path
) -> None:
    make_topic(kafka_bootstrap, topics.orders, 4)
    events = [{"type": "order", "account": "acme", "order": f"o{n % 5}", "n": n} for n in range(200)]
    file = write(tmp_path / "orders.jsonl", *encoded(*events))
    ingest_files([file], kafka_bootstrap, names=topics, on_progress=quietly)
    records = read_back(kafka_bootstrap, topics.orders, 200)
    assert len({(record.key(), record.partition()) for record in records}) == 5
    for key in {record.key() for record in records}:
        numbers = [json.loads(record.value() or b"")["n"] for record in records if record.key() == key]
        assert numbers == sorted(numbers)
    assert require_topics(kafka_bootstrap, [topics.orders]) == {topics.orders: 4}


def test_compressed_files_and_how_far_they_are(kafka_bootstrap: str, topics: TopicNames, tmp_path: Path) -> None:
    lines = encoded(*(dict(EVENTS[0], n=n) for n in range(30)))
    content = b"\n".join(lines[:10])
    files = [tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz", tmp_path / "c.jsonl.zst"]
    files[0].write_bytes(content)
    files[1].write_bytes(gzip.compress(b"\n".join(lines[10:20])))
    files[2].write_bytes(zstandard.compress(b"\n".join(lines[20:])))
    told: list[int] = []
    assert ingest_files(files, kafka_bootstrap, names=topics, on_progress=told.append).total == 30
    assert told == sorted(told)
    assert told[-1] == sum(file.stat().st_size for file in files)
    assert [value for _, value in contents(kafka_bootstrap, topics.touches, 30)] == lines


def test_the_command_ends_with_one_line_of_what_went_in(
    kafka_bootstrap: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "events.jsonl", *encoded(*EVENTS), b"{")
    assert main(["ingest", str(file), "--kafka-bootstrap-servers", kafka_bootstrap]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("ingested 8 events from 1 file in ")
    assert out.endswith(
        ": 2 touch, 1 order, 1 contact, 1 settings, 1 erase, 1 campaign, 1 unreadable (for the dead letters)\n"
    )
    assert not err


def test_a_missing_file_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "events.jsonl", *encoded(*EVENTS))
    missing = tmp_path / "nowhere.jsonl"
    assert main(["ingest", str(file), str(missing), "--kafka-bootstrap-servers", "127.0.0.1:1"]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert str(missing) in err
    assert err.count("\n") == 1


def test_a_broker_that_is_not_there_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LASTTOUCH_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    assert main(["ingest", str(write(tmp_path / "events.jsonl", *encoded(*EVENTS)))]) == 1
    out, err = capsys.readouterr()
    assert not out
    assert "Kafka at 127.0.0.1:1 cannot be reached within 5 s" in err
    assert err.count("\n") == 1


def test_a_file_that_is_cut_off_is_named(
    kafka_bootstrap: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "events.jsonl.gz"
    file.write_bytes(gzip.compress(b"\n".join(encoded(*EVENTS)))[:-12])
    assert main(["ingest", str(file), "--kafka-bootstrap-servers", kafka_bootstrap]) == 2
    assert f"{file}: the gzip data ends in the middle" in capsys.readouterr().err


@pytest.mark.parametrize("length", [8_400_000, 20_000_000])
def test_a_line_that_no_record_can_hold_is_left_out_and_the_command_says_so(
    kafka_bootstrap: str, topics: TopicNames, tmp_path: Path, length: int
) -> None:
    lines = encoded(*EVENTS)
    file = write(tmp_path / "events.jsonl", lines[0], b"x" * length, lines[5])
    with pytest.raises(UserError, match=r"^FILE: 1 lines are longer than .* the other 2 are in Kafka$"):
        ingest_files([file], kafka_bootstrap, names=topics, on_progress=quietly)
    assert [value for _, value in contents(kafka_bootstrap, topics.touches, 2)] == [lines[0], lines[5]]


def test_a_broker_that_takes_nothing_fails_the_command(
    make_broker: Callable[[], EmbeddedKafka | ApacheKafka],
    topics: TopicNames,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = {**connectors.kafka.ingest._PRODUCER_CONFIG, "message.timeout.ms": "500"}
    monkeypatch.setattr(connectors.kafka.ingest, "_PRODUCER_CONFIG", config)
    file = write(tmp_path / "events.jsonl", *encoded(*EVENTS))
    with make_broker() as broker:
        bootstrap = broker.bootstrap_servers
        for topic in topics.inputs:
            make_topic(bootstrap, topic)
        writer = connectors.kafka.ingest.EventWriter(bootstrap, topics)
        with standing_still(broker.pid):
            writer.write(file.read_bytes().splitlines())
            with pytest.raises(IngestFailed, match=r"^Kafka did not take 7 of 7 events: 7 times .*timed out"):
                writer.finish()
