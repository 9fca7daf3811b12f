"""How much one poll takes: all that lies ready while a worker catches up, little at once while it keeps up.

What is polled together goes through all stages before anything else does. Behind a snapshot a second of events lies
ready: taken at once, it would hold up every question and counter behind it for another half a second.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Final, NamedTuple

from confluent_kafka import Consumer, Message

BATCH_RECORDS_MAX: Final = 10_000
KEEPING_UP_BYTES: Final = 65_536
"""The first poll of a partition that keeps up ends when it has brought so much, some 440 touches or 60 orders."""
LOT_S: Final = 0.05
"""So long the worker is to work for what it has polled of all partitions together, s. Some 10 ms of that it works for
however little it is; what comes in between, a question for one, waits for half of it."""
_MORE: Final = 1.25
_LESS: Final = 0.5
_BYTES_LEAST: Final = 16_384
_BYTES_MOST: Final = 1_572_864
DEAR: Final = 5
"""A byte of a topic whose events are much work counts for so many: to take an order through the stages takes as long as
eight touches, and it is half as long again."""
FIRST_RECORDS: Final = 4
"""So few are taken before it is known how long they are: each may hold hundreds of lines. Fewer where the
last ones were so long that as many would be too much."""
_TOGETHER_MAX: Final = 1_000


class Poll(NamedTuple):
    """What a poll brought."""

    messages: list[Message]
    is_full: bool = False
    """Whether these are as many as may be."""
    is_cut: bool = False
    """Whether it has ended for what they are together: more may lie ready."""


def poll_all(consumer: Consumer) -> Poll:
    """As much as a poll may bring of what lies ready."""
    messages = consumer.consume(BATCH_RECORDS_MAX, 0)
    return Poll(messages, is_full=len(messages) == BATCH_RECORDS_MAX)


class LittlePolls:
    """The polls of a partition that keeps up, and one record in any case.

    While more lies ready each brings as much as takes the worker `LOT_S`, judged by the one before; but at most a
    quarter more, and at least half as much.
    """

    def __init__(self, dear_topics: Collection[str] = (), worked_s: Callable[[], float] = time.thread_time) -> None:
        """`dear_topics`: their events are much work. `worked_s`: how long the worker's thread has worked, s."""
        self._dear_topics = dear_topics
        self._worked_s = worked_s
        self._worked_then_s = worked_s()
        self._was_cut = False
        self._bytes_most = KEEPING_UP_BYTES
        self._first_records = FIRST_RECORDS

    def poll(self, consumer: Consumer) -> Poll:
        """The next one."""
        worked_s = self._worked_s()
        if self._was_cut:
            self._judge(worked_s - self._worked_then_s)
        self._worked_then_s = worked_s
        poll = self._poll(consumer)
        self._was_cut = poll.is_cut
        return poll

    def _judge(self, took_s: float) -> None:
        times = max(_LESS, LOT_S / max(took_s, LOT_S / _MORE))
        self._bytes_most = min(max(int(times * self._bytes_most), _BYTES_LEAST), _BYTES_MOST)

    def _poll(self, consumer: Consumer) -> Poll:
        messages: list[Message] = []
        brought = 0
        wanted = self._first_records
        while len(messages) < BATCH_RECORDS_MAX:
            found = consumer.consume(wanted, 0)
            messages += found
            brought += sum(len(message) * (DEAR if message.topic() in self._dear_topics else 1) for message in found)
            if not messages:
                return Poll(messages)
            bytes_each = max(1, brought // len(messages))
            self._first_records = max(1, min(FIRST_RECORDS, KEEPING_UP_BYTES // bytes_each))
            if brought >= self._bytes_most:
                return Poll(messages, is_cut=True)
            if len(found) < wanted:
                return Poll(messages)
            fitting = max(1, (self._bytes_most - brought) // bytes_each)
            wanted = min(fitting, _TOGETHER_MAX, BATCH_RECORDS_MAX - len(messages))
        return Poll(messages, is_cut=True)
