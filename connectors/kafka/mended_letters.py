"""Dead letters sent in again: those whose event fits after all, from the topic of dead letters or from files."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.files.decompression import open_stream
from connectors.kafka.ingest import EventWriter, Progress, lines_of
from connectors.kafka.topic_tail import messages_since
from connectors.kafka.topics import TopicNames, ensure_topics, topic_plans
from state.dead_letters import TOO_LARGE
from state.mended_letters import StillRefused, mended_event


@dataclass(frozen=True, slots=True)
class Resent:
    """What came of dead letters: events sent by type, and the others by the code that they are still refused by."""

    events: Mapping[str, int]
    refused: Mapping[str, int]

    @property
    def sent(self) -> int:
        """Events of all types."""
        return sum(self.events.values())

    @property
    def still_refused(self) -> int:
        """Letters of all codes."""
        return sum(self.refused.values())


def resend_topic(bootstrap_servers: str, *, names: TopicNames, with_too_late: bool = False) -> Resent:
    """Send the events of all letters in the topic of dead letters that fit; letters stay where they are.

    Those that were sent before are sent again, which changes nothing (contract §2). Raises `MissingTopic`,
    `BrokerUnavailable` and `IngestFailed`.
    """
    letters = (
        ([value for message in messages if (value := message.value())], 0)
        for messages in messages_since(bootstrap_servers, names.dead_letters, {}, "resend-letters")
    )
    return _resend(letters, bootstrap_servers, names, with_too_late=with_too_late)


def resend_files(
    files: Sequence[Path],
    bootstrap_servers: str,
    *,
    names: TopicNames,
    on_progress: Progress,
    with_too_late: bool = False,
) -> Resent:
    """The same of files of dead letters, one a line: `dead-letters.jsonl` of a run, or what was put right by hand.

    Raises what `connectors.kafka.ingest.ingest_files` raises.
    """
    return _resend(_letters_of(files, on_progress), bootstrap_servers, names, with_too_late=with_too_late)


def _letters_of(files: Iterable[Path], on_progress: Progress) -> Iterator[tuple[list[bytes], int]]:
    behind = 0
    for file in files:
        with open_stream(file) as stream:
            for lines, too_long in lines_of(stream):
                yield [line for line in lines if line.strip()], too_long
                on_progress(behind + stream.disk_bytes())
            behind += stream.disk_bytes()


def _resend(
    letters: Iterable[tuple[list[bytes], int]], bootstrap_servers: str, names: TopicNames, *, with_too_late: bool
) -> Resent:
    """`letters`: some at a time, and how many were left out because they are longer than any letter."""
    ensure_topics(bootstrap_servers, topic_plans(names)[: len(names.inputs)])
    writer, refused = EventWriter(bootstrap_servers, names), Counter[str]()
    for some, too_long in letters:
        now_ms = time.time_ns() // 1_000_000
        found = [mended_event(letter, now_ms, with_too_late=with_too_late) for letter in some]
        writer.write([event for event in found if not isinstance(event, StillRefused)])
        refused.update(one.code for one in found if isinstance(one, StillRefused))
        if too_long:
            refused[TOO_LARGE] += too_long
    writer.finish()
    return Resent(dict(writer.written), dict(refused))
