"""The sink of answers: each goes to a key of its question's own, where its asker waits and it soon expires."""

from __future__ import annotations

from dataclasses import dataclass
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Final

import redis
import structlog
from bytewax.outputs import DynamicSink, StatelessSinkPartition

from connectors.questions import keys
from connectors.sources.precedence import Precedence
from state.inquiries import Inquiry
from state.questions import encode_answer

WAITING_MOST: Final = 256
"""Answers that wait to be written; more than that, and their askers have stopped waiting anyway."""
WRITTEN_AT_ONCE_MOST: Final = 32
_POLL_S: Final = 0.5

_LOG: Final = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class AnswerSink(DynamicSink[Inquiry]):
    """Answers to who asked. The stream never waits for Redis: what cannot be written is dropped."""

    client: redis.Redis
    precedence: Precedence
    """Of this worker."""

    def build(self, step_id: str, worker_index: int, worker_count: int) -> AnswerPartition:
        """The answers that come out of one worker."""
        del step_id, worker_index, worker_count
        return AnswerPartition(self.client, self.precedence)


class AnswerPartition(StatelessSinkPartition[Inquiry]):
    """Writes answers by a thread of its own."""

    def __init__(self, client: redis.Redis, precedence: Precedence) -> None:
        self._client = client
        self._precedence = precedence
        self._waiting: Queue[Inquiry] = Queue(WAITING_MOST)
        self._closed = Event()
        self._thread = Thread(target=self._work, name="answers", daemon=True)
        self._thread.start()

    def write_batch(self, items: list[Inquiry]) -> None:
        """Have answers written."""
        self._precedence.answered(item.id for item in items)
        for item in items:
            try:
                self._waiting.put_nowait(item)
            except Full:
                _LOG.warning("an answer is dropped, for too many wait to be written", waiting=WAITING_MOST)

    def close(self) -> None:
        """Write what waits."""
        self._closed.set()
        self._thread.join()

    def _work(self) -> None:
        while (items := self._next()) is not None:
            try:
                self._write(items)
            except redis.RedisError as error:
                _LOG.warning("answers are dropped", answers=len(items), error=f"{type(error).__name__}: {error}")
            except Exception:  # noqa: BLE001 - no answer ends a run
                _LOG.exception("answers are dropped", answers=len(items))

    def _next(self) -> list[Inquiry] | None:
        while True:
            try:
                items = [self._waiting.get(timeout=_POLL_S)]
            except Empty:
                if self._closed.is_set():
                    return None
                continue
            while len(items) < WRITTEN_AT_ONCE_MOST and not self._waiting.empty():
                items.append(self._waiting.get_nowait())
            return items

    def _write(self, items: list[Inquiry]) -> None:
        for item in items:
            key = keys.answer_key(item.id)
            # Together, or an answer that nobody fetches might stay for good.
            pipeline = self._client.pipeline(transaction=True)
            pipeline.rpush(key, encode_answer(item.answer))
            pipeline.expire(key, keys.ANSWER_EXPIRES_S)
            pipeline.execute()
