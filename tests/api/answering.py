"""Stages that answer questions through Redis, in a thread: what a live run does, without its engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import redis

from config.stopping import StopRequest
from connectors.questions.answers import AnswerPartition
from connectors.questions.source import Inbox
from tests.dataflows.flow.stages import Stages

_POLL_S = 0.002


@contextmanager
def answering(client: redis.Redis, lines: list[bytes], **tables: dict[str, Any]) -> Iterator[Stages]:
    """A dataflow that has counted these events of shops with these settings."""
    stages, stop, is_over = Stages(tables), StopRequest(), Event()
    stages.read(lines)
    inbox, answers = Inbox(client, stop, "store"), AnswerPartition(client)

    def answer() -> None:
        while not is_over.wait(_POLL_S):
            while inbox.taken:
                item = inbox.taken.popleft()
                as_of, found = stages.answer(item.question)
                answers.write_batch([item.answered(found, as_of)])

    thread = Thread(target=answer)
    thread.start()
    try:
        yield stages
    finally:
        is_over.set()
        thread.join()
        inbox.close()
        answers.close()
