"""The `items` of an order as canonical JSON: never a reason to refuse it (contract §8)."""

from __future__ import annotations

import json
import math
from typing import Any, Final

from state.json_members import nests_deeper

DEPTH_MAX: Final = 256
"""How deep `items` may nest to be kept; a fixed number, for what is kept may not depend on who reads it."""
_INT_DIGITS_MAX: Final = 4_300
_LEFT_OUT: Final = object()
_encode: Final = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def canonical_items(raw: str) -> str | None:
    """The JSON text of `raw`, keys sorted; None where nothing of it can be kept.

    Left out is what no text and no number can hold: halves of surrogate pairs and numbers beyond all bounds, each with
    the list element or the object member that it is; all of it where it nests deeper than `DEPTH_MAX`.
    """
    if nests_deeper(raw, DEPTH_MAX):
        return None
    try:
        text = _encode(json.loads(raw))
        text.encode()
    except ValueError:
        kept = _kept(json.loads(raw, parse_int=_int))
        return None if kept is _LEFT_OUT else _encode(kept)
    return None if text == "null" else text


def kept_items(items: list[Any]) -> list[Any]:
    """Items as they were parsed, without what no text and no number can hold. Raises `RecursionError` where they nest
    too deeply to be looked at.
    """
    kept: list[Any] = _kept(items)
    return kept


def _int(digits: str) -> int | float:
    return int(digits) if len(digits) <= _INT_DIGITS_MAX else math.inf


def _kept(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, str):
        return value if _is_text(value) else _LEFT_OUT
    if isinstance(value, float):
        return value if math.isfinite(value) else _LEFT_OUT
    if isinstance(value, list):
        return [kept for kept in map(_kept, value) if kept is not _LEFT_OUT]
    if isinstance(value, dict):
        members = {name: _kept(member) for name, member in value.items() if _is_text(name)}
        return {name: kept for name, kept in members.items() if kept is not _LEFT_OUT}
    return value


def _is_text(text: str) -> bool:
    """Whether no half of a surrogate pair stands in it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
