"""The partitions and the id of each topic, at the start and while a run goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Final, NamedTuple

from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient

from connectors.kafka.client import quiet_config
from connectors.kafka.inquiry import Inquiry
from connectors.kafka.topics import require_topics

LOOK_EVERY_S: Final = 20.0
"""Partitions that a topic gets are read within a minute."""
_IDS_TIMEOUT_S: Final = 2.0
"""A broker that has told how many partitions there are, and no ids within this time, has none."""
_NO_ID: Final = "AAAAAAAAAAAAAAAAAAAAAA"
"""The id of zeros, which a broker without ids gives."""


class Topic(NamedTuple):
    """A topic as the broker has it."""

    partitions: int
    id: str | None
    """Another one after the topic was deleted and made anew; None where the broker tells none."""


Layout = Mapping[str, Topic]
"""Topics by name."""


def layout_of(bootstrap: str, names: Sequence[str]) -> Layout:
    """The topics of these names. Raises `MissingTopic` and `BrokerUnavailable`."""
    counts = require_topics(bootstrap, names)
    ids = _ids(bootstrap, names)
    return {name: Topic(count, ids.get(name)) for name, count in counts.items()}


def _ids(bootstrap: str, names: Sequence[str]) -> dict[str, str]:
    """The ids of those that have one."""
    admin = AdminClient(quiet_config(bootstrap, []))
    asked = admin.describe_topics(TopicCollection(list(names)), request_timeout=_IDS_TIMEOUT_S)
    ids: dict[str, str] = {}
    for name, answer in asked.items():
        try:
            found = str(answer.result(_IDS_TIMEOUT_S).topic_id)
        except (KafkaException, TimeoutError):
            continue
        if found and found != _NO_ID:
            ids[name] = found
    return ids


class TopicWatch:
    """The layout of some topics, looked at again every `LOOK_EVERY_S` without waiting for the answer.

    While the broker is away, or a topic is not there, the last layout stands.
    """

    def __init__(self, bootstrap: str, names: Sequence[str]) -> None:
        """Raises `MissingTopic` and `BrokerUnavailable`."""
        self._layout = layout_of(bootstrap, names)
        self._lock = Lock()
        self._inquiry: Inquiry[Layout] = Inquiry(
            "topics", lambda: layout_of(bootstrap, names), first_s=LOOK_EVERY_S, every_s=LOOK_EVERY_S
        )

    def layout(self) -> Layout:
        """The newest one; the same object until another has come."""
        with self._lock:
            found = self._inquiry.take()
            if found is not None and found != self._layout:
                self._layout = found
            return self._layout
