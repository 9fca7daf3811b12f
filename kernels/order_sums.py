"""What orders change in the ledger, added up by kind: what `state.ledger.entries_of` begins with."""

from __future__ import annotations

from typing import Final

from kernels.compiling import inner, kernel
from kernels.id_table import hash_of
from kernels.layout import Bytes, Record, Records
from kernels.msgpack import FALSE, TRUE, copy, put_number
from kernels.msgpack_reading import behind_bytes, head_bytes, head_length, number_bytes, read_number
from kernels.words import is_same
from state.money import AMOUNT_MAX

TOO_MUCH: Final = -1
_OF_ACCOUNT, _OF_CAMPAIGN = range(2)
"""What kinds are added up for."""
_EMPTY_TEXT: Final = 0xA0
_FIXED_BYTES: Final = 5
_NUMBER: Final = 0xD3


@inner
def _is_more(sum_now: int, more: int) -> bool:
    """Whether a sum leaves what numbers of 64 bits hold."""
    return sum_now > AMOUNT_MAX - more if more > 0 else sum_now < -AMOUNT_MAX - more


@inner
def _status_at(text: Bytes, kind: int) -> int:
    """Where the status of an `OrderKind` begins, behind day and hour."""
    hour = kind + 1 + number_bytes(text, kind + 1)
    return hour + number_bytes(text, hour)


@inner
def _refunded_at(text: Bytes, kind: int) -> int:
    """Where it says whether something is given back, behind status and currency. Behind that it says whether it is
    unknown whose they are; then come channel and campaign.
    """
    return behind_bytes(text, behind_bytes(text, _status_at(text, kind)))


@inner
def _is_alike(text: Bytes, one: int, other: int, what: int) -> bool:
    """Whether two kinds are added up together: for a campaign, to which hour and flags do not matter, or for an
    account, to which it only matters whether there is a campaign.
    """
    one_flags, other_flags = _refunded_at(text, one), _refunded_at(text, other)
    if what == _OF_ACCOUNT:
        length = one_flags + 2 - one
        is_touched = text[one_flags + 2] != _EMPTY_TEXT
        is_same_touched = is_touched == (text[other_flags + 2] != _EMPTY_TEXT)
        return is_same_touched and length == other_flags + 2 - other and is_same(text, one, text, other, length)
    day_bytes = 1 + number_bytes(text, one + 1)
    one_status, other_status = _status_at(text, one), _status_at(text, other)
    words_bytes, touch = one_flags - one_status, one_flags + 2
    touch_bytes = behind_bytes(text, behind_bytes(text, touch)) - touch
    other_touch = other_flags + 2
    return (
        is_same(text, one, text, other, day_bytes)
        and words_bytes == other_flags - other_status
        and is_same(text, one_status, text, other_status, words_bytes)
        and touch_bytes == behind_bytes(text, behind_bytes(text, other_touch)) - other_touch
        and is_same(text, touch, text, other_touch, touch_bytes)
    )


@inner
def _hash_of(text: Bytes, kind: int, what: int) -> int:
    """A number that alike kinds have in common."""
    flags, status = _refunded_at(text, kind), _status_at(text, kind)
    mixed = hash_of(text, kind + 1, number_bytes(text, kind + 1), 0)
    mixed = hash_of(text, status, flags - status, mixed)
    if what == _OF_CAMPAIGN:
        touch = flags + 2
        return hash_of(text, touch, behind_bytes(text, behind_bytes(text, touch)) - touch, mixed)
    hour = kind + 1 + number_bytes(text, kind + 1)
    mixed = hash_of(text, hour, status - hour, mixed)
    return hash_of(text, flags, 2, mixed ^ (text[flags + 2] != _EMPTY_TEXT))


@inner
def _add(text: Bytes, kind: int, what: int, sign: int, amount: int, refunded: int, sums: Records) -> bool:
    """Add an order to the sum of its kind. False: that is too much."""
    mixed = _hash_of(text, kind, what)
    slot = mixed & (len(sums) - 1)
    while sums[slot].kind and not (sums[slot].hash == mixed and _is_alike(text, sums[slot].kind, kind, what)):
        slot = (slot + 1) & (len(sums) - 1)
    one = sums[slot]
    if not one.kind:
        one.hash, one.kind, one.orders, one.amount, one.refunded = mixed, kind, 0, 0, 0
    if _is_more(one.amount, sign * amount) or _is_more(one.refunded, sign * refunded):
        return False
    one.orders += sign
    one.amount += sign * amount
    one.refunded += sign * refunded
    return True


@inner
def _put_sum(text: Bytes, one: Record, what: int, out: Bytes, at: int) -> int:
    """Write a sum: a `state.order_sums.CampaignSum` or an `AccountSum`. Returns where the next value goes."""
    kind = one.kind
    flags, status = _refunded_at(text, kind), _status_at(text, kind)
    touch = flags + 2
    if what == _OF_CAMPAIGN:
        out[at] = 0x97
        at = copy(text, kind + 1, number_bytes(text, kind + 1), out, at + 1)
        at = copy(text, status, flags - status, out, at)
        at = copy(text, touch, behind_bytes(text, behind_bytes(text, touch)) - touch, out, at)
    else:
        out[at] = 0x9A
        at = copy(text, kind + 1, touch - kind - 1, out, at + 1)
        out[at] = TRUE if text[touch] != _EMPTY_TEXT else FALSE
        at += 1
    at = put_number(out, put_number(out, at, _NUMBER, one.orders, 8), _NUMBER, one.amount, 8)
    return at if what == _OF_CAMPAIGN else put_number(out, at, _NUMBER, one.refunded, 8)


@inner
def _put_sums(text: Bytes, sums: Records, what: int, out: Bytes, at: int) -> int:
    """Write a list of the sums that are not 0. Returns where the next value goes."""
    head, number, at = at, 0, at + _FIXED_BYTES
    for slot in range(len(sums)):
        one = sums[slot]
        if one.kind and (one.orders or one.amount or one.refunded):
            at = _put_sum(text, one, what, out, at)
            number += 1
    put_number(out, head, 0xDD, number, _FIXED_BYTES - 1)
    return at


@kernel
def sum_orders(text: Bytes, of_accounts: Records, of_campaigns: Records, out: Bytes) -> int:
    """Add up by kind what orders of one account count for.

    `text`: packed lists, one behind the other, of (`state.ledger.Counted`, 1 or -1), as `publish_orders` writes them.
    `of_accounts`, `of_campaigns`: room to work in, powers of two, more than there are orders. `out`: a packed
    (list of `state.order_sums.AccountSum`, list of `CampaignSum`) is written there, of which none is 0.

    Returns how many bytes it is; `TOO_MUCH`: a sum is more than 64 bits hold.
    """
    for slot in range(len(of_accounts)):
        of_accounts[slot].kind = 0
    for slot in range(len(of_campaigns)):
        of_campaigns[slot].kind = 0
    at = 0
    while at < len(text):
        number = head_length(text, at)
        at += head_bytes(text, at)
        for _ in range(number):
            kind = at + 2
            touch = _refunded_at(text, kind) + 2
            amount_at = behind_bytes(text, behind_bytes(text, touch))
            refunded_at = amount_at + number_bytes(text, amount_at)
            amount, refunded = read_number(text, amount_at), read_number(text, refunded_at)
            at = refunded_at + number_bytes(text, refunded_at)
            sign = read_number(text, at)
            at += 1
            if not _add(text, kind, _OF_ACCOUNT, sign, amount, refunded, of_accounts):
                return TOO_MUCH
            is_touched = text[touch] != _EMPTY_TEXT
            if is_touched and not _add(text, kind, _OF_CAMPAIGN, sign, amount, refunded, of_campaigns):
                return TOO_MUCH
    out[0] = 0x92
    return _put_sums(text, of_campaigns, _OF_CAMPAIGN, out, _put_sums(text, of_accounts, _OF_ACCOUNT, out, 1))
