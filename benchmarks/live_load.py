"""A load of live events on Kafka, at a rate and in a process of its own: what measures does not hold it up."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event as EventType
from typing import Final, Self

from confluent_kafka import Producer

from benchmarks.live_events import LiveEvents
from connectors.kafka.client import client_config
from connectors.kafka.topics import TopicNames

PROBE_CAMPAIGNS: Final = 200
"""Each has one probe on its way at most, which who waits for them has to see to."""

_BATCH_S: Final = 0.02
_GRACE_S: Final = 5.0
_CONFIG: Final = {"linger.ms": "1", "max.in.flight": "5"}
"""A producer that waits for the broker's answer to each request would be what is measured."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is produced."""

    rate: int
    """Events a second."""
    contacts: int
    campaigns: int
    seed: int
    bootstrap_servers: str
    record_events_most: int = 1
    probes_per_s: int = 0
    """Messages of campaigns that have nothing else (`live_events.probe_field`)."""


class LiveLoad:
    """Produces from the beginning of the block to its end, or until it is ended."""

    def __init__(self, load: Load) -> None:
        context = get_context("spawn")
        self._ending: EventType = context.Event()
        self._produced = context.Value("q", 0)
        self._probes, theirs = context.Pipe(duplex=False)
        told = (load, self._produced, theirs, self._ending)
        self._process = context.Process(target=_produce, args=told, daemon=True)

    def __enter__(self) -> Self:
        self._process.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.end()

    def end(self) -> None:
        """Stop, and wait for what is on its way."""
        self._ending.set()
        self._process.join(2 * _GRACE_S)

    @property
    def produced(self) -> int:
        """Events so far, without probes."""
        return int(self._produced.value)

    def probes(self) -> Iterator[tuple[int, float]]:
        """Number and monotonic time of each probe that has been produced since the last call."""
        while self._probes.poll():
            yield self._probes.recv()


def _produce(load: Load, produced: Synchronized[int], probes: Connection, ending: EventType) -> None:
    events = LiveEvents(load.contacts, load.campaigns, load.seed)
    producer = Producer(client_config(load.bootstrap_servers, "load", _CONFIG))
    topics = TopicNames()
    began, probed = time.monotonic(), 0
    while not ending.wait(_BATCH_S):
        elapsed = time.monotonic() - began
        lines = events.lines(int(elapsed * load.rate) - produced.value)
        for topic, are_touches in ((topics.touches, True), (topics.orders, False)):
            of_topic = [line for line in lines if line.startswith(b'{"type":"touch"') == are_touches]
            _send(producer, topic, of_topic, load.record_events_most)
        produced.value += len(lines)
        if int(elapsed * load.probes_per_s) > probed:
            probes.send((probed, time.monotonic()))
            producer.produce(topics.touches, events.probe(probed % PROBE_CAMPAIGNS))
            probed += 1
        producer.poll(0)
    producer.flush(_GRACE_S)


def _send(producer: Producer, topic: str, lines: Sequence[bytes], record_events_most: int) -> None:
    for first in range(0, len(lines), record_events_most):
        producer.produce(topic, b"\n".join(lines[first : first + record_events_most]))
