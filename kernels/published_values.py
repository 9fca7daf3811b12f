"""What is published of an order (`state.published.PublishedOrder`), as it is packed: read, and made of a decision."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from kernels.compiling import inner
from kernels.id_table import ABSENT
from kernels.layout import Bytes, Record
from kernels.msgpack import FALSE, NIL, TRUE, copy, put_array_head, put_binary_head, put_number
from kernels.msgpack_reading import behind_bytes, behind_value, head_bytes, head_length, number_bytes, read_number
from kernels.outcomes import place_of, value_bytes, word_list
from kernels.words import is_same
from state.attribution import Reason
from state.decision_history import CAUSES, CHANGES_KEPT
from state.events import DELIVERED, ON_THE_WAY, STATUSES

CHANGE_BYTES: Final = 13
"""Of a change in a `state.decision_history.DecisionHistory`."""
_TIME_BYTES: Final = 8
_CHANGES_BYTES_MOST: Final = CHANGES_KEPT * CHANGE_BYTES
NO_TOUCH: Final = 255
"""In the place of a touch where there is none."""
_ERASURE: Final = CAUSES.index("erasure")
_CAUSES: Final = word_list(CAUSES)
_STATUSES: Final = word_list(STATUSES)
_REASONS: Final = word_list(tuple(str(reason) for reason in Reason))
_DELIVERED: Final = STATUSES.index(DELIVERED)
_IS_ON_THE_WAY: Final = np.array([status in ON_THE_WAY for status in STATUSES])


class Published(NamedTuple):
    """Where the values of a packed `state.published.PublishedOrder` begin, each with what heads it."""

    sequence: int
    contact: int
    counted: int
    touches: int
    """The list of them."""
    changes: int


NOTHING_BEFORE: Final = Published(0, 0, 0, 0, 0)


class Words(NamedTuple):
    """The places of a decision's words in their lists; `ABSENT`: it is none of them."""

    cause: int
    status: int
    reason: int


@inner
def words_of(text: Bytes, outcome: Record) -> Words:
    """A decision's words."""
    status, reason = place_of(text, outcome.status, _STATUSES), place_of(text, outcome.reason, _REASONS)
    return Words(place_of(text, outcome.cause, _CAUSES), status, reason)


@inner
def find_published(packed: Bytes, at: int) -> Published:
    """What is packed at `at`."""
    sequence = at + 1
    contact = sequence + number_bytes(packed, sequence)
    counted = behind_bytes(packed, contact)
    history = behind_value(packed, counted)
    touches = history + 1
    return Published(sequence, contact, counted, touches, behind_value(packed, touches))


@inner
def is_usual(words: Words) -> bool:
    """Whether they are known, and it is no erasure, which changes what was published before."""
    return min(words.cause, words.status, words.reason) > ABSENT and words.cause != _ERASURE


@inner
def is_full(packed: Bytes, before: Published) -> bool:
    """Whether its history has as many changes as are kept."""
    return head_length(packed, before.changes) >= _CHANGES_BYTES_MOST


@inner
def put_owner(text: Bytes, outcome: Record, out: Bytes) -> int:
    """Write what stands first in a `state.published.PublishedOrder`. Returns where the next value goes."""
    out[0] = 0x94
    at = copy(text, outcome.sequence, number_bytes(text, outcome.sequence), out, 1)
    return copy(text, outcome.contact, outcome.status - outcome.contact, out, at)


@inner
def put_counted(text: Bytes, outcome: Record, status: int, out: Bytes, at: int) -> int:
    """Write what an order counts for (`state.ledger.counted`). Returns where the next value goes."""
    out[at], out[at + 1] = 0x93, 0x98
    at = copy(text, outcome.day, outcome.cause - outcome.day, out, at + 2)
    at = copy(text, outcome.status, outcome.amount - outcome.status, out, at)
    at = copy(text, outcome.currency, value_bytes(text, outcome.currency), out, at)
    is_given, refunded_bytes = text[outcome.refunded] != NIL, number_bytes(text, outcome.refunded)
    out[at] = TRUE if is_given and read_number(text, outcome.refunded) else FALSE
    out[at + 1] = TRUE if text[outcome.contact] == NIL else FALSE
    at += 2
    touch = outcome.expected if _IS_ON_THE_WAY[status] else outcome.credit
    if (status == _DELIVERED or _IS_ON_THE_WAY[status]) and text[touch] != NIL:
        channel = touch + 1
        campaign = behind_bytes(text, channel)
        at = copy(text, channel, behind_bytes(text, campaign) - channel, out, at)
    else:
        at = put_number(out, put_number(out, at, 0xA0, 0, 0), 0xA0, 0, 0)
    at = copy(text, outcome.amount, outcome.currency - outcome.amount, out, at)
    return copy(text, outcome.refunded, refunded_bytes, out, at) if is_given else put_number(out, at, 0, 0, 0)


@inner
def place_of_touch(packed: Bytes, touches: int, text: Bytes, touch: int) -> int:
    """The place of a decision's touch in a list of touches; `ABSENT`: it is not there."""
    length, at = value_bytes(text, touch), touches + head_bytes(packed, touches)
    for place in range(head_length(packed, touches)):
        begin = at + head_bytes(packed, at)
        if head_length(packed, at) == length and is_same(text, touch, packed, begin, length):
            return place
        at = behind_bytes(packed, at)
    return ABSENT


@inner
def is_credit_moved(text: Bytes, credit: int, packed: Bytes, before: Published) -> bool:
    """Whether the touch that an order was credited to last is not the one that it is credited to."""
    last = int(packed[behind_bytes(packed, before.changes) - 2])
    if last == NO_TOUCH:
        return False
    at = before.touches + head_bytes(packed, before.touches)
    for _ in range(last):
        at = behind_bytes(packed, at)
    length = head_length(packed, at)
    is_same_length = text[credit] != NIL and value_bytes(text, credit) == length
    return not (is_same_length and is_same(text, credit, packed, at + head_bytes(packed, at), length))


@inner
def _put_touch(text: Bytes, touch: int, out: Bytes, at: int) -> int:
    length = value_bytes(text, touch)
    return copy(text, touch, length, out, put_binary_head(out, at, length))


@inner
def put_history(
    text: Bytes,
    outcome: Record,
    words: Words,
    now_ms: int,
    packed: Bytes,
    before: Published,
    out: Bytes,
    at: int,
) -> int:
    """Write an order's history with a decision (`state.decision_history.DecisionHistory.with_decision`).

    `packed`, `before`: what was published of it, which is not full, or `NOTHING_BEFORE`. Returns where the next value
    goes.
    """
    is_known = before.sequence > 0
    touches = head_length(packed, before.touches) if is_known else 0
    credit = expected = NO_TOUCH
    is_new_credit = is_new_expected = False
    if text[outcome.credit] != NIL:
        credit = place_of_touch(packed, before.touches, text, outcome.credit) if is_known else ABSENT
        is_new_credit = credit == ABSENT
        credit = touches if is_new_credit else credit
    if text[outcome.expected] != NIL:
        expected = place_of_touch(packed, before.touches, text, outcome.expected) if is_known else ABSENT
        length = value_bytes(text, outcome.expected)
        if expected == ABSENT and is_new_credit and length == value_bytes(text, outcome.credit):
            expected = credit if is_same(text, outcome.expected, text, outcome.credit, length) else ABSENT
        is_new_expected = expected == ABSENT
        expected = touches + is_new_credit if is_new_expected else expected
    end = behind_bytes(packed, before.changes) if is_known else 0
    if (
        is_known
        and packed[end - 4] == words.status
        and packed[end - 3] == words.reason
        and packed[end - 2] == credit
        and packed[end - 1] == expected
    ):
        return copy(packed, before.touches - 1, end - before.touches + 1, out, at)
    out[at] = 0x92
    at = put_array_head(out, at + 1, touches + is_new_credit + is_new_expected)
    if is_known:
        begin = before.touches + head_bytes(packed, before.touches)
        at = copy(packed, begin, before.changes - begin, out, at)
    if is_new_credit:
        at = _put_touch(text, outcome.credit, out, at)
    if is_new_expected:
        at = _put_touch(text, outcome.expected, out, at)
    changes = head_length(packed, before.changes) if is_known else 0
    at = put_binary_head(out, at, changes + CHANGE_BYTES)
    at = copy(packed, end - changes, changes, out, at) if is_known else at
    for k in range(_TIME_BYTES):
        out[at + k] = (now_ms >> (8 * (_TIME_BYTES - 1 - k))) & 0xFF
    at += _TIME_BYTES
    out[at], out[at + 1], out[at + 2] = words.cause, words.status, words.reason
    out[at + 3], out[at + 4] = credit, expected
    return at + CHANGE_BYTES - _TIME_BYTES
