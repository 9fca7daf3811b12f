"""Where Kafka is: some brokers of the cluster, checked before anything connects."""

from __future__ import annotations

import re
from typing import Final

from config.addresses import PORT_MAX
from config.errors import UserError

_BROKER: Final = re.compile(
    r"(?:[A-Za-z_]+://)?"  # librdkafka takes a security protocol there, as brokers advertise themselves
    r"(?:\[[0-9A-Fa-f:.]+\]|[^\[\]:/?#@,\s]+)(?::([0-9]{1,5}))?",
    re.ASCII,
)


def check_bootstrap_servers(servers: str) -> str:
    """The list itself. Raises `UserError` when nothing could ever be reached by an address in it; does not connect."""
    # A comma too many is no harm: librdkafka passes over it.
    for broker in [listed.strip() for listed in servers.split(",") if listed.strip()] or [""]:
        found = _BROKER.fullmatch(broker)
        if found is None or (found[1] is not None and not 1 <= int(found[1]) <= PORT_MAX):
            raise UserError(
                f"--kafka-bootstrap-servers: {broker[:60]!r} is no address of a broker; write HOST:PORT, such as "
                "kafka-0.example:9092, several with commas between them"
            )
    return servers
