"""Questions wait in Redis, bounded, until one taker has them or their asker has hung up."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
import redis

from config.stopping import StopRequest
from connectors.embedded.servers import EmbeddedValkey
from connectors.questions import keys
from connectors.questions.answers import AnswerPartition
from connectors.questions.asking import Asker, NotAnswered
from connectors.questions.source import TAKEN_MOST, Inbox
from connectors.sources.precedence import Precedence
from connectors.view.client import writing_client
from state.questions import AccountVersions, Answer, Question
from tests.waiting import PATIENCE_S, await_that

QUESTIONS: list[Question] = [AccountVersions(f"shop-{number}") for number in range(30)]
ANSWER = Answer(7, None)


@pytest.fixture
def stop() -> Iterator[StopRequest]:
    request = StopRequest()
    yield request
    request.requested = True


def left_over(client: redis.Redis) -> list[object]:
    return [*client.keys("lasttouch:question:*"), *client.lrange(keys.WAITING, 0, -1)]


def has_ended(asked: Future[Any], inboxes: list[Inbox], answers: AnswerPartition, seen: list[Question]) -> bool:
    """Whether an asker has its answers. Until then what has been taken is answered."""
    for inbox in inboxes:
        while inbox.taken:
            item = inbox.taken.popleft()
            seen.append(item.question)
            answers.write_batch([item.answered(None, as_of=ANSWER.as_of)])
    return asked.done()


def test_nobody_answers(valkey: redis.Redis) -> None:
    asker = Asker(valkey, timeout_s=0.05)
    with pytest.raises(NotAnswered):
        asker.ask(QUESTIONS[0])
    with pytest.raises(NotAnswered):
        list(asker.ask_all(QUESTIONS))
    assert left_over(valkey) == []
    assert asker.answering_store() is None


def test_an_asker_who_has_hung_up_leaves_nothing(valkey: redis.Redis) -> None:
    with pytest.raises(NotAnswered):
        Asker(valkey, timeout_s=60, is_wanted=lambda: False).ask(QUESTIONS[0])
    assert left_over(valkey) == []


def test_when_too_many_wait_a_question_is_refused_at_once(valkey: redis.Redis) -> None:
    valkey.rpush(keys.WAITING, *(f"id{number}" for number in range(keys.WAITING_MOST)))
    with pytest.raises(NotAnswered, match="wait already"):
        Asker(valkey, timeout_s=60).ask(QUESTIONS[0])
    assert valkey.llen(keys.WAITING) == keys.WAITING_MOST
    assert 0 < valkey.ttl(keys.WAITING) <= keys.WAITING_EXPIRES_S


def test_each_question_is_taken_once_by_one_of_many_and_answered(valkey: redis.Redis, stop: StopRequest) -> None:
    inboxes = [Inbox(valkey, stop, "store") for _ in range(3)]
    seen: list[Question] = []
    with closing(AnswerPartition(valkey, Precedence(is_alone=True))) as answers, ThreadPoolExecutor() as pool:
        asked = pool.submit(lambda: list(Asker(valkey, PATIENCE_S).ask_all(QUESTIONS)))
        await_that(lambda: has_ended(asked, inboxes, answers, seen), "all answered")
    assert asked.result() == [ANSWER] * len(QUESTIONS)
    assert sorted(one.account for one in seen) == sorted(one.account for one in QUESTIONS)
    assert left_over(valkey) == []
    assert Asker(valkey).answering_store() == "store"
    stop.requested = True
    await_that(lambda: Asker(valkey).answering_store() is None, "nobody answers")


def test_what_a_worker_cannot_answer_yet_waits_in_redis(valkey: redis.Redis, stop: StopRequest) -> None:
    inbox = Inbox(valkey, stop, "store")
    for number in range(TAKEN_MOST * 2):
        valkey.set(keys.question_key(str(number)), b'{"kind":"versions","account":"acme"}')
        valkey.rpush(keys.WAITING, str(number))
    await_that(lambda: len(inbox.taken) == TAKEN_MOST, "as many taken as a worker holds")
    assert valkey.llen(keys.WAITING) == TAKEN_MOST
    inbox.taken.clear()
    await_that(lambda: len(inbox.taken) == TAKEN_MOST, "the rest taken")


@pytest.mark.parametrize(
    "words",
    [
        b"",
        b"{",
        b"{}",
        b'{"kind":"order","account":"","order":"o1"}',
        b'{"kind":"drop"}',
        b'{"kind":"order","account":"\xff","order":"o1"}',
    ],
)
def test_what_is_no_question_is_passed_over(words: bytes, valkey: redis.Redis, stop: StopRequest) -> None:
    inbox = Inbox(valkey, stop, "store")
    for question_id, said in (("bad", words), ("good", b'{"kind":"versions","account":"acme"}')):
        valkey.set(keys.question_key(question_id), said)
        valkey.rpush(keys.WAITING, question_id)
    await_that(lambda: bool(inbox.taken), "the other one taken")
    assert [item.id for item in inbox.taken] == ["good"]


def test_questions_are_taken_again_when_redis_is_back(stop: StopRequest) -> None:
    """Whatever waits in it then has been asked since."""
    with (
        EmbeddedValkey() as server,
        writing_client(server.url) as client,
        closing(Inbox(client, stop, "store")) as inbox,
    ):
        await_that(lambda: Asker(client).answering_store() == "store", "somebody answers")
        server.restart()
        with closing(AnswerPartition(client, Precedence(is_alone=True))) as answers, ThreadPoolExecutor() as pool:
            asked = pool.submit(Asker(client, PATIENCE_S).ask, QUESTIONS[0])
            await_that(lambda: has_ended(asked, [inbox], answers, []), "answered")
        assert asked.result() == ANSWER
