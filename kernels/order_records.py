"""Decisions to the records of the topic `attributions` (`connectors.kafka.attribution_records`)."""

from __future__ import annotations

from typing import Final

from kernels.compiling import inner, kernel
from kernels.decision_texts import put_order_members, put_reason_members
from kernels.json_writing import literal, put_json_text, put_literal
from kernels.layout import Bytes, Record, Records
from kernels.msgpack import NIL, TRUE, copy, put_number
from kernels.msgpack_reading import head_bytes, head_length, number_bytes, read_number
from kernels.outcomes import find_values_of
from kernels.touch_texts import put_touch_members
from kernels.usual_outcomes import are_usual

_ACCOUNT: Final = literal('{"account":')
_ORDER: Final = literal(',"order":')
_CREDITED: Final = literal(',"credited":true,"channel":')
_NOT_CREDITED: Final = literal(
    ',"credited":false,"channel":null,"campaign":null,"message":null,"event":null,"touched_at":null,"window":null'
)

_BINARY, _ARRAY = 0xC6, 0xDD
"""Heads that say in four bytes how long it is what they stand before."""
_HEAD_BYTES: Final = 5


@inner
def _put_value(packed: Bytes, outcome: Record, out: Bytes, to: int) -> int:
    """Write the JSON of a record (`connectors.kafka.attribution_records.record`)."""
    to = put_json_text(packed, outcome.account, out, put_literal(_ACCOUNT, out, to))
    to = put_order_members(packed, outcome, out, put_literal(_ORDER, out, to))
    if packed[outcome.credit] == NIL:
        to = put_literal(_NOT_CREDITED, out, to)
    else:
        to = put_touch_members(packed, outcome.credit, out, put_literal(_CREDITED, out, to))
    to = put_reason_members(packed, outcome, out, to)
    out[to] = ord("}")
    return to + 1


@inner
def _put_key(packed: Bytes, outcome: Record, out: Bytes, to: int) -> int:
    """Write a record's key (`connectors.kafka.attribution_records.record_key`)."""
    out[to] = ord("[")
    to = put_json_text(packed, outcome.account, out, to + 1)
    out[to] = ord(",")
    to = put_json_text(packed, outcome.order, out, to + 1)
    out[to] = ord("]")
    return to + 1


@kernel
def put_records(text: Bytes, outcomes: Records, out: Bytes) -> int:
    """Make records of decisions, as `dataflows.flow.publish.to_kafka` does.

    `text`: a packed list of how many decisions each key group has, and behind it the packed decisions
    (`state.changes.Outcome`), group by group. `outcomes`: room for where the values of one stand. `out`: room for
    `kernels.layout.ROW_BYTES_MOST` of each decision and six times its own bytes.

    Fills `out` with a packed array: of each group the list of its records, each key and value; and how many decisions
    are left to Python. Each of these has no key, and for a value the decision. Returns how long it is.
    """
    groups, count_at = head_length(text, 0), head_bytes(text, 0)
    at = count_at
    for _ in range(groups):
        at += number_bytes(text, at)
    left, outcome = 0, outcomes[0]
    to = put_number(out, put_number(out, 0, 0x92, 0, 0), _ARRAY, groups, 4)
    for _ in range(groups):
        records, head = 0, to
        to += _HEAD_BYTES
        for _ in range(read_number(text, count_at)):
            find_values_of(text, at, outcome)
            start, at = at, outcome.end
            if text[outcome.publishes_record] != TRUE:
                continue
            records += 1
            is_usual = are_usual(text, outcome)
            key = put_number(out, to, 0x92, 0, 0) + _HEAD_BYTES
            to = _put_key(text, outcome, out, key) if is_usual else key
            put_number(out, key - _HEAD_BYTES, _BINARY, to - key, 4)
            value = to + _HEAD_BYTES
            to = _put_value(text, outcome, out, value) if is_usual else copy(text, start, at - start, out, value)
            put_number(out, value - _HEAD_BYTES, _BINARY, to - value, 4)
            if not is_usual:
                left += 1
        put_number(out, head, _ARRAY, records, 4)
        count_at += number_bytes(text, count_at)
    return put_number(out, to, 0xCE, left, 4)
