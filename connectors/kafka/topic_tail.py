"""The last part of a topic, read once, from given offsets to its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, Final

from confluent_kafka import Consumer, Message, TopicPartition

from connectors.kafka.client import client_config
from connectors.kafka.record_lines import unit_of
from connectors.kafka.topics import FIRST_OFFSET, BrokerUnavailable, end_positions

_POLL_S: Final = 0.3
_SILENCE_MAX_S: Final = 8.0
_RECORDS_MAX: Final = 10_000


def messages_since(
    bootstrap_servers: str, topic: str, positions: Mapping[str, int], role: str
) -> Iterator[list[Message]]:
    """The records of a topic from `positions` (next offsets by unit; a unit that is not there: all) to its end.

    All that were there when it was called are among them, however fast others come meanwhile, of which some may be.
    `role` is in the client's id in the broker's log. A position behind the end is of a topic that was made anew, and is
    read from its start. Raises `MissingTopic`, and `BrokerUnavailable` for a broker that does not answer in time.
    """
    ends = end_positions(bootstrap_servers, [topic])
    reached = {unit: at for unit, at in positions.items() if at <= ends.get(unit, 0)}
    parts = [TopicPartition(topic, n, reached.get(unit_of(topic, n), FIRST_OFFSET)) for n in range(len(ends))]
    config: dict[str, Any] = {"group.id": "lasttouch", "enable.auto.commit": False, "auto.offset.reset": "earliest"}
    tail = Tail(ends, reached)
    with closing(Consumer(client_config(bootstrap_servers, role, config))) as consumer:
        consumer.assign(parts)
        # By polls, not by the clock: a process that stood still has not asked for anything meanwhile.
        silence_s = 0.0
        while True:
            messages = _records(consumer.consume(_RECORDS_MAX, _POLL_S), bootstrap_servers)
            came = {unit_of(topic, message.partition() or 0): (message.offset() or 0) + 1 for message in messages}
            silence_s = 0.0 if messages else silence_s + _POLL_S
            if messages:
                yield messages
            if tail.is_reached(came, is_full=len(messages) == _RECORDS_MAX):
                if tail.is_read(end_positions(bootstrap_servers, [topic])):
                    return
            elif silence_s > _SILENCE_MAX_S:
                raise BrokerUnavailable(
                    f"Kafka at {bootstrap_servers} stopped answering: topic {topic} has more to read"
                )


class Tail:
    """What is left to be read of each partition of a topic.

    A broker may tell too low an end (Tansu: behind the first record of the last batch). So a partition is read when
    nothing of it came with a poll that could have brought more, and the end is told as before; or when a higher end was
    told later, and that is reached: what came behind the first one is a batch of its own.
    """

    def __init__(self, ends: Mapping[str, int], reached: dict[str, int]) -> None:
        self._goals = dict(ends)
        self._reached = reached
        self._told_again: set[str] = set()
        """Partitions whose goal was told later than that of the beginning, and is higher."""
        self._quiet: set[str] = set()

    def is_reached(self, came: Mapping[str, int], *, is_full: bool) -> bool:
        """Whether all goals are, with what came by one poll (next offsets by unit)."""
        self._reached |= came
        self._quiet = set() if is_full else self._goals.keys() - came.keys()
        return all(self._reached.get(unit, 0) >= goal for unit, goal in self._goals.items())

    def is_read(self, ends: Mapping[str, int]) -> bool:
        """Whether nothing is left, once all goals are reached. `ends`: as they are told by now."""
        for unit, goal in list(self._goals.items()):
            higher = ends.get(unit, 0) > goal
            if unit in self._told_again or (unit in self._quiet and not higher):
                del self._goals[unit]
            elif higher:
                self._goals[unit] = ends[unit]
                self._told_again.add(unit)
        return not self._goals


def _records(messages: Sequence[Message], bootstrap_servers: str) -> list[Message]:
    for message in messages:
        error = message.error()
        if error is not None:
            raise BrokerUnavailable(f"Kafka at {bootstrap_servers} cannot be read: {error.str()}")
    return list(messages)
