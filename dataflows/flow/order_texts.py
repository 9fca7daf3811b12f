"""Rows and records of what was published: by kernels where there are many, all else by `dataflows.flow.publish`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, cast

import msgspec

from connectors.sources.barriers import Stage
from connectors.sources.replay import RowAt
from connectors.view.packed_rows import RowsWrite
from connectors.view.sink import Write, sink_partition
from dataflows.flow.publish import (
    KafkaRecord,
    Keyed,
    PublishStageOutput,
    decision,
    kafka_record,
    to_kafka,
    to_rows,
)
from dataflows.flow.stage import barriers_to_sink
from state.publication import PublishedRow

if TYPE_CHECKING:
    from kernels.loading import Kernels
    from kernels.order_texts import OrderTexts

DECISIONS_MIN: Final = 8
"""Of fewer, to call kernels takes longer than to do without."""
AT_ONCE_MOST: Final = 1_024
"""Decisions that go through a kernel together."""
AT_ONCE_BYTES_MOST: Final = 1_048_576
"""Their own bytes, likewise: more are rare, and left to Python."""

_Lot = tuple[str, list[PublishedRow | RowAt]]
"""What a key group published, or a part of it."""
_pack: Final[Callable[[object], bytes]] = msgspec.msgpack.Encoder().encode
_Rows = tuple[list[RowsWrite], list[int]]
_unpack_rows: Final[Callable[[memoryview], _Rows]] = msgspec.msgpack.Decoder(_Rows).decode
_Records = tuple[list[list[KafkaRecord]], int]
_unpack_records: Final[Callable[[memoryview], _Records]] = msgspec.msgpack.Decoder(_Records).decode


class PublishedTexts:
    """Of one worker."""

    def __init__(self, kernels: Callable[[], Kernels | None], decisions_min: int = DECISIONS_MIN) -> None:
        """`kernels`: gives them, as soon as there are any. `decisions_min`: of fewer, none are asked for."""
        self._kernels, self._decisions_min = kernels, decisions_min
        self._texts: OrderTexts | None = None

    def to_rows(self, items: list[Keyed]) -> list[tuple[str, list[Write]]]:
        """See `dataflows.flow.publish.to_rows`.

        Of an order that was published several times all rows are given, in order: who takes them keeps the last.
        """
        texts = self._made_for(items)
        if texts is None:
            return to_rows(items)
        passing = (group for group, output in items if output.passes_barrier)
        told = [routed for lots in _portions(items) for routed in _rows(texts, lots)]
        return [*told, *barriers_to_sink(Stage.PUBLISH, passing)]

    def to_kafka(self, items: list[Keyed]) -> list[tuple[str, list[KafkaRecord]]]:
        """See `dataflows.flow.publish.to_kafka`."""
        texts = self._made_for(items)
        if texts is None:
            return to_kafka(items)
        return [routed for lots in _portions(items) for routed in _records(texts, lots)]

    def _made_for(self, items: list[Keyed]) -> OrderTexts | None:
        """What makes them of so many; None: they are few, or kernels are not loaded."""
        if sum(len(published.rows) for _, published in items) < self._decisions_min:
            return None
        if self._texts is None:
            kernels = self._kernels()
            if kernels is not None:
                from kernels.order_texts import OrderTexts

                self._texts = OrderTexts(kernels, AT_ONCE_MOST, AT_ONCE_BYTES_MOST)
        return self._texts


IN_PYTHON: Final = PublishedTexts(lambda: None)
"""Makes all of them so."""


def _portions(items: list[Keyed]) -> Iterator[list[_Lot]]:
    """What was published, in portions of at most `AT_ONCE_MOST`."""
    lots: list[_Lot] = []
    count = 0
    for group, published in items:
        for start in range(0, len(published.rows), AT_ONCE_MOST):
            rows = published.rows[start : start + AT_ONCE_MOST]
            if count + len(rows) > AT_ONCE_MOST:
                yield lots
                lots, count = [], 0
            lots.append((group, rows))
            count += len(rows)
    if lots:
        yield lots


def _packed(lots: list[_Lot]) -> tuple[tuple[int, ...], tuple[bytes, ...]] | None:
    """The days that rows stood under, and the decisions; None: there are rows among them that are to leave a day, or
    there is no room for so much.
    """
    rows = [row for _, of_group in lots for row in of_group]
    if RowAt in set(map(type, rows)):
        return None
    decisions, old_days = zip(*cast("list[PublishedRow]", rows), strict=True)
    packed = decisions
    if set(map(type, decisions)) != {bytes}:
        packed = tuple(one if isinstance(one, bytes) else _pack(one) for one in decisions)
    return (old_days, packed) if sum(map(len, packed)) <= AT_ONCE_BYTES_MOST else None


def _rows(texts: OrderTexts, lots: list[_Lot]) -> list[tuple[str, list[Write]]]:
    found = _packed(lots)
    if found is None:
        return to_rows(_outputs(lots))
    made, left = _unpack_rows(texts.rows(*found))
    routed: dict[str, list[Write]] = {}
    for write in made:
        routed.setdefault(sink_partition(write.account), []).append(write)
    if left:
        rows = [row for _, of_group in lots for row in of_group]
        return [*routed.items(), *to_rows(_outputs([("", [rows[number] for number in left])]))]
    return [*routed.items()]


def _records(texts: OrderTexts, lots: list[_Lot]) -> list[tuple[str, list[KafkaRecord]]]:
    found = _packed(lots)
    if found is None:
        return to_kafka(_outputs(lots))
    made, left = _unpack_records(texts.records([len(rows) for _, rows in lots], found[1]))
    if left:
        made = [[one if one[0] else kafka_record(decision(one[1])) for one in records] for records in made]
    return [(group, records) for (group, _), records in zip(lots, made, strict=True) if records]


def _outputs(lots: list[_Lot]) -> list[Keyed]:
    return [(group, PublishStageOutput(rows)) for group, rows in lots]
