"""What was published of an account's orders in one key group, in a table that kernels publish decisions in."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from kernels.byte_table import ByteTable, Shared
from kernels.layout import (
    CORRECTIONS,
    ENTRIES,
    ENTRIES_END,
    MARKS,
    OUTCOME,
    PUBLISHED,
    PUBLISHED_COUNTS,
    READINGS,
    REASONS,
)
from state.publication import PublishedHere

_VALUE_BYTES_MOST: Final = 1 << 16
"""Of one order; what may be longer is left to Python."""
_ENTRIES_BYTES_MIN: Final = 1 << 16


class PublishingRoom:
    """What the tables of a worker need only while one of them publishes."""

    def __init__(self) -> None:
        self.outcomes = np.empty(0, OUTCOME)
        self.hashes, self.days, self.reads = (np.empty(0, np.int64) for _ in range(3))
        self.marks, self.value = np.empty(MARKS, np.uint8), np.empty(_VALUE_BYTES_MOST, np.uint8)
        self.entries = np.empty(0, np.uint8)
        self.published = np.zeros(PUBLISHED_COUNTS, np.int64)

    def make_room(self, count: int, size: int) -> bool:
        """See that so many decisions, packed to so many bytes, have room. Whether anything was moved for that."""
        is_enough = count <= len(self.days) and 2 * size <= len(self.entries)
        if not is_enough:
            self.outcomes = np.empty(2 * count, OUTCOME)
            self.hashes, self.days = np.empty(2 * count, np.int64), np.empty(2 * count, np.int64)
            self.reads = np.empty(4 * count, np.int64)
            self.entries = np.empty(max(_ENTRIES_BYTES_MIN, 4 * size), np.uint8)
        return not is_enough


class PublishedTable(ByteTable):
    """Order → packed `state.published.PublishedOrder`: a `state.publication.PublishedValues`."""

    def __init__(self, shared: Shared, room: PublishingRoom, account: str, packed: bytes) -> None:
        super().__init__(shared, packed, "publish_orders")
        self._room, self._publishing = room, self._calls["publish_orders"]
        self._given: object = None
        """The arrays of the room that the kernel was given last, by one of them."""
        name = np.frombuffer(bytearray(msgspec.msgpack.encode(account)), np.uint8)
        self._publishing.give(account=name, marks=room.marks, value=room.value, published=room.published)

    def publish(self, text: bytes, count: int, now_ms: int, *, is_found: bool) -> PublishedHere:
        """See `state.publication.PublishedValues`."""
        room, publishing = self._room, self._publishing
        room.make_room(count, len(text))
        if self._given is not room.entries:
            self._given = room.entries
            publishing.give(outcomes=room.outcomes, hashes=room.hashes, days=room.days, reads=room.reads)
            publishing.give(entries=room.entries)
        publishing.give(count=count, is_found=is_found, now_ms=now_ms)
        self._run_whole(publishing, text, count)
        published = room.published.tolist()
        entries = room.entries[: published[ENTRIES_END]].tobytes() if published[ENTRIES] else b""
        reads = room.reads[: 2 * published[READINGS]].tolist()
        read = list(zip(reads[::2], reads[1::2], strict=True))
        return PublishedHere(
            room.days[:count].tolist(),
            published[PUBLISHED],
            read,
            entries,
            published[CORRECTIONS:REASONS],
            published[REASONS:],
        )
