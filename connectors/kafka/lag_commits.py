"""The positions of a source told to a consumer group, for ordinary lag tools. Nothing is ever read from the group."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from connectors.kafka.client import error_of

_log = structlog.get_logger("kafka")

_SETTLE_S: Final = 0.5
_POLL_S: Final = 0.05


class GroupCommits:
    """Commits of one consumer, one at a time: while one has no answer (the broker is away) others are left out.

    A commit that fails misleads lag tools until the next one, so it is logged and no more.
    """

    def __init__(self) -> None:
        self._is_awaited = False

    def on_commit(self, error: KafkaError | None, _offsets: list[TopicPartition]) -> None:
        """The answer; called by the consumer while it is polled."""
        self._is_awaited = False
        if error is not None:
            self._warn(error)

    def commit(self, consumer: Consumer, offsets: Sequence[TopicPartition]) -> None:
        """Send next offsets, without waiting for the answer."""
        if self._is_awaited or not offsets:
            return
        try:
            consumer.commit(offsets=list(offsets), asynchronous=True)
        except KafkaException as failure:
            self._warn(error_of(failure))
        else:
            self._is_awaited = True

    def settle(self, consumer: Consumer, offsets: Sequence[TopicPartition]) -> None:
        """Send the last next offsets of a consumer that reads no more, and wait a moment for the answer."""
        give_up_at = time.monotonic() + _SETTLE_S
        consumer.unassign()
        self._await_answer(consumer, give_up_at)
        self.commit(consumer, offsets)
        self._await_answer(consumer, give_up_at)

    def _await_answer(self, consumer: Consumer, give_up_at: float) -> None:
        while self._is_awaited and time.monotonic() < give_up_at:
            consumer.poll(_POLL_S)

    @staticmethod
    def _warn(error: KafkaError) -> None:
        _log.warning("group_commit_failed", error=error.name(), detail=error.str())
