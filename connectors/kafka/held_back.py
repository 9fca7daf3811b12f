"""Orders wait for the touches that were written before them while a worker catches up.

A topic of orders holds a tenth of what one of touches does. Read side by side, all orders would come long before most
touches: each would be decided without its touches, published, and decided anew with every touch that comes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from confluent_kafka import Consumer, Message, TopicPartition

from connectors.kafka.polls import BATCH_RECORDS_MAX, Poll, poll_all
from connectors.kafka.record_lines import unit_of_message
from connectors.kafka.watermark import Watermark, written_ms

HELD_MOST: Final = BATCH_RECORDS_MAX
"""Records that wait; while there are more, none are polled. One poll more may come on top."""
HELD_BYTES_MOST: Final = 8 * 1_048_576


class HeldBack:
    """What a virtual partition has polled of dear topics before its time has come."""

    def __init__(self, dear_topics: Collection[str], watermark: Watermark) -> None:
        """`dear_topics`: those whose records wait. `watermark`: of all other topic partitions of the worker."""
        self._dear_topics = dear_topics
        self._watermark = watermark
        self._dear: dict[str, TopicPartition] = {}
        self._others: set[str] = set()
        self._held: dict[str, Sequence[Message]] = {}
        self._record_bytes = 0
        """Of those that came last, on average."""
        self._is_paused = False

    @property
    def units(self) -> Collection[str]:
        """The topic partitions of which anything waits."""
        return self._held.keys()

    def begin(self, units: Mapping[str, TopicPartition]) -> None:
        """These are about to be read, too."""
        for unit, tp in units.items():
            if tp.topic in self._dear_topics:
                self._dear[unit] = tp
                self._is_paused = False
            else:
                self._others.add(unit)
                self._watermark.begin(unit)

    def poll(self, consumer: Consumer) -> Poll:
        """All that lies ready, but of dear topics nothing while much of them waits."""
        if self._is_much():
            if not self._others:
                return Poll([])
            self._pause(consumer)
        elif self._is_paused and not self._is_much(share=2):
            consumer.resume(list(self._dear.values()))
            self._is_paused = False
        return poll_all(consumer)

    def due(self, polled: Iterable[Sequence[Message]]) -> list[Sequence[Message]]:
        """What is to be handed on now, by topic partition, of that which has been polled and what waits."""
        due: list[Sequence[Message]] = []
        silent = set(self._others)
        for messages in polled:
            unit = unit_of_message(messages[0])
            if unit in self._dear:
                self._held[unit] = [*self._held.get(unit, ()), *messages]
                self._record_bytes = sum(map(len, messages)) // len(messages)
            else:
                silent.discard(unit)
                self._watermark.read(unit, written_ms(messages[-1]))
                due.append(messages)
        for unit in silent:
            self._watermark.read_nothing(unit)
        return [*due, *self._release()] if self._held else due

    def read_to_end(self, left: Collection[str]) -> None:
        """All but these have been read to their ends."""
        self._watermark.ended(unit for unit in self._others if unit not in left)

    def close(self) -> None:
        """Nothing is read any more; what waits is read again by the next run."""
        self._watermark.ended(self._others)
        self._held.clear()

    def _release(self) -> list[Sequence[Message]]:
        until_ms = self._watermark.value_ms()
        released: list[Sequence[Message]] = []
        for unit, held in list(self._held.items()):
            # Times go up but for a little, if several producers write: it need not be exact.
            count = len(held) if written_ms(held[-1]) <= until_ms else bisect_right(held, until_ms, key=written_ms)
            if count:
                released.append(held[:count])
                self._held[unit] = held[count:]
                if count == len(held):
                    del self._held[unit]
        return released

    def _is_much(self, share: int = 1) -> bool:
        """Whether as much waits as may, or one part in `share` of that."""
        records = share * sum(map(len, self._held.values()))
        return records >= HELD_MOST or records * self._record_bytes >= HELD_BYTES_MOST

    def _pause(self, consumer: Consumer) -> None:
        if not self._is_paused:
            consumer.pause(list(self._dear.values()))
            self._is_paused = True
