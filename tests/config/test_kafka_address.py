"""Which lists of Kafka's brokers are taken for addresses before anything connects."""

from __future__ import annotations

import pytest

from config.errors import UserError
from config.kafka_address import check_bootstrap_servers


@pytest.mark.parametrize(
    "servers",
    [
        "localhost:9092",
        "kafka",
        "kafka_1:9092, kafka-2.example.:19092",
        "127.0.0.1:1,[::1]:65535,[2001:db8::2]",
        "SASL_SSL://kafka.example:9093",
        "пошта.example:9092",
        "kafka:9092,",
    ],
)
def test_what_may_be_reached_is_left_as_it_is(servers: str) -> None:
    assert check_bootstrap_servers(servers) == servers


@pytest.mark.parametrize(
    ("servers", "wrong"),
    [
        ("", "''"),
        (" , ", "''"),
        ("kafka:9092;other:9092", "kafka:9092;other:9092"),
        ("kafka:port", "kafka:port"),
        ("kafka:", "kafka:"),
        (":9092", ":9092"),
        ("one:9092,two:0", "two:0"),
        ("kafka:65536", "kafka:65536"),
        ("kafka:9092 other:9092", "kafka:9092 other:9092"),
        ("::1:9092", "::1:9092"),
        ("user@kafka:9092", "user@kafka:9092"),
        ("kafka:9092/topic", "kafka:9092/topic"),
    ],
)
def test_what_nothing_can_be_reached_by_is_refused(servers: str, wrong: str) -> None:
    with pytest.raises(UserError, match=r"--kafka-bootstrap-servers: .*HOST:PORT") as refused:
        check_bootstrap_servers(servers)

    assert wrong in str(refused.value)
