"""JSON of values that were parsed by `json_body`: with the digits that their numbers had, on one line."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Final

import msgspec

from state.order_items import kept_items

_encode: Final = msgspec.json.Encoder(decimal_format="number").encode
_DEPTH_MAX: Final = 300
"""What nests deeper is written as null where the stack of the encoder does not hold it."""


def json_text(value: object) -> bytes:
    """The JSON of any value. Halves of surrogate pairs stay, as escapes."""
    try:
        return _encode(value)
    except UnicodeEncodeError:
        return _with_escapes(value)
    except RecursionError:
        return json_text(_cut(value, _DEPTH_MAX))


def items_text(value: object) -> msgspec.Raw | None:
    """The JSON of an order's items; None for what is no list of objects (intake.md §3). What no text and no number
    can hold is left out (contract §8).
    """
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        return None
    try:
        try:
            return msgspec.Raw(_encode(value))
        except UnicodeEncodeError:
            return msgspec.Raw(_encode(kept_items(value)))
    except RecursionError:
        return None


def _with_escapes(value: object) -> bytes:
    try:
        return json.dumps(value, default=_plain, separators=(",", ":")).encode()
    except RecursionError:
        return json_text(_cut(value, _DEPTH_MAX))


def _plain(value: object) -> object:
    assert isinstance(value, Decimal)
    number = float(value)
    return number if number - number == 0 else str(value)


def _cut(value: object, depth: int) -> object:
    if depth == 0 and isinstance(value, list | dict):
        return None
    if isinstance(value, list):
        return [_cut(one, depth - 1) for one in value]
    if isinstance(value, dict):
        return {name: _cut(one, depth - 1) for name, one in value.items()}
    return value
