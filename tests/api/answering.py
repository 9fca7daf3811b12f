"""Stages that answer questions through Redis, in a thread: what a live run does, without its engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import redis

from config.stopping import StopRequest
from connectors.questions.answers import AnswerPartition
from connectors.questions.asking import Asker
from connectors.questions.source import Inbox
from connectors.sources.precedence import Precedence
from tests.dataflows.flow.stages import Stages
from tests.waiting import await_that

_POLL_S = 0.002
_STORE = "store"


@contextmanager
def answering(client: redis.Redis, lines: list[bytes], **tables: dict[str, Any]) -> Iterator[Stages]:
    """A dataflow that has counted these events of shops with these settings."""
    stages, stop, is_over = Stages(tables), StopRequest(), Event()
    stages.read(lines)
    inbox, answers = Inbox(client, stop, _STORE), AnswerPartition(client, Precedence(is_alone=True))

    def answer() -> None:
        while not is_over.wait(_POLL_S):
            while inbox.taken:
                item = inbox.taken.popleft()
                as_of, found = stages.answer(item.question)
                answers.write_batch([item.answered(found, as_of)])

    thread = Thread(target=answer)
    thread.start()
    try:
        await_that(lambda: Asker(client).answering_store() == _STORE, "it says that it answers")
        yield stages
    finally:
        is_over.set()
        thread.join()
        inbox.close()
        answers.close()
