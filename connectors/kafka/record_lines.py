"""Kafka records as event lines: the path every event takes, so all that is done per record is done by C loops."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from itertools import compress, repeat
from typing import Final, NamedTuple, cast

from confluent_kafka import Message

from connectors.sources.raw_lines import BYTE_ORDER_MARK, MAX_EVENT_BYTES, OVERSIZED_HEAD_BYTES, Lines, WholeLines
from connectors.sources.record_places import RecordPlaces
from kernels.line_look import LineLook
from state.dead_letters import Oversized
from state.events import At

_JSON_BLANKS = b" \t\r"
WHOLE_BYTES_MIN: Final = 16_384
"""Of less, a look at all together costs as much as one at each."""


class _Looks(threading.local):
    """Of each thread one."""

    def __init__(self) -> None:
        self.look = LineLook()


_looks: Final = _Looks()


class Run(NamedTuple):
    """Consecutive records of one topic partition: values (None: a tombstone) and offsets, parallel."""

    topic: str
    partition: int
    values: Sequence[bytes | None]
    offsets: Sequence[int]

    @property
    def next_offset(self) -> int:
        """Where reading goes on."""
        return self.offsets[-1] + 1

    @property
    def unit(self) -> str:
        """What read notes and recovery state call the topic partition."""
        return unit_of(self.topic, self.partition)


def unit_of(topic: str, partition: int) -> str:
    """`topic:partition`; topic names have no colon."""
    return f"{topic}:{partition}"


def unit_of_message(message: Message) -> str:
    """The `unit_of` a record, or of an event of its topic partition."""
    topic, partition = message.topic(), message.partition()
    assert topic is not None
    assert partition is not None
    return unit_of(topic, partition)


def runs_of(messages: Sequence[Message], *, single: bool) -> list[Run]:
    """What `by_partition` gives, as values and offsets."""
    return [run_of(each) for each in by_partition(messages, single=single)]


def by_partition(messages: Sequence[Message], *, single: bool) -> list[Sequence[Message]]:
    """The records of one poll, none of them an error, by topic partition. `single`: there is only one."""
    if not messages:
        return []
    if single:
        return [messages]
    keys = list(zip(map(Message.topic, messages), map(Message.partition, messages), strict=True))
    distinct = dict.fromkeys(keys)
    if len(distinct) == 1:
        return [messages]
    return [list(compress(messages, map(key.__eq__, keys))) for key in distinct]


def run_of(messages: Sequence[Message]) -> Run:
    """Records of one topic partition, at least one."""
    topic, partition = messages[0].topic(), messages[0].partition()
    first, last = messages[0].offset(), messages[-1].offset()
    assert topic is not None
    assert partition is not None
    assert first is not None
    assert last is not None
    offsets: Sequence[int] = range(first, last + 1)
    # Compaction and transaction markers leave gaps.
    if len(offsets) != len(messages):
        offsets = cast(list[int], list(map(Message.offset, messages)))
    return Run(topic, partition, list(map(Message.value, messages)), offsets)


def lines_of(run: Run) -> Lines:
    """The event lines of a run, which may be none."""
    whole = _whole_lines(run)
    if whole is not None:
        return whole
    if _is_one_line_each(run.values):
        return Lines(run.topic, run.partition, cast(list[bytes], run.values), run.offsets)
    return _lines_one_by_one(run)


def _whole_lines(run: Run) -> Lines | None:
    """Many usual lines, which are not cut; None where there are few, or one is unusual."""
    if not all(run.values):
        return None
    values = cast(Sequence[bytes], run.values)
    if values[0].endswith(b"\n"):
        values = [value.removesuffix(b"\n") for value in values]
    text = b"\n".join(values)
    if len(text) < WHOLE_BYTES_MIN or b"\r" in text:
        return None
    count = _looks.look.count_objects(text)
    if count is None or (len(text) > MAX_EVENT_BYTES and max(map(len, values)) > MAX_EVENT_BYTES):
        return None
    lines = WholeLines(text, count)
    if count == len(values):
        return Lines(run.topic, run.partition, lines, run.offsets)
    counts = [value.count(b"\n") + 1 for value in values]
    return Lines(run.topic, run.partition, lines, RecordPlaces(run.offsets, counts))


def _is_one_line_each(values: Sequence[bytes | None]) -> bool:
    """Whether every value is one line that is neither blank nor too long."""
    if not all(values):
        return False
    present = cast(Sequence[bytes], values)
    # One search through a joined copy takes a tenth of a search per value; a blank line sorts before every line
    # that starts with a visible character.
    joined = b"".join(present)
    if b"\n" in joined or min(present)[:1] <= b" ":
        return False
    # A byte order mark sorts behind every character that an event can begin with.
    if max(present)[:1] >= BYTE_ORDER_MARK[:1]:
        return False
    return len(joined) <= MAX_EVENT_BYTES or max(map(len, present)) <= MAX_EVENT_BYTES


def _lines_one_by_one(run: Run) -> Lines:
    lines: list[bytes] = []
    ats: list[At] = []
    oversized: list[Oversized] = []
    for value, offset in zip(run.values, run.offsets, strict=True):
        if not value:
            continue
        parts = value.removeprefix(BYTE_ORDER_MARK).removesuffix(b"\n").split(b"\n")
        places: Sequence[At] = [offset] if len(parts) == 1 else list(zip(repeat(offset), range(1, len(parts) + 1)))
        if min(parts)[:1] <= b" " or b"\r" in value or len(value) > MAX_EVENT_BYTES:
            parts, places = _clean(parts, places, oversized)
        lines += parts
        ats += places
    return Lines(run.topic, run.partition, lines, ats, tuple(oversized))


def _clean(parts: list[bytes], places: Sequence[At], oversized: list[Oversized]) -> tuple[list[bytes], Sequence[At]]:
    """Leave out blank lines; a carriage return before a newline belongs to the newline; move what is too long."""
    kept: list[bytes] = []
    kept_places: list[At] = []
    for part, at in zip(parts, places, strict=True):
        line = part.removesuffix(b"\r")
        if len(line) > MAX_EVENT_BYTES:
            oversized.append(Oversized(at, line[:OVERSIZED_HEAD_BYTES], len(line), hashlib.sha256(line).hexdigest()))
        elif line.strip(_JSON_BLANKS):
            kept.append(line)
            kept_places.append(at)
    return kept, kept_places
