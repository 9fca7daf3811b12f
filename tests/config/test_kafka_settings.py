"""Variables `LASTTOUCH_KAFKA_…` are librdkafka's settings of a connection, and no others."""

from __future__ import annotations

import pytest

from config.errors import UserError
from config.kafka_settings import kafka_settings, variable_of


def test_each_is_the_setting_of_its_name() -> None:
    environment = {
        "LASTTOUCH_KAFKA_BOOTSTRAP_SERVERS": "kafka:9092",
        "LASTTOUCH_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "LASTTOUCH_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
        "LASTTOUCH_KAFKA_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM": "https",
        "LASTTOUCH_KAFKA_SASL_PASSWORD_FILE": "/run/secrets/kafka",
        "LASTTOUCH_KAFKA_SSL_CA_LOCATION": "",
        "LASTTOUCH_REDIS_URL": "redis://",
    }
    assert kafka_settings(environment) == {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "ssl.endpoint.identification.algorithm": "https",
    }


@pytest.mark.parametrize("name", ["GROUP_ID", "ENABLE_IDEMPOTENCE", "AUTO_OFFSET_RESET", "CLIENT_ID", "SASL"])
def test_what_is_read_and_how_is_not_to_be_set(name: str) -> None:
    with pytest.raises(UserError, match=f"^LASTTOUCH_KAFKA_{name}: "):
        kafka_settings({f"LASTTOUCH_KAFKA_{name}": "x"})


def test_a_setting_is_named_as_its_variable() -> None:
    assert variable_of("sasl.mechanism") == "LASTTOUCH_KAFKA_SASL_MECHANISM"
