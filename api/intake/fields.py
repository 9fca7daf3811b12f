"""The fields of one element, read by their paths, each as what the contract asks for (intake.md §3)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final

from api.intake import foreign_text, foreign_times
from state import money
from state.bad_events import BadEvent, shown
from state.event_json import AHEAD_MS_MAX

_PATHS_CACHED: Final = 1_024


class Fields:
    """One element. Paths name members of members ("customer.id"), but for names that hold a point themselves.

    A value that is null or blank is not given; so is a text "null" where `null_text` says so.
    """

    __slots__ = ("_now_ms", "_null_text", "members")

    def __init__(self, members: Mapping[str, object], now_ms: int, *, null_text: bool = False) -> None:
        """`now_ms`: the wall clock, which no time may be far ahead of."""
        self.members = members
        self._now_ms = now_ms
        self._null_text = null_text

    def value(self, path: str) -> object | None:
        """What stands there; None where nothing is given."""
        if "." in path:
            value: object | None = self.members
            for name in _names(path):
                value = value.get(name) if isinstance(value, dict) else None
        else:
            value = self.members.get(path)
        if isinstance(value, str) and (not value or value.isspace() or (self._null_text and value.strip() == "null")):
            return None
        return value

    def given(self, *paths: str) -> str | None:
        """The first of the paths where anything is given."""
        return next((path for path in paths if self.value(path) is not None), None)

    def objects(self, path: str) -> list[Mapping[str, object]]:
        """The objects of a list; what is no object, or no list, is not given."""
        value = self.value(path)
        return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []

    def text(self, *paths: str) -> str | None:
        """The first of the paths that holds a text or an id. Raises `BadEvent` for one that is too long or no text."""
        for path in paths:
            text = foreign_text.trimmed(self.value(path), path)
            if text is not None:
                return text
        return None

    def word(self, path: str) -> str:
        """A text that says what an element is, however long; empty where none is given."""
        value = self.value(path)
        return value.strip() if isinstance(value, str) else ""

    def needed_text(self, *paths: str) -> str:
        """The same; raises `BadEvent`, which names the first path, where none is given."""
        text = self.text(*paths)
        if text is not None:
            return text
        if len(paths) == 1 and self.value(paths[0]) is not None:
            raise BadEvent("wrong_type", paths[0], "neither a text nor an integer; send a text")
        raise missing(paths[0])

    def email(self, *paths: str) -> str | None:
        """The first email among the paths, in small letters."""
        text = self.text(*paths)
        return None if text is None else foreign_text.email(text)

    def phone(self, *paths: str) -> str | None:
        """The first phone among the paths."""
        return next((phone for path in paths if (phone := foreign_text.phone(self.text(path) or ""))), None)

    def time(self, *paths: str, zone: str | None = None) -> int | None:
        """ms of the first time that is given. Raises `BadEvent` for none that can be read, and for one in the future.

        `zone`: of times without an offset; None: they need one.
        """
        path = self.given(*paths)
        return None if path is None else self.not_ahead(foreign_times.text_time(self.value(path), path, zone), path)

    def needed_time(self, *paths: str, zone: str | None = None) -> int:
        """The same; raises `BadEvent` where none is given."""
        time = self.time(*paths, zone=zone)
        if time is None:
            raise missing(paths[0])
        return time

    def not_ahead(self, time: int, path: str) -> int:
        """A time in ms that is not far ahead of the clock. Raises `BadEvent`."""
        if time > self._now_ms + AHEAD_MS_MAX:
            raise BadEvent("in_future", path, "more than a day ahead of the clock; send when it happened")
        return time

    def currency(self, *paths: str, default: str | None = None) -> str:
        """The first currency that is given, else `default`. Raises `BadEvent` for none and for one that is unknown."""
        text = self.text(*paths)
        if text is None:
            return self.needed_text(*paths) if default is None else default
        if text.upper() not in money.DIGITS:
            raise BadEvent("unknown_currency", paths[0], f"{shown(text)} is not an ISO 4217 code; send one such as EUR")
        return text.upper()

    def amount(self, path: str, currency: str) -> int | None:
        """Minor units of an amount; None where none is given. Raises `BadEvent`."""
        value = self.value(path)
        return None if value is None else amount_of(value, path, currency)

    def needed_amount(self, path: str, currency: str) -> int:
        """The same; raises `BadEvent` where none is given."""
        amount = self.amount(path, currency)
        if amount is None:
            raise missing(path)
        return amount


def amount_of(value: object, field: str, currency: str, *, unsigned: bool = False) -> int:
    """Minor units of an amount, a number or a text. Raises `BadEvent`.

    `unsigned`: a minus before it is not looked at.
    """
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    if not is_number and not isinstance(value, str):
        raise BadEvent("bad_amount", field, 'no amount; send a decimal text such as "12.50"')
    try:
        text = str(value).strip()
        return money.round_amount(text.removeprefix("-") if unsigned else text, currency, number=is_number)
    except money.WrongAmount as error:
        raise BadEvent("bad_amount", field, f'{error}; send a decimal text such as "12.50"') from None


def missing(field: str) -> BadEvent:
    """What is needed and not given."""
    return BadEvent("missing", field, "not given; it is needed")


@lru_cache(maxsize=_PATHS_CACHED)
def _names(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))
