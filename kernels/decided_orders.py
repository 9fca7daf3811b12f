"""What is decided of an order, written: for who publishes it, and for its contact."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from kernels.compiling import inner
from kernels.id_table import ABSENT
from kernels.last_touch import NO_TOUCH, Found
from kernels.layout import Bytes, Numbers, Records
from kernels.msgpack import NIL, TRUE, copy, put_array_head, put_binary_head, put_count
from kernels.msgpack_reading import behind_bytes
from kernels.packed_orders import AssignedAt, put_credit, put_number_of_8_bytes
from kernels.words import is_same
from state.attribution import Reason
from state.events import DELIVERED, ON_THE_WAY

FIXED_BYTES_MOST: Final = 256
"""Of an outcome and of what is kept of an order, more than what is not copied into them."""


def _packed(text: str) -> Bytes:
    """A short text as it stands packed."""
    return np.array([0xA0 | len(text), *text.encode()], np.uint8)


_DELIVERED: Final = _packed(DELIVERED)
_INITIALIZED, _IN_PROGRESS = map(_packed, ON_THE_WAY)
_LAST_TOUCH: Final = _packed(Reason.LAST_TOUCH)
_NO_ELIGIBLE_TOUCH: Final = _packed(Reason.NO_ELIGIBLE_TOUCH)
_NOT_DELIVERED: Final = _packed(Reason.NOT_DELIVERED)
_SALES_HIDDEN: Final = _packed(Reason.SALES_HIDDEN)


class Account(NamedTuple):
    """What is the same for all orders of an account."""

    name_bytes: int
    """Its name stands packed at the beginning of `texts`."""
    crc: int
    """CRC-32 of its name."""
    since: int
    """ms: its settings are in force for orders made from then on, and until."""
    until: int
    """ms: the first that they are not in force for."""
    credits: int
    """1: orders may be credited."""
    texts: Bytes
    rules: Records
    """Each a `RULE`."""
    many: int
    """A contact with so many orders is not usual."""
    days: Numbers
    """Days without a change of the clock, ascending: of each when it begins (ms), and its ordinal."""


class Kept(NamedTuple):
    """What there is of the order and its contact before."""

    number: int
    """How many orders the contact has."""
    begin: int
    """Where the first of them begins in the arena, and the last ends."""
    end: int
    at: int
    """Where this order stands among them; `ABSENT`."""
    candidate: int
    """Where the touch stands that it counted for last, and ends; `ABSENT`: there was none."""
    candidate_end: int


@inner
def is_delivered(text: Bytes, at: int) -> bool:
    """Whether the status packed at `at` is DELIVERED."""
    return is_same(text, at, _DELIVERED, 0, len(_DELIVERED))


@inner
def is_on_the_way(text: Bytes, at: int) -> bool:
    """Whether it is one of `state.events.ON_THE_WAY`."""
    if is_same(text, at, _INITIALIZED, 0, len(_INITIALIZED)):
        return True
    return is_same(text, at, _IN_PROGRESS, 0, len(_IN_PROGRESS))


@inner
def put_decision(
    text: Bytes, word: AssignedAt, found: Found, arena: Bytes, account: Account, out: Bytes, at: int
) -> tuple[int, int]:
    """Write a `Decision`. Returns where the touch stands that it names, or `ABSENT`, and where the next value goes."""
    delivered = is_delivered(text, word.status)
    out[at] = 0x93
    at += 1
    if not delivered:
        at = copy(_NOT_DELIVERED, 0, len(_NOT_DELIVERED), out, at)
        out[at] = NIL  # no credit; what follows is where it is expected
        at += 1
    elif not account.credits:
        at = copy(_SALES_HIDDEN, 0, len(_SALES_HIDDEN), out, at)
    elif found.state == NO_TOUCH:
        at = copy(_NO_ELIGIBLE_TOUCH, 0, len(_NO_ELIGIBLE_TOUCH), out, at)
    else:
        at = copy(_LAST_TOUCH, 0, len(_LAST_TOUCH), out, at)
    touch = ABSENT
    if found.state == NO_TOUCH:
        out[at] = NIL
        at += 1
    else:
        touch, at = at, put_credit(arena, found, account.texts, account.rules, out, at)
    if delivered:
        out[at] = NIL
        at += 1
    return touch, at


@inner
def put_kept(  # noqa: PLR0913, PLR0917 - what they are made of
    text: Bytes,
    word: AssignedAt,
    made_at: int,
    kept: Kept,
    touch: int,
    decision: int,
    decision_end: int,
    arena: Bytes,
    out: Bytes,
    at: int,
) -> int:
    """Write the orders that a contact has from now on: this one as it is decided in `out`, the others as they are."""
    number, end, rest = kept.number + 1, kept.end, kept.end
    if kept.at != ABSENT:
        number, end, rest = kept.number, kept.at, behind_bytes(arena, kept.at)
    remembers = touch == ABSENT and kept.candidate != ABSENT
    remembered = kept.candidate_end - kept.candidate if remembers else 1
    sequence, order = word.cause - word.sequence, word.order_end - word.order
    at = put_array_head(out, at, number)
    at = copy(arena, kept.begin, end - kept.begin, out, at)
    at = put_binary_head(out, at, 8 + 1 + sequence + order + decision_end - decision + remembered)
    at = put_number_of_8_bytes(out, at, made_at)
    out[at] = 0x94
    # Cause stands between sequence and order.
    at = copy(text, word.sequence, sequence, out, at + 1)
    at = copy(text, word.order, order, out, at)
    at = copy(out, decision, decision_end - decision, out, at)
    if remembers:
        at = copy(arena, kept.candidate, remembered, out, at)
    else:
        out[at] = NIL
        at += 1
    return copy(arena, rest, kept.end - rest, out, at)


@inner
def put_outcome_head(text: Bytes, word: AssignedAt, out: Bytes, at: int) -> int:
    """Write an `Outcome` up to its decision."""
    out[at], out[at + 1] = 0x99, 0x05
    at = copy(text, word.sequence, word.cause - word.sequence, out, at + 2)
    return copy(text, word.order, word.order_end - word.order, out, at)


@inner
def put_outcome_tail(text: Bytes, word: AssignedAt, day: int, hour: int, read_ms: int, out: Bytes, at: int) -> int:
    """Write what stands behind its decision."""
    at = put_count(out, put_count(out, at, day), hour)
    at = copy(text, word.cause, word.order - word.cause, out, at)
    out[at] = TRUE
    return put_count(out, at + 1, read_ms)
