"""Packed decisions (`state.changes.Outcome`): where their values stand, and which words they are."""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec
import numpy as np

from kernels.compiling import inner
from kernels.id_table import ABSENT
from kernels.layout import Bytes, Record
from kernels.msgpack import NIL
from kernels.msgpack_reading import behind_bytes, behind_value, head_bytes, head_length, number_bytes
from kernels.words import is_same
from state.changes import Outcome

OUTCOME_TAG: Final = 5

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


class TouchAt(NamedTuple):
    """Where the values of a packed `state.attribution.Credit` begin, each with what heads it."""

    channel: int
    campaign: int
    message: int
    event: int
    touched_at: int
    window: int
    automated: int


@inner
def find_touch(text: Bytes, at: int) -> TouchAt:
    """What is packed at `at`, which is not nothing."""
    channel = at + 1
    campaign = behind_bytes(text, channel)
    message = behind_bytes(text, campaign)
    event = behind_bytes(text, message)
    touched_at = behind_bytes(text, event)
    window = touched_at + number_bytes(text, touched_at)
    return TouchAt(channel, campaign, message, event, touched_at, window, behind_bytes(text, window))


@inner
def _behind_touch(text: Bytes, at: int) -> int:
    """Behind a touch, which ends with its tags, or nothing."""
    if text[at] == NIL:
        return at + 1
    at = find_touch(text, at).automated + 1
    tags = head_length(text, at)
    at += head_bytes(text, at)
    for _ in range(tags):
        at = behind_bytes(text, at)
    return at


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
    outcome.ordered_at = behind_bytes(text, outcome.currency)
    time = outcome.ordered_at + number_bytes(text, outcome.ordered_at)
    outcome.refunded = time + number_bytes(text, time)
    outcome.email = outcome.refunded + number_bytes(text, outcome.refunded)
    outcome.phone = behind_bytes(text, outcome.email)
    outcome.external_customer_id = behind_bytes(text, outcome.phone)
    outcome.first_name = behind_bytes(text, outcome.external_customer_id)
    outcome.last_name = behind_bytes(text, outcome.first_name)
    outcome.items = behind_bytes(text, outcome.last_name)
    at = behind_bytes(text, outcome.items)
    outcome.reason = at + head_bytes(text, at)
    outcome.credit = behind_bytes(text, outcome.reason)
    outcome.expected = _behind_touch(text, outcome.credit)
    outcome.day = _behind_touch(text, outcome.expected)
    outcome.hour = outcome.day + number_bytes(text, outcome.day)
    outcome.cause = outcome.hour + number_bytes(text, outcome.hour)
    outcome.publishes_record = behind_bytes(text, outcome.cause)
    outcome.read_ms = outcome.publishes_record + 1
    outcome.end = outcome.read_ms + number_bytes(text, outcome.read_ms)
