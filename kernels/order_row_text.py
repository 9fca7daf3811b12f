"""A decision as the JSON of its order's row (`connectors.view.order_rows.row`)."""

from __future__ import annotations

from typing import Final

from kernels.compiling import inner
from kernels.decision_texts import put_order_members, put_reason_members
from kernels.json_writing import literal, put_json_amount, put_json_text, put_json_time, put_literal
from kernels.layout import Bytes, Record
from kernels.msgpack import NIL
from kernels.msgpack_reading import head_bytes, head_length, read_number
from kernels.outcomes import find_touch
from kernels.usual_outcomes import currency_decimals
from kernels.word_copies import copy_words

_ORDER: Final = literal('{"order":')
_REFUNDED: Final = literal(',"refunded":')
_CAMPAIGN: Final = literal(',"campaign":')
_CHANNEL: Final = literal(',"channel":')
_MESSAGE: Final = literal(',"message":')
_EVENT: Final = literal(',"event":')
_TOUCHED_AT: Final = literal(',"touched_at":')
_NO_CREDIT: Final = literal(',"campaign":null,"channel":null,"message":null,"event":null,"touched_at":null')
_EMAIL: Final = literal(',"email":')
_PHONE: Final = literal(',"phone":')
_CUSTOMER: Final = literal(',"external_customer_id":')
_FIRST_NAME: Final = literal(',"first_name":')
_LAST_NAME: Final = literal(',"last_name":')
_ITEMS: Final = literal(',"items":')


@inner
def put_row_text(packed: Bytes, outcome: Record, out: Bytes, to: int) -> int:
    """Write the row of a usual decision. Returns where the next byte goes."""
    decimals = currency_decimals(packed, outcome.currency)
    to = put_order_members(packed, outcome, out, put_literal(_ORDER, out, to))
    to = put_json_amount(packed, outcome.refunded, decimals, out, put_literal(_REFUNDED, out, to))
    if packed[outcome.credit] == NIL:
        to = put_literal(_NO_CREDIT, out, to)
    else:
        credit = find_touch(packed, outcome.credit)
        to = put_json_text(packed, credit.campaign, out, put_literal(_CAMPAIGN, out, to))
        to = put_json_text(packed, credit.channel, out, put_literal(_CHANNEL, out, to))
        to = put_json_text(packed, credit.message, out, put_literal(_MESSAGE, out, to))
        to = put_json_text(packed, credit.event, out, put_literal(_EVENT, out, to))
        to = put_json_time(read_number(packed, credit.touched_at), out, put_literal(_TOUCHED_AT, out, to))
    to = put_reason_members(packed, outcome, out, to)
    to = put_json_text(packed, outcome.email, out, put_literal(_EMAIL, out, to))
    to = put_json_text(packed, outcome.phone, out, put_literal(_PHONE, out, to))
    to = put_json_text(packed, outcome.external_customer_id, out, put_literal(_CUSTOMER, out, to))
    to = put_json_text(packed, outcome.first_name, out, put_literal(_FIRST_NAME, out, to))
    to = put_json_text(packed, outcome.last_name, out, put_literal(_LAST_NAME, out, to))
    items = outcome.items
    if packed[items] != NIL:
        to = put_literal(_ITEMS, out, to)
        to = copy_words(packed, items + head_bytes(packed, items), head_length(packed, items), out, to)
    out[to] = ord("}")
    return to + 1
