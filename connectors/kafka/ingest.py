"""Files of JSON Lines into Kafka: each event to the topic of its type."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from config.errors import Unavailable, UserError
from connectors.files.decompression import ByteStream, open_stream
from connectors.kafka.client import PRODUCER_CONFIG, RECORD_BYTES_MAX, client_config, error_of
from connectors.kafka.event_routes import EventRoutes, ProducerRecord
from connectors.kafka.topics import TopicNames, ensure_topics, topic_plans
from connectors.sources.raw_lines import BYTE_ORDER_MARK

_CHUNK_BYTES: Final = 1_048_576
LINE_BYTES_MAX: Final = RECORD_BYTES_MAX - 65_536
"""What is left of a record for its value; longer by far than any event."""
_JSON_BLANKS: Final = b" \t\r"
_WAIT_S: Final = 0.1

_PRODUCER_CONFIG: Final = {
    **PRODUCER_CONFIG,
    "linger.ms": "20",
    # A broker that goes away is waited for this long; then the command fails and can be repeated (contract §2).
    "message.timeout.ms": "120000",
}

Progress = Callable[[int], None]
"""Told how many bytes of all files on disk have been read."""


class IngestFailed(Unavailable):
    """Kafka did not take some of the events."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What went into Kafka: events by type (and `event_routes.UNREADABLE`), and how long it took (s)."""

    events: Mapping[str, int]
    seconds: float

    @property
    def total(self) -> int:
        """Of all types."""
        return sum(self.events.values())


def bytes_on_disk(files: Sequence[Path]) -> int:
    """The size of all files. Raises `UserError` for one that is missing or cannot be read."""
    for file in files:
        with open_stream(file) as stream:
            stream.read(1)
    return sum(file.stat().st_size for file in files)


def ingest_files(
    files: Sequence[Path],
    bootstrap_servers: str,
    *,
    names: TopicNames,
    on_progress: Progress,
) -> Ingested:
    """Write every line of `files` to its topic; missing topics are made. Returns when Kafka has taken all of them.

    Raises `BrokerUnavailable`, `IngestFailed`, and `UserError` for a file that cannot be read to its end, or that has
    lines longer than `LINE_BYTES_MAX`; what was written stays, and writing it again changes nothing (contract §2).
    """
    started = time.monotonic()
    ensure_topics(bootstrap_servers, topic_plans(names)[: len(names.inputs)])
    writer = EventWriter(bootstrap_servers, names)
    behind = too_long = 0
    for file in files:
        with open_stream(file) as stream:
            for lines, left_out in lines_of(stream):
                writer.write(lines)
                too_long += left_out
                on_progress(behind + stream.disk_bytes())
            behind += stream.disk_bytes()
    writer.finish()
    if too_long:
        raise UserError(
            f"FILE: {too_long} lines are longer than {LINE_BYTES_MAX} bytes and were left out (an event has at most "
            f"1 MiB); the other {writer.written.total()} are in Kafka"
        )
    return Ingested(dict(writer.written), time.monotonic() - started)


def ingest_lines(lines: Sequence[bytes], bootstrap_servers: str, *, names: TopicNames) -> None:
    """Write some events, one a line, as `ingest_files` writes those of files. Raises what it raises."""
    ensure_topics(bootstrap_servers, topic_plans(names)[: len(names.inputs)])
    writer = EventWriter(bootstrap_servers, names)
    writer.write(lines)
    writer.finish()


def lines_of(stream: ByteStream) -> Iterator[tuple[list[bytes], int]]:
    """All lines, a chunk at a time, and how many were left out because no record can hold them."""
    carry, start = b"", BYTE_ORDER_MARK
    while piece := stream.read(_CHUNK_BYTES):
        lines = (carry + piece).removeprefix(start).split(b"\n")
        start = b""
        # Of a line that is too long, no more is kept than shows that it is.
        carry = lines.pop()[: LINE_BYTES_MAX + 1]
        yield _without_too_long(lines)
    yield _without_too_long([carry])


def _without_too_long(lines: list[bytes]) -> tuple[list[bytes], int]:
    # Only the first line of a chunk can be longer than a chunk.
    return (lines[1:], 1) if lines and len(lines[0]) > LINE_BYTES_MAX else (lines, 0)


class EventWriter:
    """A producer, the routes by type, and what has been written so far."""

    def __init__(self, bootstrap_servers: str, names: TopicNames) -> None:
        self._producer = Producer(client_config(bootstrap_servers, "ingest", _PRODUCER_CONFIG))
        self._routes = EventRoutes(names)
        self._refused: Counter[str] = Counter()
        self.written: Counter[str] = Counter()

    def write(self, lines: Sequence[bytes]) -> None:
        """Hand lines to the client, which sends them by and by; blank ones are passed over."""
        self._producer.poll(0)
        for line in lines:
            if not line.strip(_JSON_BLANKS):
                continue
            kind, record = self._routes.route(line)
            self._produce(record)
            self.written[kind] += 1

    def finish(self) -> None:
        """Wait until all is delivered. Raises `IngestFailed`."""
        while self._producer.flush(_WAIT_S):
            pass
        if self._refused:
            reasons = ", ".join(f"{count} times {reason}" for reason, count in self._refused.items())
            raise IngestFailed(
                f"Kafka did not take {self._refused.total()} of {self.written.total()} events: {reasons}"
            )

    def _produce(self, record: ProducerRecord) -> None:
        while True:
            try:
                self._producer.produce(record.topic, record.value, record.key, on_delivery=self._on_delivery)
            except BufferError:
                self._producer.poll(_WAIT_S)
            except KafkaException as failure:
                self._refused[error_of(failure).str()] += 1
                return
            else:
                return

    def _on_delivery(self, error: KafkaError | None, _record: Message) -> None:
        if error is not None:
            self._refused[error.str()] += 1
