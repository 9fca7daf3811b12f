"""The servers of a chaos run: a broker that keeps what it took, and a Redis that can be put back to an older dump.

Nothing else in this folder imports from the product: what it sees of it is its commands, its topics and its keys.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import redis
from confluent_kafka.admin import AdminClient, NewTopic

from connectors.embedded.servers import EmbeddedValkey
from tests.servers.apache_kafka import ApacheKafka

PARTITIONS: Final = 8
INPUTS: Final = ("touches", "orders", "profiles")
_OUTPUTS: Final[dict[str, dict[str, str]]] = {"attributions": {"cleanup.policy": "compact"}, "dead-letters": {}}
_DUMP: Final = "dump.rdb"
_MADE_WITHIN_S: Final = 30.0


@dataclass
class Servers:
    """Both of them, running, and the dumps that were taken."""

    broker: ApacheKafka
    valkey: EmbeddedValkey
    client: redis.Redis
    dumps: list[Path] = field(default_factory=list)

    def take_dump(self) -> None:
        """Keep what Redis holds now."""
        self.client.save()
        kept = self.valkey.folder / f"kept-{len(self.dumps)}.rdb"
        shutil.copy(self.valkey.folder / _DUMP, kept)
        self.dumps.append(kept)

    def back_from(self, dump: Path) -> None:
        """Redis dies, and comes back with what it held when the dump was taken."""
        self.valkey.kill()
        shutil.copy(dump, self.valkey.folder / _DUMP)
        self.valkey.restart()


@contextmanager
def servers() -> Iterator[Servers]:
    """Started, with all topics made; gone after the block whatever happens in it."""
    with ApacheKafka() as broker, EmbeddedValkey() as valkey, redis.Redis.from_url(valkey.url) as client:
        _make_topics(broker.bootstrap_servers)
        yield Servers(broker, valkey, client)


def _make_topics(bootstrap: str) -> None:
    configs: dict[str, dict[str, str]] = {**{name: {} for name in INPUTS}, **_OUTPUTS}
    topics = [NewTopic(name, PARTITIONS, 1, config=config) for name, config in configs.items()]
    # Kept: answers never come once their client is collected.
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for made in admin.create_topics(topics).values():
        made.result(_MADE_WITHIN_S)
