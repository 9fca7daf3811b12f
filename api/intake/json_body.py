"""A body as JSON values: integers and decimals exactly as their digits say, however deep it nests."""

from __future__ import annotations

import json
import math
from decimal import Decimal, InvalidOperation
from typing import Final, NoReturn

from api.intake.refusals import RequestRefused
from connectors.sources.raw_lines import BYTE_ORDER_MARK
from state.bad_events import BadEvent
from state.json_members import cut_deeper

ELEMENTS_MAX: Final = 5_000
"""Elements of one request (intake.md §1)."""
DEPTH_MAX: Final = 300
"""What nests deeper than any field that is read, and than items that are kept, is read as null where the stack of the
parser does not hold it.
"""
_INT_DIGITS_MAX: Final = 4_300


def read_json(body: bytes) -> object:
    """The value of a body. Raises `RequestRefused` for what is not UTF-8 or not JSON.

    Fractions and exponents give a `Decimal`; a number beyond all bounds is infinite. Keys given twice: the last one.
    """
    try:
        text = body.removeprefix(BYTE_ORDER_MARK).decode()
    except UnicodeDecodeError as error:
        raise RequestRefused.bad_json(f"the body is not UTF-8 from byte {error.start + 1} on") from None
    try:
        return parse_json(text)
    except BadEvent as error:
        raise RequestRefused.bad_json(f"the body is {error.message.partition(';')[0]}") from None


def parse_json(text: str) -> object:
    """The value of a JSON text. Raises `BadEvent` for what is none."""
    try:
        return _decode(text)
    except RecursionError:
        return _decode(cut_deeper(text, DEPTH_MAX))


def _decode(text: str) -> object:
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise BadEvent("bad_json", None, f"not JSON: {error.msg} at character {error.pos + 1}") from None
    except ValueError:
        return _LONG_INTS.decode(text)


def _decimal(digits: str) -> Decimal | float:
    try:
        return Decimal(digits)
    except InvalidOperation:
        return math.inf


def _int(digits: str) -> int | float:
    return int(digits) if len(digits) <= _INT_DIGITS_MAX else math.inf


def _no_number(name: str) -> NoReturn:
    raise BadEvent("bad_json", None, f"not JSON: {name} is no number of JSON")


_DECODER: Final = json.JSONDecoder(parse_float=_decimal, parse_constant=_no_number)
_LONG_INTS: Final = json.JSONDecoder(parse_float=_decimal, parse_int=_int, parse_constant=_no_number)


def one_or_many(value: object) -> list[object]:
    """The elements of a body that is a list of them, or one. Raises `RequestRefused` for anything else, and for too
    many.
    """
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list):
        return at_most(value, ELEMENTS_MAX, "elements")
    raise RequestRefused.bad_json("the body is neither an object nor a list of objects")


def one_object(value: object) -> list[object]:
    """The one element of a body that is an object. Raises `RequestRefused` for anything else."""
    if isinstance(value, dict):
        return [value]
    raise RequestRefused.bad_json("the body is no JSON object")


def at_most(values: list[object], most: int, what: str) -> list[object]:
    """A list that is not too long. Raises `RequestRefused`."""
    if len(values) > most:
        raise RequestRefused.too_many(len(values), most, what)
    return values
