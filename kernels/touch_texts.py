"""The touch that an order counts for, as records and rows show it (`state.touch_text.touch_text`)."""

from __future__ import annotations

from typing import Final

from kernels.compiling import inner
from kernels.json_writing import literal, put_json_text, put_json_time, put_literal
from kernels.layout import Bytes
from kernels.msgpack import NIL
from kernels.msgpack_reading import read_number
from kernels.outcomes import find_touch

_NULL: Final = literal("null")
_CHANNEL: Final = literal('{"channel":')
_CAMPAIGN: Final = literal(',"campaign":')
_MESSAGE: Final = literal(',"message":')
_EVENT: Final = literal(',"event":')
_TOUCHED_AT: Final = literal(',"touched_at":')
_WINDOW: Final = literal(',"window":')


@inner
def put_touch_members(packed: Bytes, at: int, out: Bytes, to: int) -> int:
    """Write a touch that is packed at `at`, from the value of its channel on. Returns where the next byte goes."""
    touch = find_touch(packed, at)
    to = put_json_text(packed, touch.channel, out, to)
    to = put_json_text(packed, touch.campaign, out, put_literal(_CAMPAIGN, out, to))
    to = put_json_text(packed, touch.message, out, put_literal(_MESSAGE, out, to))
    to = put_json_text(packed, touch.event, out, put_literal(_EVENT, out, to))
    to = put_json_time(read_number(packed, touch.touched_at), out, put_literal(_TOUCHED_AT, out, to))
    return put_json_text(packed, touch.window, out, put_literal(_WINDOW, out, to))


@inner
def put_touch_text(packed: Bytes, at: int, out: Bytes, to: int) -> int:
    """Write a touch that is packed at `at`, or null for nothing. Returns where the next byte goes."""
    if packed[at] == NIL:
        return put_literal(_NULL, out, to)
    to = put_touch_members(packed, at, out, put_literal(_CHANNEL, out, to))
    out[to] = ord("}")
    return to + 1
