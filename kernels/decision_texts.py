"""What rows and records show alike of a decision, as members of a JSON object."""

from __future__ import annotations

from typing import Final

from kernels.compiling import inner
from kernels.json_writing import literal, put_json_amount, put_json_text, put_json_time, put_literal
from kernels.layout import Bytes, Record
from kernels.msgpack_reading import read_number
from kernels.touch_texts import put_touch_text
from kernels.usual_outcomes import currency_decimals

_CONTACT: Final = literal(',"contact":')
_STATUS: Final = literal(',"status":')
_AMOUNT: Final = literal(',"amount":')
_CURRENCY: Final = literal(',"currency":')
_ORDERED_AT: Final = literal(',"ordered_at":')
_REASON: Final = literal(',"reason":')
_EXPECTED: Final = literal(',"expected":')


@inner
def put_order_members(packed: Bytes, outcome: Record, out: Bytes, to: int) -> int:
    """Write the order, from the value of its id on, to when it was made. Returns where the next byte goes."""
    to = put_json_text(packed, outcome.order, out, to)
    to = put_json_text(packed, outcome.contact, out, put_literal(_CONTACT, out, to))
    to = put_json_text(packed, outcome.status, out, put_literal(_STATUS, out, to))
    decimals = currency_decimals(packed, outcome.currency)
    to = put_json_amount(packed, outcome.amount, decimals, out, put_literal(_AMOUNT, out, to))
    to = put_json_text(packed, outcome.currency, out, put_literal(_CURRENCY, out, to))
    return put_json_time(read_number(packed, outcome.ordered_at), out, put_literal(_ORDERED_AT, out, to))


@inner
def put_reason_members(packed: Bytes, outcome: Record, out: Bytes, to: int) -> int:
    """Write why the order stands where it stands, and where it is expected. Returns where the next byte goes."""
    to = put_json_text(packed, outcome.reason, out, put_literal(_REASON, out, to))
    return put_touch_text(packed, outcome.expected, out, put_literal(_EXPECTED, out, to))
