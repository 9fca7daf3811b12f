"""Packed decisions (`state.changes.Outcome`): where their values stand."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from kernels.compiling import inner
from kernels.id_table import ABSENT
from kernels.layout import Bytes, Record
from kernels.msgpack_reading import behind_bytes, behind_value, head_bytes, head_length, number_bytes
from kernels.words import is_same
from state.changes import Outcome
from state.events import Order

OUTCOME_TAG: Final = 5
NOTHING: Final = 0xC0
"""How None is packed."""
TRUE: Final = 0xC3
_TEXTS_BEHIND_REFUNDED: Final = len(Order.__struct_fields__) - Order.__struct_fields__.index("refunded") - 1

assert Outcome.__struct_config__.tag == OUTCOME_TAG


def word_list(words: tuple[str, ...]) -> Bytes:
    """Words as `place_of` takes them."""
    return np.array(list(msgspec.msgpack.encode(words)), np.uint8)


@inner
def place_of(text: Bytes, at: int, words: Bytes) -> int:
    """Which of a packed list of words stands at `at`; `ABSENT`: none does."""
    length, word = behind_bytes(text, at) - at, head_bytes(words, 0)
    for place in range(head_length(words, 0)):
        behind = behind_bytes(words, word)
        if behind - word == length and is_same(text, at, words, word, length):
            return place
        word = behind
    return ABSENT


@inner
def value_bytes(packed: Bytes, at: int) -> int:
    """How long a value is."""
    return behind_value(packed, at) - at


@inner
def is_text(one: Bytes, at: int, other: Bytes, other_at: int) -> bool:
    """Whether the text (or nothing) that is packed at `at` is the one that is packed at `other_at`."""
    length = behind_bytes(one, at) - at
    return length == behind_bytes(other, other_at) - other_at and is_same(one, at, other, other_at, length)


@inner
def find_values_of(text: Bytes, at: int, outcome: Record) -> None:
    """Fill in where the values of a decision stand that is packed at `at`; of what was forgotten, account and order."""
    outcome.tag = int(np.int64(text[at + 1]))
    if outcome.tag != OUTCOME_TAG:
        outcome.account = at + 2
        outcome.order = behind_value(text, behind_value(text, behind_bytes(text, outcome.account)))
        outcome.end = behind_value(text, at)
        return
    outcome.sequence = at + 2
    at = outcome.sequence + number_bytes(text, outcome.sequence)
    outcome.account = behind_bytes(text, at + head_bytes(text, at))
    outcome.order = behind_bytes(text, outcome.account)
    outcome.contact = behind_bytes(text, outcome.order)
    outcome.status = behind_bytes(text, outcome.contact)
    outcome.amount = behind_bytes(text, outcome.status)
    outcome.currency = outcome.amount + number_bytes(text, outcome.amount)
    ordered_at = behind_bytes(text, outcome.currency)
    time = ordered_at + number_bytes(text, ordered_at)
    outcome.refunded = time + number_bytes(text, time)
    at = outcome.refunded + number_bytes(text, outcome.refunded)
    for _ in range(_TEXTS_BEHIND_REFUNDED):
        at = behind_bytes(text, at)
    outcome.reason = at + head_bytes(text, at)
    outcome.credit = behind_bytes(text, outcome.reason)
    outcome.expected = behind_value(text, outcome.credit)
    outcome.day = behind_value(text, outcome.expected)
    outcome.hour = outcome.day + number_bytes(text, outcome.day)
    outcome.cause = outcome.hour + number_bytes(text, outcome.hour)
    outcome.publishes_record = behind_bytes(text, outcome.cause)
    outcome.read_ms = outcome.publishes_record + 1
    outcome.end = outcome.read_ms + number_bytes(text, outcome.read_ms)
