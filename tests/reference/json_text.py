"""Lines, their JSON, and what of it is no text (contract §1, §8); which fields there must be: `parsing`."""

from __future__ import annotations

import json
import json.decoder
import json.scanner
import math
import sys
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.reference.events import canonical_json
from tests.reference.values import Refused

Fields = dict[str, Any]

LINE_BYTES_MAX = 1 << 20
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_INT_DIGITS_MAX = 4_300
_LEFT_OUT = object()


def lines_of(source: bytes) -> list[bytes]:
    """The lines of a file or of a Kafka record; a byte order mark at its start is skipped, blank lines are none."""
    lines = source.removeprefix(BYTE_ORDER_MARK).split(b"\n")
    return [line for line in lines if line.strip()]


def text_of(line: bytes) -> str:
    if len(line) > LINE_BYTES_MAX:
        raise Refused("too_large", "longer than 1 MiB")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("bad_json", "not UTF-8") from error


def fields_of(text: str) -> Fields:
    """The members of a JSON object, numbers exactly; of a key given twice the last one."""
    try:
        value = _loads(text, parse_float=_number, parse_int=_number, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise Refused("bad_json", f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise Refused("not_an_object", "not a JSON object")
    return value


def _loads(text: str, **hooks: Any) -> Any:
    """`json.loads`, however deep the text nests: an event is refused for no field that nobody reads (contract §8)."""
    try:
        return json.loads(text, **hooks)
    except RecursionError:
        # The twins in Python of what is written in C, which has a depth of its own.
        decoding: Any = json.decoder
        scanning: Any = json.scanner
        decoder: Any = json.JSONDecoder(**hooks)
        decoder.parse_object, decoder.parse_string = decoding.JSONObject, decoding.py_scanstring
        decoder.scan_once = scanning.py_make_scanner(decoder)
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(10 * len(text) + limit)
        try:
            return decoder.decode(text)
        finally:
            sys.setrecursionlimit(limit)


def _number(text: str) -> Decimal:
    """A JSON number exactly; what no decimal can hold is more than any amount."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("Infinity")


def _no_constant(name: str) -> Any:
    raise Refused("bad_json", f"{name} is not JSON")


def items_of(text: str) -> str | None:
    """`items` as canonical JSON without what cannot be kept (contract §8): halves of surrogate pairs and numbers beyond
    all bounds, each with the list element or the object member that it is; all of it where it is nested too deep."""
    try:
        items = _kept(_loads(text, parse_int=_int).get("items"))
        return None if items is _LEFT_OUT or items is None else canonical_json(items)
    except RecursionError:
        return None


def _int(text: str) -> int | float:
    return int(text) if len(text) <= _INT_DIGITS_MAX else math.inf


def _kept(value: Any) -> Any:
    if isinstance(value, str):
        return _LEFT_OUT if _is_broken(value) else value
    if isinstance(value, float):
        return value if math.isfinite(value) else _LEFT_OUT
    if isinstance(value, list):
        return [kept for kept in map(_kept, value) if kept is not _LEFT_OUT]
    if isinstance(value, dict):
        members = {name: _kept(member) for name, member in value.items() if not _is_broken(name)}
        return {name: kept for name, kept in members.items() if kept is not _LEFT_OUT}
    return value


def refuse_lone_surrogates(value: Any) -> None:
    """Halves of surrogate pairs are JSON, but no text; what is nested too deep to look through is no field's value."""
    try:
        _refuse_lone_surrogates(value)
    except RecursionError as error:
        raise Refused("wrong_type", "nested too deep") from error


def _is_broken(text: str) -> bool:
    """Whether half of a surrogate pair stands in it without the other."""
    return any("\ud800" <= character <= "\udfff" for character in text)


def _refuse_lone_surrogates(value: Any) -> None:
    if isinstance(value, str) and _is_broken(value):
        raise Refused("wrong_type", "a lone surrogate in text")
    if isinstance(value, list):
        for element in value:
            _refuse_lone_surrogates(element)
    if isinstance(value, dict):
        for name, element in value.items():
            _refuse_lone_surrogates(name)
            _refuse_lone_surrogates(element)
