"""Which topic partitions have been read to where they end, as the broker tells it; never by how long it was silent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from connectors.kafka.inquiry import Inquiry
from connectors.kafka.topics import earliest_spec, latest_spec

ASK_EVERY_S: Final = 0.5
_ANSWER_TIMEOUT_S: Final = 2.0


class PartitionEnds:
    """Two words of the broker, either of which is enough.

    The client reports an end of a partition when a fetch brought nothing and the broker's end is where it fetched: it
    is exact, also where markers of transactions lie behind the last record, but does not come where the broker tells
    too low an end (Tansu) and where records come all the time. So it is asked for the ends too. Too low an end is
    that of a part of the last batch, which is in the client's queue as a whole: read all that lies ready before
    `not_read_to_end` is called.
    """

    def __init__(self, ask: Callable[[], Mapping[str, int]]) -> None:
        """`ask`: the ends (next offsets) by unit, 0 for a partition that holds nothing. May block, and raise."""
        self._ends_seen: dict[str, int] = {}
        self._ends_told: dict[str, int] = {}
        self._inquiry = Inquiry("ends", ask, first_s=0.0, every_s=ASK_EVERY_S)

    def seen(self, unit: str, offset: int) -> None:
        """The client has come to the end of a partition; `offset` is the next one's that it fetches."""
        self._ends_seen[unit] = offset

    def come_to(self, unit: str) -> int | None:
        """The offset at which the client came to the end of a partition last; None: it has not yet. From any thread."""
        return self._ends_seen.get(unit)

    def is_seen(self, units: Iterable[str], positions: Mapping[str, int]) -> bool:
        """Whether the client has come to the end of each of `units`, and nothing has come since. Asks nobody."""
        return all(positions.get(unit, 0) <= self._ends_seen.get(unit, -1) for unit in units)

    def take_told(self) -> Mapping[str, int] | None:
        """The ends as the broker tells them, where it has told them anew; None: not yet. Asks it when it is time to."""
        return self._inquiry.take()

    def forget(self) -> None:
        """Much has come: what the broker told of the ends is out of date."""
        self._ends_told.clear()

    def not_read_to_end(self, units: Iterable[str], positions: Mapping[str, int]) -> set[str]:
        """Those of `units` that have more, or of which nothing is known yet. `positions`: next offsets by unit."""
        left = {unit for unit in units if positions.get(unit, 0) > self._ends_seen.get(unit, -1)}
        if left:
            self._ends_told.update(self.take_told() or {})
        return {unit for unit in left if positions.get(unit, 0) < self._ends_told.get(unit, positions.get(unit, 0) + 1)}


class Span(NamedTuple):
    """The offsets that a topic partition holds."""

    first: int
    end: int
    """The next one."""


class BrokerEnds:
    """Asks the broker through a client of its own: confluent-kafka lets one call at a time into a client, and a
    consumer's polls would wait for the answer of a broker that gives none."""

    def __init__(self, connect: Callable[[], AdminClient]) -> None:
        """`connect` makes the client, when it is asked first."""
        self._connect = connect
        self._client: AdminClient | None = None

    def ask(self, units: Mapping[str, TopicPartition]) -> Mapping[str, int]:
        """The next offset of each unit, 0 for one that holds nothing. Blocks for `_ANSWER_TIMEOUT_S` at most.

        Raises `KafkaException`, also where there is no answer in time.
        """
        return {unit: span.end if span.end > span.first else 0 for unit, span in self.spans(units).items()}

    def spans(self, units: Mapping[str, TopicPartition]) -> Mapping[str, Span]:
        """What each unit holds. Blocks and raises as `ask`."""
        if not units:
            return {}
        client = self._client or self._connect()
        self._client = client
        earliest, latest = (_offsets(client, units, spec) for spec in (earliest_spec(), latest_spec()))
        return {unit: Span(earliest[unit], end) for unit, end in latest.items()}

    def take_client(self) -> AdminClient | None:
        """The client, if there is one, to be dropped by the caller: that may take as long as dropping a consumer."""
        client, self._client = self._client, None
        return client


def _offsets(client: AdminClient, units: Mapping[str, TopicPartition], spec: OffsetSpec) -> dict[str, int]:
    wanted = {TopicPartition(tp.topic, tp.partition): spec for tp in units.values()}
    asked = client.list_offsets(wanted, request_timeout=_ANSWER_TIMEOUT_S)
    answers = {(tp.topic, tp.partition): answer for tp, answer in asked.items()}
    return {unit: int(answers[tp.topic, tp.partition].result().offset) for unit, tp in units.items()}
