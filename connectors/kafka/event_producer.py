"""One producer for the life of a server: what is sent with it counts as taken once the broker has acknowledged it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import ClassVar, Final, NamedTuple

import structlog
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from config.errors import Unavailable, UserError
from connectors.kafka.client import PRODUCER_CONFIG, client_config, error_of
from connectors.kafka.event_routes import EventRoutes, ProducerRecord
from connectors.kafka.topics import BrokerUnavailable, TopicNames, TopicPlan, ensure_topics, topic_plans
from connectors.patience import Patience

SEND_TIMEOUT_S: Final = 3.0
"""How long a sender waits for the broker unless it says otherwise."""
SEND_TIMEOUT_S_MAX: Final = 30.0
"""After this the client gives up what the broker has not taken: nobody waits for it any more."""
CLOSE_TIMEOUT_S: Final = 5.0
_POLL_S: Final = 0.1
_PAUSE_S: Final = 0.01
"""Between two attempts to hand records to the client."""
_TOPICS_AGAIN_S: Final = 1.0

_PRODUCER_CONFIG: Final = {
    **PRODUCER_CONFIG,
    "linger.ms": "5",
    "message.timeout.ms": str(int(SEND_TIMEOUT_S_MAX * 1_000)),
    "delivery.report.only.error": False,
}
_NO_TOPIC: Final = frozenset(
    {KafkaError._UNKNOWN_TOPIC, KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_PARTITION}
)
_UNKNOWN_CLIENT: Final = frozenset(
    {
        KafkaError.PRODUCER_FENCED,
        KafkaError.INVALID_PRODUCER_EPOCH,
        KafkaError.INVALID_PRODUCER_ID_MAPPING,
        KafkaError.UNKNOWN_PRODUCER_ID,
    }
)
"""The broker does not know the client by its number for idempotence, and takes nothing from it any more:
so after it stood still for longer than the client waits."""
_PURGED: Final = frozenset(
    {KafkaError._PURGE_QUEUE, KafkaError._PURGE_INFLIGHT}  # noqa: SLF001 - librdkafka's own errors begin so
)
"""Of what a client still had when it was replaced."""

_log = structlog.get_logger("kafka")


class EventsNotTaken(BrokerUnavailable):
    """The broker has not acknowledged all events in time. Some may be in their topics; sending all of them once more
    changes nothing (contract §2)."""

    away: ClassVar[str] = "kafka"


class _ClientReplaced(EventsNotTaken):
    """The client is replaced, or a topic made anew, while the sender has time left: send all of them once more."""


class Acknowledged(NamedTuple):
    """Where the last of the records that were sent together stands."""

    partition: int
    offset: int


class EventProducer:
    """Sends from threads (`send`) and from coroutines (`send_async`, which hold up no event loop).

    Missing topics are made, at the start and when one was deleted; while no broker answers, that is tried again and
    again. A broker that comes back is found by the client itself. `close` it.
    """

    def __init__(self, bootstrap_servers: str, names: TopicNames, plans: Sequence[TopicPlan] | None = None) -> None:
        """`plans`: the topics to make where they are missing; None: all but those that only the dataflow writes."""
        self._bootstrap_servers = bootstrap_servers
        all_plans = topic_plans(names, with_segments=True)
        self._plans = [plan for plan in all_plans if plan.name != names.attributions] if plans is None else plans
        self._routes = EventRoutes(names)
        self._closing = threading.Event()
        self._give_up_at = 0.0
        self._broken = threading.Event()
        self._trouble = threading.Event()
        self._trouble.set()
        self._acknowledged = 0
        self._producer = self._new_producer()
        self._polling = threading.Thread(target=self._poll, name="producer-poll", daemon=True)
        self._polling.start()
        threading.Thread(target=self._keep_well, name="producer-check", daemon=True).start()

    def send(self, events: Sequence[bytes], timeout_s: float = SEND_TIMEOUT_S) -> None:
        """Return when the broker has acknowledged all events (one a line each). Raises `EventsNotTaken`."""
        self.send_records(self._routes.records(events), timeout_s)

    async def send_async(self, events: Sequence[bytes], timeout_s: float = SEND_TIMEOUT_S) -> None:
        """`send`, for a coroutine."""
        await self.send_records_async(self._routes.records(events), timeout_s)

    def records(self, events: Sequence[bytes]) -> list[ProducerRecord]:
        """The records of events, one a line each, as `send` writes them."""
        return self._routes.records(events)

    def send_records(self, records: Sequence[ProducerRecord], timeout_s: float = SEND_TIMEOUT_S) -> Acknowledged | None:
        """Return when the broker has acknowledged all records; None: there were none. Raises `EventsNotTaken`."""
        return asyncio.run(self.send_records_async(records, timeout_s))

    async def send_records_async(
        self, records: Sequence[ProducerRecord], timeout_s: float = SEND_TIMEOUT_S
    ) -> Acknowledged | None:
        """`send_records`, for a coroutine."""
        patience = Patience(timeout_s)
        while True:
            batch = _Batch(records, self._note)
            while not self._is_queued(batch):
                if patience.is_over:
                    raise self._too_late(batch, timeout_s)
                await patience.pause(_PAUSE_S)
            acknowledged = asyncio.wrap_future(batch.future)
            try:
                if not await patience.wait([acknowledged]):
                    raise self._too_late(batch, timeout_s)
                return acknowledged.result()
            except _ClientReplaced:
                if patience.is_over:
                    raise
            finally:
                # Nobody is there for what comes of it later.
                acknowledged.cancel()
            await patience.pause(_PAUSE_S)

    def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> None:
        """Take nothing more, have the broker acknowledge what was begun, and end; what it has not acknowledged after
        `timeout_s` is given up, and its senders are told."""
        self._give_up_at = time.monotonic() + timeout_s
        self._closing.set()
        self._polling.join()
        self._producer.purge()
        self._producer.flush(_POLL_S)

    def _is_queued(self, batch: _Batch) -> bool:
        """Whether all of a batch is with the client; False: its queue is full, or it is about to be replaced, or a
        topic to be made: call again."""
        if self._closing.is_set():
            raise EventsNotTaken("no more events are sent to Kafka: the server is stopping")
        if self._broken.is_set():
            return False
        try:
            batch.produce(self._producer)
        except BufferError:
            return False
        except KafkaException as failure:
            self._note(error_of(failure))
            if _is_mended(error_of(failure)):
                return False
            raise EventsNotTaken(
                f"Kafka at {self._bootstrap_servers} takes no events: {error_of(failure).str()}"
            ) from failure
        return True

    def _too_late(self, batch: _Batch, timeout_s: float) -> EventsNotTaken:
        # The client waits for half a minute for a topic that is gone before it says so.
        self._trouble.set()
        return EventsNotTaken(
            f"Kafka at {self._bootstrap_servers} has not acknowledged {batch.waiting} of {batch.size} events within "
            f"{timeout_s:g} s"
        )

    def _note(self, error: KafkaError | None) -> None:
        """What a record's report, or an error, means for those to come."""
        if error is None:
            self._acknowledged += 1
            return
        if error.code() in _NO_TOPIC:
            self._trouble.set()
        if _breaks_client(error):
            self._broken.set()

    def _new_producer(self) -> Producer:
        config = client_config(self._bootstrap_servers, "serve", _PRODUCER_CONFIG)
        log = config["error_cb"]

        def on_error(error: KafkaError) -> None:
            log(error)
            self._note(error)

        return Producer({**config, "error_cb": on_error})

    def _poll(self) -> None:
        """Have the client call back; a client that a broker's answer has put out of action is replaced."""
        while not self._closing.is_set() or (len(self._producer) and time.monotonic() < self._give_up_at):
            self._producer.poll(_POLL_S)
            if self._broken.is_set():
                _log.warning("kafka_producer_replaced")
                broken, self._producer = self._producer, self._new_producer()
                broken.purge()
                broken.flush(_POLL_S)
                # What is reported of the old one's records says nothing of the new one.
                self._broken.clear()

    def _keep_well(self) -> None:
        """After trouble, and at the start: see that the topics are there, and that the client gets on."""
        while not self._closing.is_set():
            if not self._trouble.wait(_POLL_S):
                continue
            try:
                ensure_topics(self._bootstrap_servers, self._plans)
            except (Unavailable, UserError, KafkaException) as error:
                _log.debug("topics_not_made", error=str(error))
                self._closing.wait(_TOPICS_AGAIN_S)
                continue
            self._trouble.clear()
            if self._is_stuck():
                self._broken.set()

    def _is_stuck(self) -> bool:
        """Whether the client gets nothing acknowledged by a broker that answers: one that has lost what it held does
        not know the client's number for idempotence, and the client repeats itself until it gives up."""
        before, until = self._acknowledged, time.monotonic() + SEND_TIMEOUT_S
        while time.monotonic() < until and not self._closing.is_set():
            if self._acknowledged != before or not len(self._producer):
                return False
            self._closing.wait(_POLL_S)
        return not self._closing.is_set()


def _breaks_client(error: KafkaError) -> bool:
    return error.fatal() or error.code() == KafkaError._FATAL or error.code() in _UNKNOWN_CLIENT


def _is_mended(error: KafkaError) -> bool:
    """Whether an `EventProducer` sees to it that what failed with this can be sent a moment later."""
    return _breaks_client(error) or error.code() in _NO_TOPIC or error.code() in _PURGED


class _Batch:
    """Records that are sent together, and how many of them the broker has still to acknowledge."""

    def __init__(self, records: Sequence[ProducerRecord], note: Callable[[KafkaError | None], None]) -> None:
        """`note` is told of each record's error, or that it has none."""
        self._note = note
        self._left = list(reversed(records))
        self.size = self.waiting = len(records)
        self._failure: KafkaError | None = None
        self.future: Future[Acknowledged | None] = Future()
        # So that nobody can cancel it: the answer comes whether anybody waits for it or not.
        self.future.set_running_or_notify_cancel()
        if not records:
            self.future.set_result(None)

    def produce(self, producer: Producer) -> None:
        """Hand what is left to the client. Raises `BufferError` (call again) and `KafkaException`."""
        left, on_delivery = self._left, self._on_delivery
        while left:
            topic, key, value = left[-1]
            producer.produce(topic, value, key, on_delivery=on_delivery)
            left.pop()

    def _on_delivery(self, error: KafkaError | None, record: Message) -> None:
        """Called for each record, by the one thread that polls."""
        self.waiting -= 1
        if error is not None:
            self._failure = self._failure or error
        self._note(error)
        if not self.waiting:
            self._finish(record)

    def _finish(self, last: Message) -> None:
        if self._failure is None:
            self.future.set_result(Acknowledged(last.partition() or 0, last.offset() or 0))
        else:
            failure = _ClientReplaced if _is_mended(self._failure) else EventsNotTaken
            self.future.set_exception(failure(f"Kafka has not taken all events: {self._failure.str()}"))
