"""Texts, ids, addresses and tags as other systems write them (intake.md §3)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import phonenumbers

from state.bad_events import BadEvent
from state.event_json import TEXT_MAX

_PHONES_CACHED: Final = 16_384
_BETWEEN_DIGITS: Final = re.compile(r"[\s().-]+")
_DIGITS_ONLY: Final = re.compile(r"\d{10,15}", re.ASCII)


def trimmed(value: object, field: str) -> str | None:
    """A text, or an integer's digits, without blanks around it; None where nothing is left, or for another type.

    Raises `BadEvent` for half a surrogate pair and for more than 256 characters.
    """
    if value is None:
        return None
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return None
        if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
            raise BadEvent("wrong_type", field, "half of a surrogate pair; send whole characters")
    elif isinstance(value, int) and not isinstance(value, bool):
        text = str(value)
    else:
        return None
    return at_most_text(text, field)


def at_most_text(text: str, field: str) -> str:
    """A text that is not longer than ids may be. Raises `BadEvent`."""
    if len(text) > TEXT_MAX:
        raise BadEvent("too_long", field, f"{len(text)} characters; send at most {TEXT_MAX}")
    return text


def email(text: str) -> str:
    """An email in the form in which they compare."""
    return text.strip().lower()


@lru_cache(maxsize=_PHONES_CACHED)
def phone(text: str) -> str | None:
    """A phone with `+` where it can be told that it is international; None where it holds nothing but separators.

    What no `+` belongs to stays as it is and matches nobody (contract §8).
    """
    digits = _BETWEEN_DIGITS.sub("", text)
    if digits.startswith("00"):
        return "+" + digits[2:]
    if not _DIGITS_ONLY.fullmatch(digits):
        return digits or None
    try:
        is_valid = phonenumbers.is_valid_number(phonenumbers.parse("+" + digits, None))
    except phonenumbers.NumberParseException:
        return digits
    return "+" + digits if is_valid else digits


def tags(values: Iterable[tuple[object, str]]) -> list[str]:
    """The tags in some values, each a comma-separated text or a list of tags, with the fields they stand in.

    Each tag once, in the order given; what is no text is left out. Raises `BadEvent` for a tag that is too long.
    """
    found: dict[str, None] = {}
    for value, field in values:
        if isinstance(value, list):
            for part in value:
                found |= _tag(part, field)
        elif isinstance(value, str):
            for part in value.split(","):
                found |= _tag(part, field)
        elif value is not None:
            found |= _tag(value, field)
    return list(found)


def one_or_list(value: object) -> list[object]:
    """A value that may stand alone for a list of one, commas and all."""
    return value if isinstance(value, list) else [value]


def _tag(value: object, field: str) -> dict[str, None]:
    tag = trimmed(value, field)
    return {} if tag is None else {tag: None}
