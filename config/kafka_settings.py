"""How Kafka is reached: settings of librdkafka, each as the variable `LASTTOUCH_KAFKA_…` (docs/security.md).

`LASTTOUCH_KAFKA_SASL_MECHANISM` is its `sasl.mechanism`. What the program itself depends on cannot be set.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from config.addresses import KAFKA_BOOTSTRAP_SERVERS
from config.errors import UserError
from config.secret_files import SUFFIX

PREFIX: Final = "LASTTOUCH_KAFKA_"
_SETTABLE: Final = ("security.", "sasl.", "ssl.", "enable.ssl.", "socket.", "client.", "broker.", "connections.")
"""How the connections are made and kept, and nothing of what is read and written."""
_OURS: Final = frozenset({"client.id"})


def kafka_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """librdkafka's name → value. Raises `UserError` for a variable that is no setting of a connection."""
    settings: dict[str, str] = {}
    for variable, value in sorted(environment.items()):
        if not variable.startswith(PREFIX) or variable.startswith(KAFKA_BOOTSTRAP_SERVERS) or not value:
            continue
        if variable.endswith(SUFFIX):
            continue  # its content stands in the variable without the suffix (`config.secret_files`)
        name = variable.removeprefix(PREFIX).lower().replace("_", ".")
        if not name.startswith(_SETTABLE) or name in _OURS:
            raise UserError(
                f"{variable}: {name} is no setting of Kafka's connections; set {PREFIX}SECURITY_PROTOCOL, "
                f"{PREFIX}SASL_…, {PREFIX}SSL_… and the like (docs/security.md)"
            )
        settings[name] = value
    return settings


def variable_of(name: str) -> str:
    """The variable of one of librdkafka's settings."""
    return PREFIX + name.upper().replace(".", "_")
