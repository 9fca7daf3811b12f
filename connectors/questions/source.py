"""A source of questions, beside those of events: every worker takes some of those that wait in Redis.

It has no state to be recovered: a question is taken once, and a crash forgets it.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Final, cast

import msgspec
import redis
import structlog
from bytewax.inputs import DynamicSource, StatelessSourcePartition

from config.stopping import StopRequest
from connectors.questions import keys
from connectors.questions.allowance import MOVING_S, Allowance
from connectors.sources.precedence import Precedence
from connectors.view.layout import text_of
from connectors.view.waiting import Stopped, waiting
from state.inquiries import Inquiry, begin
from state.questions import CountedSales, PreviewOrders, decode_question

HANDED_ON_MOST: Final = 16
"""Questions of one activation."""
TAKEN_MOST: Final = 16
"""Questions that wait in a worker; the others wait in Redis, where they expire."""
_AWAKE_EVERY_S: Final = 0.01
_TAKE_TIMEOUT_S: Final = 0.25
_END_TIMEOUT_S: Final = 2.0
_RENEW_EVERY_S: Final = 5.0
_FULL_POLL_S: Final = 0.01

_LOG: Final = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class QuestionSource(DynamicSource[Inquiry]):
    """Questions until a stop is requested."""

    client: redis.Redis
    stop: StopRequest
    store: str
    """The id of the recovery store of the run that answers."""
    allowance: Allowance
    """Of this worker, told by its stages what answering costs."""
    precedence: Precedence
    """Of this worker."""

    def build(self, step_id: str, worker_index: int, worker_count: int) -> QuestionPartition:
        """The questions that one worker takes."""
        del step_id, worker_index, worker_count
        inbox = Inbox(self.client, self.stop, self.store)
        return QuestionPartition(inbox, self.stop, self.allowance, self.precedence)


class QuestionPartition(StatelessSourcePartition[Inquiry]):
    """Hands on what was taken, as far as the allowance goes."""

    def __init__(self, inbox: Inbox, stop: StopRequest, allowance: Allowance, precedence: Precedence) -> None:
        self._inbox = inbox
        self._stop = stop
        self._allowance = allowance
        self._precedence = precedence

    def next_batch(self) -> list[Inquiry]:
        """Some questions. One that is much work comes alone."""
        if self._stop.requested:
            raise StopIteration
        taken = self._inbox.taken
        if not self._allowance.allows(time.monotonic(), events_wait=self._precedence.is_taken):
            return []
        items: list[Inquiry] = []
        while taken and len(items) < HANDED_ON_MOST:
            item = taken.popleft()
            items.append(item)
            self._allowance.spend(MOVING_S)
            if isinstance(item.question, PreviewOrders | CountedSales):
                break
        self._precedence.handed_on(item.id for item in items)
        return items

    def next_awake(self) -> datetime:
        """Soon: other sources cannot go on to an epoch before this one has."""
        self._allowance.wakes_at(time.monotonic() + _AWAKE_EVERY_S)
        return datetime.now(UTC) + timedelta(seconds=_AWAKE_EVERY_S)

    def close(self) -> None:
        """Nobody answers from here on, as far as this worker knows."""
        self._inbox.close()


class Inbox:
    """Takes questions from Redis by a thread of its own, so that the stream never waits for Redis."""

    def __init__(self, client: redis.Redis, stop: StopRequest, store: str) -> None:
        self.taken: deque[Inquiry] = deque()
        self._client = client
        self._stop = stop
        self._store = store
        self._closed = Event()
        self._renewed_s = -_RENEW_EVERY_S
        self._thread = Thread(target=self._work, name="questions", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread, and with it the word that somebody answers; of several workers the last one takes it back."""
        self._closed.set()
        self._thread.join(_END_TIMEOUT_S)

    def _work(self) -> None:
        try:
            while not self._is_over():
                if len(self.taken) >= TAKEN_MOST:
                    self._closed.wait(_FULL_POLL_S)
                    continue
                waiting(self._renew, self._stop)
                question = waiting(self._take, self._stop)
                if question is not None:
                    self.taken.append(question)
            waiting(self._leave, self._stop)
        except Stopped:
            return
        except Exception:  # noqa: BLE001 - no question ends a run; this worker takes none until it starts anew
            _LOG.exception("questions are not taken any more")

    def _is_over(self) -> bool:
        return self._closed.is_set() or self._stop.requested

    def _renew(self) -> None:
        now_s = time.monotonic()
        if now_s - self._renewed_s >= _RENEW_EVERY_S:
            self._client.set(keys.ANSWERED_BY, self._store, ex=keys.ANSWERED_BY_EXPIRES_S)
            self._renewed_s = now_s

    def _leave(self) -> None:
        self._client.delete(keys.ANSWERED_BY)

    def _take(self) -> Inquiry | None:
        answer = self._client.blpop([keys.WAITING], timeout=_TAKE_TIMEOUT_S)
        if answer is None:
            return None
        question_id = text_of(cast("tuple[bytes, bytes]", answer)[1])
        key = keys.question_key(question_id)
        pipeline = self._client.pipeline(transaction=True)
        pipeline.get(key)
        pipeline.delete(key)
        question = pipeline.execute()[0]
        if question is None:
            return None  # its asker has stopped waiting
        try:
            return begin(question_id, decode_question(question))
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            _LOG.warning("what was put among the questions is none", error=str(error))
            return None
