"""Checking the broker, and making topics."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

from connectors import patience
from connectors.kafka import topics as kafka_topics
from connectors.kafka.topics import (
    _REQUEST_TIMEOUT_S,
    BrokerUnavailable,
    MissingTopic,
    TopicNames,
    TopicPlan,
    check_broker,
    end_positions,
    ensure_topics,
    require_topics,
    topic_plans,
)
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.kafka


def settings(bootstrap: str, topic: str) -> dict[str, str]:
    resource = ConfigResource(ResourceType.TOPIC, topic)
    admin = AdminClient({"bootstrap.servers": bootstrap})
    described = admin.describe_configs([resource])[resource].result(PATIENCE_S)
    return {name: entry.value for name, entry in described.items()}


def test_a_broker_that_answers_is_fine(kafka_bootstrap: str) -> None:
    check_broker(kafka_bootstrap)


@pytest.mark.parametrize(
    ("address", "reason"), [("127.0.0.1:1", "Connection refused"), ("no-such-host.invalid:9092", "resolve")]
)
def test_a_broker_that_does_not_answer_is_one_line(address: str, reason: str) -> None:
    raised: pytest.ExceptionInfo[BrokerUnavailable]
    # A name server may take longer to know of nobody; then there is no reason yet.
    for timeout_s in (0.5, 5.0, 50.0):
        with pytest.raises(BrokerUnavailable) as raised:
            check_broker(address, timeout_s)
        if reason in str(raised.value):
            break
    assert re.match(f"Kafka at {address} cannot be reached within {timeout_s:g} s: .*{reason}", str(raised.value))
    assert "LASTTOUCH_KAFKA_BOOTSTRAP_SERVERS" in str(raised.value)
    assert "\n" not in str(raised.value)
    assert raised.value.exit_status == 1


def test_a_broker_is_waited_for_no_longer_than_the_contract_allows() -> None:
    assert _REQUEST_TIMEOUT_S < 10


def test_topics_are_made_as_the_contract_wants_them(kafka_bootstrap: str, topics: TopicNames) -> None:
    ensure_topics(kafka_bootstrap, topic_plans(topics), partitions=3)
    every = (*topics.inputs, topics.attributions, topics.dead_letters)
    assert require_topics(kafka_bootstrap, every) == dict.fromkeys(every, 3)
    assert settings(kafka_bootstrap, topics.profiles)["retention.ms"] == "-1"
    assert settings(kafka_bootstrap, topics.attributions)["cleanup.policy"] == "compact"
    assert settings(kafka_bootstrap, topics.dead_letters)["max.message.bytes"] == "8388608"


def test_an_answer_that_does_not_come_at_all_is_a_broker_that_is_away(
    kafka_bootstrap: str, topics: TopicNames, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_topics, "_LATE_S", -PATIENCE_S)  # it has no time to come
    with pytest.raises(BrokerUnavailable, match="stopped answering"):
        ensure_topics(kafka_bootstrap, topic_plans(topics)[:1], timeout_s=PATIENCE_S)


def test_a_topic_that_is_there_is_left_as_it_is(kafka_bootstrap: str, topics: TopicNames) -> None:
    ensure_topics(kafka_bootstrap, [TopicPlan(topics.touches)], partitions=2)
    ensure_topics(kafka_bootstrap, topic_plans(topics), partitions=5)
    assert require_topics(kafka_bootstrap, topics.inputs) == {
        topics.touches: 2,
        topics.orders: 5,
        topics.profiles: 5,
    }


def test_settings_that_the_broker_does_not_take_are_left_out(kafka_bootstrap: str, topics: TopicNames) -> None:
    ensure_topics(kafka_bootstrap, [TopicPlan(topics.touches, {"max.message.bytes": "many"})])
    assert require_topics(kafka_bootstrap, [topics.touches]) == {topics.touches: 1}


def test_where_topics_end_is_asked_again_where_the_answer_came_while_the_process_stood_still(
    kafka_bootstrap: str, topics: TopicNames, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_topics(kafka_bootstrap, [TopicPlan(topics.touches)], partitions=2, timeout_s=PATIENCE_S)
    told_ends, failures = kafka_topics._told_ends, iter([BrokerUnavailable("no answer in time")])

    def asked(bootstrap: str, counts: Mapping[str, int], timeout_s: float) -> dict[str, int]:
        for failure in failures:
            raise failure
        return told_ends(bootstrap, counts, timeout_s)

    monkeypatch.setattr(kafka_topics, "_told_ends", asked)
    monkeypatch.setattr(patience, "LATE_S", -2 * PATIENCE_S)  # whatever it took was a standstill
    ends = end_positions(kafka_bootstrap, [topics.touches], PATIENCE_S)
    assert ends == {f"{topics.touches}:0": 0, f"{topics.touches}:1": 0}


def test_a_missing_topic_is_named_with_what_to_do(kafka_bootstrap: str, topics: TopicNames) -> None:
    with pytest.raises(MissingTopic) as raised:
        require_topics(kafka_bootstrap, [topics.profiles])
    command = f"kafka-topics.sh --bootstrap-server {kafka_bootstrap} --create --topic {topics.profiles}"
    assert str(raised.value) == (
        f'Kafka topic "{topics.profiles}" does not exist at {kafka_bootstrap}: '
        f"make it with `{command}`, or correct its name"
    )
    assert raised.value.exit_status == 2
