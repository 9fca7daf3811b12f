"""Decisions to the records of the topic `attributions` (`connectors.kafka.attribution_records`)."""

from __future__ import annotations

from typing import Final

from kernels import outcome_fields as of
from kernels.compiling import inner, kernel
from kernels.json_writing import NOTHING, literal, put_json_amount, put_json_text, put_json_time, put_literal
from kernels.layout import Bytes, Numbers
from kernels.msgpack import copy, put_number
from kernels.msgpack_reading import head_bytes, head_length, number_bytes, read_number
from kernels.outcome_fields import are_usual, find_fields
from kernels.touch_texts import put_touch_text

_ACCOUNT: Final = literal('{"account":')
_ORDER: Final = literal(',"order":')
_CONTACT: Final = literal(',"contact":')
_STATUS: Final = literal(',"status":')
_AMOUNT: Final = literal(',"amount":')
_CURRENCY: Final = literal(',"currency":')
_ORDERED_AT: Final = literal(',"ordered_at":')
_CREDITED: Final = literal(',"credited":true,"channel":')
_CAMPAIGN: Final = literal(',"campaign":')
_MESSAGE: Final = literal(',"message":')
_EVENT: Final = literal(',"event":')
_TOUCHED_AT: Final = literal(',"touched_at":')
_WINDOW: Final = literal(',"window":')
_NOT_CREDITED: Final = literal(
    ',"credited":false,"channel":null,"campaign":null,"message":null,"event":null,"touched_at":null,"window":null'
)
_REASON: Final = literal(',"reason":')
_EXPECTED: Final = literal(',"expected":')

_BINARY, _ARRAY = 0xC6, 0xDD
"""Heads that say in four bytes how long it is what they stand before."""
_HEAD_BYTES: Final = 5
_TRUE: Final = 0xC3


@inner
def _put_value(packed: Bytes, fields: Numbers, out: Bytes, to: int) -> int:
    """Write the JSON of a record (`connectors.kafka.attribution_records.record`)."""
    to = put_json_text(packed, fields[of.ACCOUNT], out, put_literal(_ACCOUNT, out, to))
    to = put_json_text(packed, fields[of.ORDER], out, put_literal(_ORDER, out, to))
    to = put_json_text(packed, fields[of.CONTACT], out, put_literal(_CONTACT, out, to))
    to = put_json_text(packed, fields[of.STATUS], out, put_literal(_STATUS, out, to))
    to = put_json_amount(packed, fields[of.AMOUNT], fields[of.DECIMALS], out, put_literal(_AMOUNT, out, to))
    to = put_json_text(packed, fields[of.CURRENCY], out, put_literal(_CURRENCY, out, to))
    to = put_json_time(read_number(packed, fields[of.ORDERED_AT]), out, put_literal(_ORDERED_AT, out, to))
    if packed[fields[of.CREDIT]] == NOTHING:
        to = put_literal(_NOT_CREDITED, out, to)
    else:
        credit = fields[of.CREDIT_FIELDS : of.EXPECTED_FIELDS]
        to = put_json_text(packed, credit[of.CHANNEL], out, put_literal(_CREDITED, out, to))
        to = put_json_text(packed, credit[of.CAMPAIGN], out, put_literal(_CAMPAIGN, out, to))
        to = put_json_text(packed, credit[of.MESSAGE], out, put_literal(_MESSAGE, out, to))
        to = put_json_text(packed, credit[of.EVENT], out, put_literal(_EVENT, out, to))
        to = put_json_time(read_number(packed, credit[of.TOUCHED_AT]), out, put_literal(_TOUCHED_AT, out, to))
        to = put_json_text(packed, credit[of.WINDOW], out, put_literal(_WINDOW, out, to))
    to = put_json_text(packed, fields[of.REASON], out, put_literal(_REASON, out, to))
    to = put_touch_text(packed, fields, of.EXPECTED, of.EXPECTED_FIELDS, out, put_literal(_EXPECTED, out, to))
    out[to] = ord("}")
    return to + 1


@inner
def _put_key(packed: Bytes, fields: Numbers, out: Bytes, to: int) -> int:
    """Write a record's key (`connectors.kafka.attribution_records.record_key`)."""
    out[to] = ord("[")
    to = put_json_text(packed, fields[of.ACCOUNT], out, to + 1)
    out[to] = ord(",")
    to = put_json_text(packed, fields[of.ORDER], out, to + 1)
    out[to] = ord("]")
    return to + 1


@kernel
def put_records(text: Bytes, fields: Numbers, out: Bytes) -> int:
    """Make records of decisions, as `dataflows.flow.published_texts.to_kafka` does.

    `text`: a packed list of how many decisions each key group has, and behind it the packed decisions
    (`state.changes.Outcome`), group by group. `fields`: room for what `find_fields` finds. `out`: room for
    `kernels.layout.ROW_BYTES_MOST` of each decision and six times its own bytes.

    Fills `out` with a packed array: of each group the list of its records, each key and value; and how many decisions
    are left to Python. Each of these has no key, and for a value the decision. Returns how long it is.
    """
    groups, count_at = head_length(text, 0), head_bytes(text, 0)
    at = count_at
    for _ in range(groups):
        at += number_bytes(text, at)
    left = 0
    to = put_number(out, put_number(out, 0, 0x92, 0, 0), _ARRAY, groups, 4)
    for _ in range(groups):
        records, head = 0, to
        to += _HEAD_BYTES
        for _ in range(read_number(text, count_at)):
            start, at = at, find_fields(text, at, fields)
            if text[fields[of.PUBLISHES]] != _TRUE:
                continue
            records += 1
            is_usual = are_usual(text, fields)
            key = put_number(out, to, 0x92, 0, 0) + _HEAD_BYTES
            to = _put_key(text, fields, out, key) if is_usual else key
            put_number(out, key - _HEAD_BYTES, _BINARY, to - key, 4)
            value = to + _HEAD_BYTES
            to = _put_value(text, fields, out, value) if is_usual else copy(text, start, at - start, out, value)
            put_number(out, value - _HEAD_BYTES, _BINARY, to - value, 4)
            if not is_usual:
                left += 1
        put_number(out, head, _ARRAY, records, 4)
        count_at += number_bytes(text, count_at)
    return put_number(out, to, 0xCE, left, 4)
