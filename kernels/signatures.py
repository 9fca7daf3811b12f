"""What each kernel is given: arrays by their records, and numbers. Each returns a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from kernels.layout import (
    KIND,
    LINE,
    LOT,
    ORDER_EVENT,
    ORDER_LINE,
    ORDER_SUM,
    OUTCOME,
    PART,
    RANGE,
    ROW,
    RULE,
    SLOT,
    TOUCH,
)

_TEXT: Final = np.dtype(np.uint8)
_NUMBERS: Final = np.dtype(np.int64)
_NUMBER: Final = None

Parameters = Mapping[str, np.dtype[np.generic] | None]
"""By name; of an array its elements; None: a number."""

_TABLE: Final[Parameters] = {"slots": SLOT, "arena": _TEXT, "free": _NUMBERS, "counts": _NUMBERS}
_PLACES: Final[Parameters] = {"packed": _TEXT, "places": _NUMBERS}

SIGNATURES: Final[Mapping[str, Parameters]] = {
    "find_touches": {
        "text": _TEXT,
        "end": _NUMBER,
        "latest_ms": _NUMBER,
        "found": RANGE,
        "touches": TOUCH,
        "others": LINE,
    },
    "find_orders": {
        "text": _TEXT,
        "others": LINE,
        "latest_ms": _NUMBER,
        "groups": _NUMBER,
        "found": RANGE,
        **_PLACES,
        "orders": ORDER_LINE,
        "out": _TEXT,
    },
    "sort_touches": {
        "text": _TEXT,
        "touches": TOUCH,
        "places": _NUMBERS,
        "groups": _NUMBER,
        "slots": _NUMBERS,
        "parts": PART,
        "order": _NUMBERS,
    },
    "put_columns": {"text": _TEXT, "touches": TOUCH, "order": _NUMBERS, "parts": PART, **_PLACES, "out": _TEXT},
    "put_counting": {"first": _NUMBER, "count": _NUMBER, **_PLACES},
    "find_places": {"packed": _TEXT, "end": _NUMBER, "count": _NUMBER, "places": _NUMBERS},
    "add_touches": {
        "text": _TEXT,
        "first": _NUMBER,
        "floor": _NUMBER,
        "latest": _NUMBER,
        "day_from": _NUMBER,
        "day_until": _NUMBER,
        "seed": _NUMBER,
        **_TABLE,
        "hashes": _NUMBERS,
        "became": _TEXT,
    },
    "take_orders": {
        "text": _TEXT,
        "first": _NUMBER,
        "floor": _NUMBER,
        "erased_until": _NUMBER,
        "until": _NUMBER,
        "account_crc": _NUMBER,
        "groups": _NUMBER,
        "seed": _NUMBER,
        **_TABLE,
        "events": ORDER_EVENT,
        "marks": _TEXT,
        "became": _TEXT,
        "out": _TEXT,
    },
    "place_orders": {
        "text": _TEXT,
        "first": _NUMBER,
        "name_bytes": _NUMBER,
        "crc": _NUMBER,
        "since": _NUMBER,
        "until": _NUMBER,
        "credits": _NUMBER,
        "texts": _TEXT,
        "rules": RULE,
        "many": _NUMBER,
        "days": _NUMBERS,
        "message_seed": _NUMBER,
        "message_slots": SLOT,
        "message_arena": _TEXT,
        "message_free": _NUMBERS,
        "message_counts": _NUMBERS,
        "seed": _NUMBER,
        **_TABLE,
        "hashes": _NUMBERS,
        "message_hashes": _NUMBERS,
        "became": _TEXT,
        "marks": _TEXT,
        "results": _NUMBERS,
        "out": _TEXT,
    },
    "deal_words": {
        "text": _TEXT,
        "count": _NUMBER,
        "numbers": _NUMBERS,
        "begins": _NUMBERS,
        "ends": _NUMBERS,
        "out": _TEXT,
    },
    "pack_contact_orders": {**_TABLE, "out": _TEXT},
    "count_kinds": {
        "text": _TEXT,
        "first": _NUMBER,
        "counts_all": _NUMBER,
        "became": _TEXT,
        "seed": _NUMBER,
        "places": _NUMBERS,
        "kinds": KIND,
        "texts": _TEXT,
        "ends": _NUMBERS,
    },
    "put_values": {"text": _TEXT, "first": _NUMBER, "seed": _NUMBER, **_TABLE},
    "find_values": {
        "text": _TEXT,
        "seed": _NUMBER,
        **_TABLE,
        "hashes": _NUMBERS,
        "begins": _NUMBERS,
        "ends": _NUMBERS,
    },
    "pack_values": {**_TABLE, "out": _TEXT},
    "move_values": {"old_slots": SLOT, "old_arena": _TEXT, **_TABLE},
    "publish_orders": {
        "text": _TEXT,
        "count": _NUMBER,
        "is_found": _NUMBER,
        "first": _NUMBER,
        "account": _TEXT,
        "now_ms": _NUMBER,
        "seed": _NUMBER,
        **_TABLE,
        "outcomes": OUTCOME,
        "hashes": _NUMBERS,
        "days": _NUMBERS,
        "reads": _NUMBERS,
        "marks": _TEXT,
        "value": _TEXT,
        "entries": _TEXT,
        "published": _NUMBERS,
    },
    "sum_orders": {
        "text": _TEXT,
        "of_accounts": ORDER_SUM,
        "of_campaigns": ORDER_SUM,
        "out": _TEXT,
    },
    "put_rows": {
        "text": _TEXT,
        "outcomes": OUTCOME,
        "slots": _NUMBERS,
        "lots": LOT,
        "rows": ROW,
        "texts": _TEXT,
        "left": _NUMBERS,
        "marks": _TEXT,
        "out": _TEXT,
    },
    "put_records": {"text": _TEXT, "outcomes": OUTCOME, "out": _TEXT},
}
"""The kernels by name; the functions of these names say what they do."""
