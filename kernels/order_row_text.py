"""A decision as the JSON of its order's row (`connectors.view.order_rows.row`)."""

from __future__ import annotations

from typing import Final

from kernels import outcome_fields as of
from kernels.compiling import inner
from kernels.json_writing import NOTHING, literal, put_json_amount, put_json_text, put_json_time, put_literal
from kernels.layout import Bytes, Numbers
from kernels.msgpack import copy
from kernels.msgpack_reading import head_bytes, head_length, read_number
from kernels.touch_texts import put_touch_text

_ORDER: Final = literal('{"order":')
_CONTACT: Final = literal(',"contact":')
_STATUS: Final = literal(',"status":')
_AMOUNT: Final = literal(',"amount":')
_CURRENCY: Final = literal(',"currency":')
_ORDERED_AT: Final = literal(',"ordered_at":')
_REFUNDED: Final = literal(',"refunded":')
_CAMPAIGN: Final = literal(',"campaign":')
_CHANNEL: Final = literal(',"channel":')
_MESSAGE: Final = literal(',"message":')
_EVENT: Final = literal(',"event":')
_TOUCHED_AT: Final = literal(',"touched_at":')
_NO_CREDIT: Final = literal(',"campaign":null,"channel":null,"message":null,"event":null,"touched_at":null')
_REASON: Final = literal(',"reason":')
_EXPECTED: Final = literal(',"expected":')
_EMAIL: Final = literal(',"email":')
_PHONE: Final = literal(',"phone":')
_CUSTOMER: Final = literal(',"external_customer_id":')
_FIRST_NAME: Final = literal(',"first_name":')
_LAST_NAME: Final = literal(',"last_name":')
_ITEMS: Final = literal(',"items":')


@inner
def put_row_text(packed: Bytes, fields: Numbers, out: Bytes, to: int) -> int:
    """Write the row of a usual decision. Returns where the next byte goes."""
    decimals = fields[of.DECIMALS]
    to = put_json_text(packed, fields[of.ORDER], out, put_literal(_ORDER, out, to))
    to = put_json_text(packed, fields[of.CONTACT], out, put_literal(_CONTACT, out, to))
    to = put_json_text(packed, fields[of.STATUS], out, put_literal(_STATUS, out, to))
    to = put_json_amount(packed, fields[of.AMOUNT], decimals, out, put_literal(_AMOUNT, out, to))
    to = put_json_text(packed, fields[of.CURRENCY], out, put_literal(_CURRENCY, out, to))
    to = put_json_time(read_number(packed, fields[of.ORDERED_AT]), out, put_literal(_ORDERED_AT, out, to))
    to = put_json_amount(packed, fields[of.REFUNDED], decimals, out, put_literal(_REFUNDED, out, to))
    if packed[fields[of.CREDIT]] == NOTHING:
        to = put_literal(_NO_CREDIT, out, to)
    else:
        credit = fields[of.CREDIT_FIELDS : of.EXPECTED_FIELDS]
        to = put_json_text(packed, credit[of.CAMPAIGN], out, put_literal(_CAMPAIGN, out, to))
        to = put_json_text(packed, credit[of.CHANNEL], out, put_literal(_CHANNEL, out, to))
        to = put_json_text(packed, credit[of.MESSAGE], out, put_literal(_MESSAGE, out, to))
        to = put_json_text(packed, credit[of.EVENT], out, put_literal(_EVENT, out, to))
        to = put_json_time(read_number(packed, credit[of.TOUCHED_AT]), out, put_literal(_TOUCHED_AT, out, to))
    to = put_json_text(packed, fields[of.REASON], out, put_literal(_REASON, out, to))
    to = put_touch_text(packed, fields, of.EXPECTED, of.EXPECTED_FIELDS, out, put_literal(_EXPECTED, out, to))
    to = put_json_text(packed, fields[of.EMAIL], out, put_literal(_EMAIL, out, to))
    to = put_json_text(packed, fields[of.PHONE], out, put_literal(_PHONE, out, to))
    to = put_json_text(packed, fields[of.CUSTOMER], out, put_literal(_CUSTOMER, out, to))
    to = put_json_text(packed, fields[of.FIRST_NAME], out, put_literal(_FIRST_NAME, out, to))
    to = put_json_text(packed, fields[of.LAST_NAME], out, put_literal(_LAST_NAME, out, to))
    items = fields[of.ITEMS]
    if packed[items] != NOTHING:
        to = put_literal(_ITEMS, out, to)
        to = copy(packed, items + head_bytes(packed, items), head_length(packed, items), out, to)
    out[to] = ord("}")
    return to + 1
