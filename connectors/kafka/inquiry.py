"""Questions to a broker that the flow does not wait for: each is asked on a thread of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Generic, TypeVar

import structlog
from confluent_kafka import KafkaException

from config.errors import Unavailable, UserError

Answer = TypeVar("Answer")

_log = structlog.get_logger("kafka")


class Inquiry(Generic[Answer]):
    """The same question again and again, one at a time; a broker that does not answer is asked again."""

    def __init__(self, name: str, ask: Callable[[], Answer], *, first_s: float, every_s: float) -> None:
        """`first_s`: how long from now the first question is asked; `every_s`: how long after one the next is."""
        self._name = name
        self._ask = ask
        self._every_s = every_s
        self._next_at = time.monotonic() + first_s
        self._thread: Thread | None = None
        self._answers: SimpleQueue[Answer] = SimpleQueue()
        self._lock = Lock()

    def take(self) -> Answer | None:
        """An answer that has come and was not taken, once; None: there is none yet. Asks when it is time to."""
        with self._lock:
            self._begin_if_due()
        try:
            return self._answers.get_nowait()
        except Empty:
            return None

    def _begin_if_due(self) -> None:
        if time.monotonic() < self._next_at or (self._thread is not None and self._thread.is_alive()):
            return
        self._next_at = time.monotonic() + self._every_s
        self._thread = Thread(target=self._put_answer, name=f"ask-{self._name}", daemon=True)
        self._thread.start()

    def _put_answer(self) -> None:
        try:
            self._answers.put(self._ask())
        except (UserError, Unavailable, KafkaException) as error:
            _log.debug("kafka_no_answer", question=self._name, error=str(error))
