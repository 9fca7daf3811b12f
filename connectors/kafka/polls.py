"""How much one poll takes: all that lies ready while a worker catches up, little at once while it keeps up.

What is polled together goes through all stages before anything else does. Behind a snapshot a second of events lies
ready: taken at once, it would hold up every question and counter behind it for another half a second.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

from confluent_kafka import Consumer, Message

BATCH_RECORDS_MAX: Final = 10_000
KEEPING_UP_BYTES: Final = 196_608
"""A poll of a partition that keeps up ends when it has brought so much, some 1,300 touches or 200 orders."""
_MORE: Final = 1.25
_BYTES_MOST: Final = 8 * KEEPING_UP_BYTES
DEAR: Final = 5
"""A byte of a topic whose events are much work counts for so many: to take an order through the stages takes as long as
eight touches, and it is half as long again."""
FIRST_RECORDS: Final = 4
"""So few are taken before it is known how long they are: each may hold hundreds of lines."""
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
    """The polls of a partition that keeps up: about `KEEPING_UP_BYTES` each, and one record in any case.

    While more lies ready each brings a quarter more than the one before: what is taken together costs less an event,
    and whoever can only just keep up has to take more.
    """

    def __init__(self, dear_topics: Collection[str] = ()) -> None:
        """`dear_topics`: their events are much work."""
        self._dear_topics = dear_topics
        self._bytes_most = KEEPING_UP_BYTES

    def poll(self, consumer: Consumer) -> Poll:
        """The next one."""
        poll = self._poll(consumer, self._bytes_most)
        more = min(int(_MORE * self._bytes_most), _BYTES_MOST)
        self._bytes_most = more if poll.is_cut else KEEPING_UP_BYTES
        return poll

    def _poll(self, consumer: Consumer, bytes_most: int) -> Poll:
        messages: list[Message] = []
        brought = 0
        wanted = FIRST_RECORDS
        while len(messages) < BATCH_RECORDS_MAX:
            found = consumer.consume(wanted, 0)
            messages += found
            brought += sum(len(message) * (DEAR if message.topic() in self._dear_topics else 1) for message in found)
            if brought >= bytes_most:
                return Poll(messages, is_cut=True)
            if len(found) < wanted:
                return Poll(messages)
            bytes_each = max(1, brought // len(messages))
            fitting = max(1, (bytes_most - brought) // bytes_each)
            wanted = min(fitting, _TOGETHER_MAX, BATCH_RECORDS_MAX - len(messages))
        return Poll(messages, is_cut=True)
