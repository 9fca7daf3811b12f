"""Decoding with kernels: they take the usual touches, and `Decoder` takes every other line."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from connectors.decoding.decoder import Decoded, Decoder
from connectors.decoding.found_orders import order_batches
from connectors.decoding.joined_lines import JoinedLines
from connectors.sources.raw_lines import Lines
from kernels.batches import Found, Places, TouchSorter
from kernels.loading import Kernels
from state.event_json import AHEAD_MS_MAX
from state.events import At
from state.key_groups import GROUPS
from state.order_batches import BatchHead

_pack: Final[Callable[[object], bytes]] = msgspec.msgpack.Encoder().encode
_BATCH_HEAD: Final = b"\x94"
"""An array of four: the fields of `TouchBatch`."""


class KernelDecoder:
    """Decodes batches as `Decoder` does. Within a key group, touches in usual lines come before the others."""

    def __init__(self, kernels: Kernels, groups: int = GROUPS) -> None:
        self._sorter = TouchSorter(kernels)
        self._groups = groups
        self._decoder = Decoder(groups)

    def decode(self, joined: JoinedLines) -> Decoded:
        """All events of a batch. What does not fit becomes a dead letter."""
        if not joined.count:
            return self._decoder.decode(joined.lines(), joined.read_ms)
        latest_ms = time.time_ns() // 1_000_000 + AHEAD_MS_MAX
        found = self._sorter.sort_out(joined.text, joined.count, self._places(joined), latest_ms, self._groups)
        others = _others(joined, found)
        rest = self._decoder.decode(others, joined.read_ms)
        line_of = {at: number for at, (number, _) in zip(others.ats, found.others, strict=True)}
        common = BatchHead("", joined.source, joined.partition, joined.read_ms)
        head = _BATCH_HEAD + _pack(joined.source) + _pack(joined.partition)
        end = _pack(joined.read_ms)
        taken = Counter(rest.taken) + Counter(touch=found.touches, order=found.order_count)
        return Decoded(
            [*((group, b"".join((head, columns, end))) for group, columns in found.parts), *rest.touches],
            order_batches(found.orders, rest.orders, line_of, common),
            rest.nobodys,
            rest.profiles,
            rest.dead,
            joined.count,
            dict(taken),
            rest.refused,
        )

    def _places(self, joined: JoinedLines) -> Places:
        if joined.first_at is None:
            return self._sorter.packed_places(joined.packed_ats, joined.count)
        return self._sorter.counting_places(joined.first_at, joined.count)


def _others(joined: JoinedLines, found: Found) -> Lines:
    """The lines that are left, with where they stood."""
    ats: Sequence[At] = ()
    if found.others:
        all_ats = joined.ats()
        ats = [all_ats[number] for number, _ in found.others]
    return Lines(joined.source, joined.partition, [line for _, line in found.others], ats, joined.oversized)
