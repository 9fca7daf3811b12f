"""Order events that kernels have found in a batch of lines, together with those that Python has read of the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Final

import msgspec

from kernels.batches import OrderLines
from state.events import At
from state.order_batches import BatchHead, unpack_order_batch

_pack: Final[Callable[[object], bytes]] = msgspec.msgpack.Encoder().encode


def order_batches(
    events: OrderLines, read: list[tuple[int, bytes]], line_of: Mapping[At, int], head: BatchHead
) -> list[tuple[int, bytes]]:
    """(key group, packed `state.order_batches.OrderBatch`): of each account and key group one, in the order of lines.

    `events`: of usual lines, to which the others are added. `read`: such batches of what Python has read. `line_of`:
    where a line stood → its number in the batch. `head`: what all have in common but for the account.
    """
    if not events:
        return read
    batches: list[tuple[int, bytes]] = []
    for group, packed in read:
        batch = unpack_order_batch(packed)
        if (batch.account, group) in events:
            events[batch.account, group] += ((line_of[one.at], _pack(one)) for one in batch.received)
            events[batch.account, group].sort(key=itemgetter(0))
        else:
            batches.append((group, packed))
    for (account, group), together in events.items():
        received = [msgspec.Raw(packed) for _, packed in together]
        batches.append((group, _pack((account, head.source, head.partition, head.read_ms, received))))
    return batches
