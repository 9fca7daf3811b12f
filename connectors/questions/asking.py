"""The side that asks: a question is put into Redis, and its answer waited for there."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple, cast

import redis

from connectors.questions import keys
from connectors.view.layout import CATCHING_UP, RUN_KEY, text_of
from state.questions import Answer, Question, decode_answer, encode_question

ANSWER_TIMEOUT_S: Final = 5.0
"""For one question."""
ASKED_AT_ONCE: Final = 4
"""Of many questions, so many are on their way together."""
_POLL_S: Final = 1.0
"""A reader of Redis may take a server that is silent for longer for one that is away."""


class NotAnswered(Exception):
    """No dataflow has answered in time, or too many questions wait already."""


class _Asked(NamedTuple):
    id: str
    question: Question
    until_s: float
    """By the monotonic clock."""


class Asker:
    """Asks the running dataflow. Raises `redis.RedisError` while Redis is away."""

    def __init__(
        self,
        client: redis.Redis,
        timeout_s: float = ANSWER_TIMEOUT_S,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        """`timeout_s`: how long to wait for the answer to a question. `is_wanted`: False once the asker has hung up."""
        self._client = client
        self._timeout_s = timeout_s
        self._is_wanted = is_wanted

    def answering_store(self) -> str | None:
        """The id of the recovery store of the run that answers; None: none seems to be live."""
        answer = self._client.get(keys.ANSWERED_BY)
        return None if answer is None else text_of(cast("bytes", answer))

    def catching_up(self) -> bool:
        """Whether the run is catching up (contract §8)."""
        answer = self._client.hget(RUN_KEY, CATCHING_UP)
        return answer is not None and text_of(answer) == "1"

    def ask(self, question: Question) -> Answer:
        """The answer. Raises `NotAnswered`."""
        asked = self._put(question)
        try:
            return self._await(asked)
        except BaseException:
            self._drop([asked])
            raise

    def ask_all(self, questions: Iterable[Question]) -> Iterator[Answer]:
        """The answers in the order of the questions, of which a few are asked at once. Raises `NotAnswered`.

        Whoever stops iterating has hung up: what is not taken yet is dropped.
        """
        waiting: deque[_Asked] = deque()
        try:
            for question in questions:
                if len(waiting) == ASKED_AT_ONCE:
                    yield self._await(waiting[0])
                    waiting.popleft()
                waiting.append(self._put(question))
            while waiting:
                yield self._await(waiting[0])
                waiting.popleft()
        finally:
            self._drop(waiting)

    def _put(self, question: Question) -> _Asked:
        asked = _Asked(secrets.token_hex(8), question, time.monotonic() + self._timeout_s)
        pipeline = self._client.pipeline(transaction=False)
        pipeline.set(keys.question_key(asked.id), encode_question(question), px=int(self._timeout_s * 1_000))
        pipeline.rpush(keys.WAITING, asked.id)
        pipeline.expire(keys.WAITING, keys.WAITING_EXPIRES_S)
        if pipeline.execute()[1] > keys.WAITING_MOST:
            self._drop([asked])
            raise NotAnswered(f"{keys.WAITING_MOST} questions wait already")
        return asked

    def _await(self, asked: _Asked) -> Answer:
        while self._is_wanted():
            left_s = asked.until_s - time.monotonic()
            # Also when the time is up: the answer may have come while this process stood still. 0 would be for ever.
            answer = self._client.blpop([keys.answer_key(asked.id)], timeout=max(0.01, min(left_s, _POLL_S)))
            if answer is not None:
                return decode_answer(asked.question, cast("tuple[bytes, bytes]", answer)[1])
            if left_s <= 0:
                break
        raise NotAnswered(f"no dataflow answered a question within {self._timeout_s:g} s")

    def _drop(self, asked: Iterable[_Asked]) -> None:
        """Take back what is waited for no more; what has been taken is answered, and expires."""
        pipeline = self._client.pipeline(transaction=False)
        for one in asked:
            pipeline.delete(keys.question_key(one.id))
            pipeline.lrem(keys.WAITING, 1, one.id)
        if len(pipeline):
            pipeline.execute()
