"""Which orders have records in the topic `attributions` from given offsets on.

No marker record of its own tells where the topic ends: the topic is public and compacted, its readers expect a record
of an order, and a marker would stay in it for ever. The end is found by reading (`connectors.kafka.topic_tail`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec
from confluent_kafka import Message

from connectors.kafka.topic_tail import messages_since
from connectors.kafka.topics import MissingTopic, end_positions

_decode_key: Final[Callable[[bytes], tuple[str, str]]] = msgspec.json.Decoder(tuple[str, str]).decode


@dataclass(frozen=True, slots=True)
class TopicOfRecords:
    """`connectors.sources.resend.PublishedRecords`, of a topic at a broker."""

    bootstrap_servers: str
    topic: str

    def ends(self) -> Mapping[str, int]:
        """See `PublishedRecords`. A topic that was deleted has no partitions; raises `BrokerUnavailable`."""
        try:
            return end_positions(self.bootstrap_servers, [self.topic])
        except MissingTopic:
            return {}

    def since(self, offsets: Mapping[str, int]) -> Iterator[list[tuple[str, str]]]:
        """See `PublishedRecords`. Records with keys that are not lasttouch's are passed over."""
        for messages in messages_since(self.bootstrap_servers, self.topic, offsets, "resend"):
            keys = map(_order_of, map(Message.key, messages))
            yield [*dict.fromkeys(key for key in keys if key is not None)]


def _order_of(key: bytes | str | None) -> tuple[str, str] | None:
    if not isinstance(key, bytes):
        return None
    try:
        return _decode_key(key)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
