"""Packed events of orders, as the stage by order gets them: where the fields stand that it looks at."""

from __future__ import annotations

from typing import Final

import numpy as np

from kernels.compiling import inner
from kernels.id_table import Table, ask_for_block, ask_for_slot, hash_of
from kernels.layout import Bytes, Record, Records
from kernels.msgpack import NIL
from kernels.msgpack_reading import behind_bytes, behind_value, head_bytes, head_length, number_bytes, read_number
from kernels.words import is_same
from state.addresses import HASHED
from state.erasures import PSEUDONYM_PREFIX
from state.events import Order

_WHOLE_TAG_BYTES: Final = len("order")
"""A partial event's tag is longer."""
_BEFORE_TIME: Final = Order.__struct_fields__.index("time")
FIELDS_BEHIND_TIME: Final = len(Order.__struct_fields__) - _BEFORE_TIME - 1
"""Of an `Order`: `refunded` to `items`, each a number, a text or nothing."""
_PSEUDONYM: Final = np.frombuffer(PSEUDONYM_PREFIX.encode(), np.uint8)
_HASHED: Final = HASHED.encode()[0]


@inner
def behind_values(packed: Bytes, at: int, count: int) -> int:
    """Behind so many values."""
    for _ in range(count):
        at = behind_value(packed, at)
    return at


@inner
def time_at(packed: Bytes, at: int) -> int:
    """Where the time of the whole event is that is packed at `at`: behind its tag and some fields."""
    return behind_values(packed, at + head_bytes(packed, at), 1 + _BEFORE_TIME)


@inner
def behind_time(packed: Bytes, at: int) -> int:
    """Behind a whole event whose time stands at `at`."""
    return behind_values(packed, at, 1 + FIELDS_BEHIND_TIME)


@inner
def _is_plain_contact(text: Bytes, at: int) -> bool:
    """Whether there is a contact, which nobody could take for a pseudonym."""
    if text[at] == NIL:
        return False
    at, length = at + head_bytes(text, at), head_length(text, at)
    return length < len(_PSEUDONYM) or not is_same(text, at, _PSEUDONYM, 0, len(_PSEUDONYM))


@inner
def _has_hash(text: Bytes, at: int) -> bool:
    """Whether one of the three addresses at `at` could be taken for the hash of one."""
    for _ in range(3):
        if text[at] != NIL and head_length(text, at) and text[at + head_bytes(text, at)] == _HASHED:
            return True
        at = behind_value(text, at)
    return False


@inner
def _read_event(text: Bytes, at: int, event: Record) -> int:
    """Where the fields of an event stand (`state.order_batches.OrderReceived`). Returns where the next one begins."""
    event.at = at
    event.order_at = at + head_bytes(text, at)
    tag_at = event.order_at + head_bytes(text, event.order_at)
    order_at = behind_bytes(text, behind_bytes(text, tag_at))
    event.id_at, event.id_length = order_at + head_bytes(text, order_at), head_length(text, order_at)
    if head_length(text, tag_at) == _WHOLE_TAG_BYTES:
        event.contact_at = behind_bytes(text, order_at)
        ordered_at = behind_values(text, event.contact_at, 4)
        event.ordered_at = read_number(text, ordered_at)
        event.time_at = ordered_at + number_bytes(text, ordered_at)
        event.time = read_number(text, event.time_at)
        addresses_at = behind_values(text, event.time_at, 2)
        is_plain = _is_plain_contact(text, event.contact_at) and not _has_hash(text, addresses_at)
        event.is_usual = int(is_plain and event.time >= 0)
        event.order_end = behind_values(text, addresses_at, 6)
    else:
        event.is_usual = 0
        event.time = read_number(text, behind_bytes(text, order_at))
        event.order_end = behind_value(text, event.order_at)
    event.end = behind_values(text, event.order_end, 2)
    return int(event.end)


@inner
def read_batches(text: Bytes, seed: int, table: Table, events: Records) -> int:
    """Fill `events` with all of packed batches (`state.order_batches.OrderBatch`) that stand behind each other.

    Has that ready in the processor which is found first under each id: nearly always the order's own. `seed`: see
    `hash_of`. Returns how many they are.
    """
    number, at = 0, 0
    while at < len(text):
        batch_at = at
        read_at = behind_values(text, at + head_bytes(text, at), 3)
        head_end = read_at + number_bytes(text, read_at)
        count, at = head_length(text, head_end), head_end + head_bytes(text, head_end)
        for _ in range(count):
            event = events[number]
            event.batch_at, event.head_end, event.read_ms = batch_at, head_end, read_number(text, read_at)
            at = _read_event(text, at, event)
            event.hash = hash_of(text, event.id_at, event.id_length, seed)
            ask_for_slot(event.hash, table)
            number += 1
    for i in range(number):
        ask_for_block(events[i].hash, table)
    return number
