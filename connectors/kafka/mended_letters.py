"""Dead letters sent in again: those whose event fits after all, from the topic of dead letters or from files."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Message

from connectors.files.decompression import open_stream
from connectors.kafka.ingest import EventWriter, Progress, lines_of
from connectors.kafka.topic_tail import messages_since
from connectors.kafka.topics import TopicNames, ensure_topics, topic_plans
from state.dead_letters import TOO_LARGE
from state.mended_letters import StillRefused


class LetterRecord(NamedTuple):
    """A dead letter as it is kept."""

    value: bytes
    key: bytes | None = None
    """Of a record: what the door knew of the sender (`api.intake.writing`)."""
    written_ms: int | None = None
    """When it became a record (wall clock); None: it stands in a file."""


Mend = Callable[[LetterRecord, int], Sequence[bytes] | StillRefused]
"""The events of a letter that fits at a wall clock (ms), one a line; else why not."""


@dataclass(frozen=True, slots=True)
class Resent:
    """What came of dead letters: how many fit, events sent by type, and the others by what they are refused by."""

    mended: int
    """Letters. A letter of another system may be several events."""
    events: Mapping[str, int]
    refused: Mapping[str, int]

    @property
    def still_refused(self) -> int:
        """Letters of all codes."""
        return sum(self.refused.values())


def resend_topic(bootstrap_servers: str, mend: Mend, *, names: TopicNames) -> Resent:
    """Send the events of all letters in the topic of dead letters that fit; letters stay where they are.

    Those that were sent before are sent again, which changes nothing (contract §2). Raises `MissingTopic`,
    `BrokerUnavailable` and `IngestFailed`.
    """
    letters = (
        ([_record(message, value) for message in messages if (value := message.value())], 0)
        for messages in messages_since(bootstrap_servers, names.dead_letters, {}, "resend-letters")
    )
    return _resend(letters, bootstrap_servers, mend, names)


def _record(message: Message, value: bytes) -> LetterRecord:
    kind, written_ms = message.timestamp()
    return LetterRecord(value, message.key(), None if kind == TIMESTAMP_NOT_AVAILABLE else written_ms)


def resend_files(
    files: Sequence[Path],
    bootstrap_servers: str,
    mend: Mend,
    *,
    names: TopicNames,
    on_progress: Progress,
) -> Resent:
    """The same of files of dead letters, one a line: `dead-letters.jsonl` of a run, or what was put right by hand.

    Raises what `connectors.kafka.ingest.ingest_files` raises.
    """
    return _resend(_letters_of(files, on_progress), bootstrap_servers, mend, names)


def _letters_of(files: Iterable[Path], on_progress: Progress) -> Iterator[tuple[list[LetterRecord], int]]:
    behind = 0
    for file in files:
        with open_stream(file) as stream:
            for lines, too_long in lines_of(stream):
                yield [LetterRecord(line) for line in lines if line.strip()], too_long
                on_progress(behind + stream.disk_bytes())
            behind += stream.disk_bytes()


def _resend(
    letters: Iterable[tuple[list[LetterRecord], int]], bootstrap_servers: str, mend: Mend, names: TopicNames
) -> Resent:
    """`letters`: some at a time, and how many were left out because they are longer than any letter."""
    ensure_topics(bootstrap_servers, topic_plans(names)[: len(names.inputs)])
    writer, refused, mended = EventWriter(bootstrap_servers, names), Counter[str](), 0
    for some, too_long in letters:
        now_ms = time.time_ns() // 1_000_000
        for letter in some:
            found = mend(letter, now_ms)
            if isinstance(found, StillRefused):
                refused[found.code] += 1
            else:
                writer.write(found)
                mended += 1
        if too_long:
            refused[TOO_LARGE] += too_long
    writer.finish()
    return Resent(mended, dict(writer.written), dict(refused))
