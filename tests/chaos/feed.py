"""Events into Kafka, slice by slice, and how many of the slices readers of the view see counted.

Each slice carries a mark into every partition of every topic: a touch of an account that nobody else uses. A counter
of the view thus says how much of the stream is shown, also after Redis has lost everything or went back in time.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random
from typing import Final, cast

import redis
from confluent_kafka import KafkaError, Message, Producer

from tests.chaos.servers import INPUTS, PARTITIONS
from tests.chaos.waiting import Waiting

MARKS: Final = "marks"
"""The account of the marks."""
MARKS_A_SLICE: Final = len(INPUTS) * PARTITIONS
_COUNTER: Final = f"lasttouch:{{{MARKS}}}:total"
_LINES_A_RECORD_MAX: Final = 5
_TOPICS: Final = {b"order": "orders", b"contact": "profiles", b"settings": "profiles", b"erase": "profiles"}
"""Type → where it goes; all others, and what has none, go with the touches."""
_AHEAD_MAX: Final = 4 * MARKS_A_SLICE
"""How many marks a gated feed may be ahead of what is counted."""
_DELIVERED_WITHIN_S: Final = 60.0


class Feed:
    """A producer that deals the lines of a topic to its partitions at random, so that nothing keeps its order."""

    def __init__(self, bootstrap: str, client: redis.Redis, random: Random, waiting: Waiting) -> None:
        self._producer = Producer(
            {"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 1, "log_level": 0}
        )
        self._client = client
        self._random = random
        self._waiting = waiting
        self._refused: list[KafkaError] = []
        self.marks: list[bytes] = []
        """The lines of all marks so far."""

    def counted(self) -> int:
        """How many marks the view shows."""
        try:
            return int(cast("bytes | None", self._client.hget(_COUNTER, "sent")) or 0)
        except (redis.ConnectionError, redis.TimeoutError):
            return 0

    def send_gated(self, slices: Sequence[Sequence[bytes]]) -> None:
        """Write slices so that only a few are in Kafka and not yet counted."""
        for lines in slices:
            self.send([lines])
            self.flush()
            self._waiting.until(
                lambda: len(self.marks) - self.counted() <= _AHEAD_MAX,
                lambda: f"{self.counted()} of {len(self.marks)} marks counted",
            )

    def send(self, slices: Sequence[Sequence[bytes]]) -> None:
        """Hand slices to the client, which writes them when the broker takes them."""
        for lines in slices:
            for topic in INPUTS:
                self._send_to(topic, [line for line in lines if _topic(line) == topic])
            for topic in INPUTS:
                for partition in range(PARTITIONS):
                    self.marks.append(_mark(len(self.marks)))
                    self._produce(topic, partition, self.marks[-1])

    def flush(self) -> None:
        """Wait until the broker has taken all."""
        left = self._producer.flush(_DELIVERED_WITHIN_S)
        assert not left, f"Kafka has not taken {left} records within {_DELIVERED_WITHIN_S:g} s"
        assert not self._refused, f"Kafka refused records: {self._refused[0]}"

    def _send_to(self, topic: str, lines: list[bytes]) -> None:
        self._random.shuffle(lines)
        while lines:
            size = self._random.randint(1, _LINES_A_RECORD_MAX)
            self._produce(topic, self._random.randrange(PARTITIONS), b"\n".join(lines[:size]))
            del lines[:size]

    def _produce(self, topic: str, partition: int, value: bytes) -> None:
        self._producer.produce(topic, value, None, partition, on_delivery=self._on_delivery)
        self._producer.poll(0)

    def _on_delivery(self, error: KafkaError | None, _record: Message) -> None:
        if error is not None:
            self._refused.append(error)


def _topic(line: bytes) -> str:
    return next((topic for kind, topic in _TOPICS.items() if b'"type": "%s"' % kind in line), "touches")


def _mark(number: int) -> bytes:
    fields = {
        "type": "touch",
        "account": MARKS,
        "contact": f"p{number}",
        "channel": "email",
        "event": "sent",
        "campaign": "progress",
        "message": "m",
        "time": "2026-01-05T00:00:00Z",
    }
    return json.dumps(fields).encode()
