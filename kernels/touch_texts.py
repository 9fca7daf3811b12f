"""The touch that an order counts for, as records and rows show it (`state.touch_text.touch_text`)."""

from __future__ import annotations

from typing import Final

from kernels.compiling import inner
from kernels.json_writing import NOTHING, literal, put_json_text, put_json_time, put_literal
from kernels.layout import Bytes, Numbers
from kernels.msgpack_reading import read_number
from kernels.outcome_fields import CAMPAIGN, CHANNEL, EVENT, MESSAGE, TOUCHED_AT, WINDOW

_NULL: Final = literal("null")
_CHANNEL: Final = literal('{"channel":')
_CAMPAIGN: Final = literal(',"campaign":')
_MESSAGE: Final = literal(',"message":')
_EVENT: Final = literal(',"event":')
_TOUCHED_AT: Final = literal(',"touched_at":')
_WINDOW: Final = literal(',"window":')


@inner
def put_touch_text(packed: Bytes, fields: Numbers, field: int, first: int, out: Bytes, to: int) -> int:
    """Write a touch whose fields stand from `first` on, or null where `field` is nothing."""
    if packed[fields[field]] == NOTHING:
        return put_literal(_NULL, out, to)
    to = put_json_text(packed, fields[first + CHANNEL], out, put_literal(_CHANNEL, out, to))
    to = put_json_text(packed, fields[first + CAMPAIGN], out, put_literal(_CAMPAIGN, out, to))
    to = put_json_text(packed, fields[first + MESSAGE], out, put_literal(_MESSAGE, out, to))
    to = put_json_text(packed, fields[first + EVENT], out, put_literal(_EVENT, out, to))
    to = put_json_time(read_number(packed, fields[first + TOUCHED_AT]), out, put_literal(_TOUCHED_AT, out, to))
    to = put_json_text(packed, fields[first + WINDOW], out, put_literal(_WINDOW, out, to))
    out[to] = ord("}")
    return to + 1
