"""Where the fields of a packed decision stand (`state.changes.Outcome`), and whether its texts are usual."""

from __future__ import annotations

from typing import Final

from kernels.amounts import decimals_of
from kernels.compiling import inner
from kernels.dates import DAYS_MOST, day_number
from kernels.json_writing import NOTHING, is_plain
from kernels.layout import OUTCOME_FIELDS, Bytes, Numbers
from kernels.msgpack_reading import behind_bytes, head_bytes, head_length, number_bytes, read_number
from state.times import DAY_MS

(
    ACCOUNT,
    ORDER,
    CONTACT,
    STATUS,
    AMOUNT,
    CURRENCY,
    ORDERED_AT,
    TIME,
    REFUNDED,
    EMAIL,
    PHONE,
    CUSTOMER,
    FIRST_NAME,
    LAST_NAME,
    ITEMS,
    REASON,
    CREDIT,
    EXPECTED,
    DAY,
    PUBLISHES,
    DECIMALS,
) = range(21)
"""A field's place in `fields`, which has where it begins; of `DECIMALS` how many the currency has."""
CHANNEL, CAMPAIGN, MESSAGE, EVENT, TOUCHED_AT, WINDOW, TOUCH_FIELDS = range(7)
"""Those of a touch, behind its place."""
CREDIT_FIELDS: Final = 24
"""Where the fields of the credit are, if there is one; those of the touch it is expected at are behind them."""
EXPECTED_FIELDS: Final = CREDIT_FIELDS + TOUCH_FIELDS
assert EXPECTED_FIELDS + TOUCH_FIELDS <= OUTCOME_FIELDS

_ORDER_HEAD_BYTES: Final = 3
_TIME_MOST: Final = (DAYS_MOST + 1) * DAY_MS


@inner
def find_fields(packed: Bytes, at: int, fields: Numbers) -> int:
    """Fill `fields` for the decision that is packed at `at`. Returns where the next begins."""
    at += 2
    at = behind_bytes(packed, at + number_bytes(packed, at) + _ORDER_HEAD_BYTES)
    for field in range(ACCOUNT, REASON):
        fields[field] = at
        if field == AMOUNT or ORDERED_AT <= field <= REFUNDED:
            at += number_bytes(packed, at)
        else:
            at = behind_bytes(packed, at)
    fields[REASON] = at = at + 1
    fields[CREDIT] = at = behind_bytes(packed, at)
    fields[EXPECTED] = at = _find_touch(packed, at, fields, CREDIT_FIELDS)
    fields[DAY] = at = _find_touch(packed, at, fields, EXPECTED_FIELDS)
    at += number_bytes(packed, at)
    at = behind_bytes(packed, at + number_bytes(packed, at))
    fields[PUBLISHES] = at
    return at + 1 + number_bytes(packed, at + 1)


@inner
def _find_touch(packed: Bytes, at: int, fields: Numbers, first: int) -> int:
    if packed[at] == NOTHING:
        return at + 1
    at += 1
    for field in range(TOUCH_FIELDS):
        fields[first + field] = at
        at = at + number_bytes(packed, at) if field == TOUCHED_AT else behind_bytes(packed, at)
    at += 1
    tags = head_length(packed, at)
    at += head_bytes(packed, at)
    for _ in range(tags):
        at = behind_bytes(packed, at)
    return at


@inner
def are_usual(packed: Bytes, fields: Numbers) -> bool:
    """Whether kernels may write what is to be told of a decision: no text needs an escape, times and days are from 1970
    on, amounts are of a currency that is known.
    """
    code_at = fields[CURRENCY]
    fields[DECIMALS] = decimals_of(packed, code_at + head_bytes(packed, code_at), head_length(packed, code_at))
    if fields[DECIMALS] < 0 or read_number(packed, fields[AMOUNT]) < 0:
        return False
    if packed[fields[REFUNDED]] != NOTHING and read_number(packed, fields[REFUNDED]) < 0:
        return False
    if not _is_time(packed, fields[ORDERED_AT]) or not is_day(read_number(packed, fields[DAY])):
        return False
    for field in range(ACCOUNT, REASON + 1):
        is_text = field <= STATUS or EMAIL <= field <= LAST_NAME or field == REASON
        if is_text and not is_plain(packed, fields[field]):
            return False
    return _is_usual_touch(packed, fields, CREDIT, CREDIT_FIELDS) and _is_usual_touch(
        packed, fields, EXPECTED, EXPECTED_FIELDS
    )


@inner
def _is_usual_touch(packed: Bytes, fields: Numbers, field: int, first: int) -> bool:
    if packed[fields[field]] == NOTHING:
        return True
    for k in range(TOUCH_FIELDS):
        if k != TOUCHED_AT and not is_plain(packed, fields[first + k]):
            return False
    return _is_time(packed, fields[first + TOUCHED_AT])


@inner
def _is_time(packed: Bytes, at: int) -> bool:
    return 0 <= read_number(packed, at) < _TIME_MOST


@inner
def is_day(ordinal: int) -> bool:
    """Whether a day is from 1970 to 9999."""
    return 0 <= day_number(ordinal) <= DAYS_MOST
