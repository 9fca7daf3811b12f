"""What many ask for at the same time is found out once for all of them, never from before they asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, TypeVar, cast

_Answer = TypeVar("_Answer")


class CoalescedAnswers:
    """For threads that ask. An answer is begun after each of those that get it has asked: it is as fresh as its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._questions: dict[Hashable, _Question] = {}

    def get(self, key: Hashable, find_out: Callable[[], _Answer]) -> _Answer:
        """What `find_out` answers, or another's for the same key; raises what it raises."""
        with self._lock:
            question = self._questions.get(key)
            if question is None:
                question = self._questions[key] = _Question()
            question.interested += 1
            answer = question.next_answer
            is_first = answer is None
            if answer is None:
                answer = question.next_answer = Future()
        try:
            if is_first:
                self._find_out(question, answer, find_out)
            return cast("_Answer", answer.result())
        finally:
            with self._lock:
                question.interested -= 1
                if not question.interested:
                    del self._questions[key]

    def waiting(self, key: Hashable) -> int:
        """How many wait for an answer to it."""
        with self._lock:
            question = self._questions.get(key)
            return 0 if question is None else question.interested

    def _find_out(self, question: _Question, answer: Future[Any], find_out: Callable[[], object]) -> None:
        with question.one_at_a_time:
            with self._lock:
                # Whoever asks from here on needs an answer that is begun later.
                question.next_answer = None
            try:
                answer.set_result(find_out())
            except BaseException as error:
                answer.set_exception(error)
                raise


class _Question:
    """One that somebody waits for."""

    def __init__(self) -> None:
        self.one_at_a_time = threading.Lock()
        self.next_answer: Future[Any] | None = None
        """Not begun yet; None: nobody has asked since the last one was begun."""
        self.interested = 0
