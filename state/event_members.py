"""A line that the fast decoder refuses, read member by member: an unusual event, or the reason why it is none.

The fast decoder is strict where the contract is not, and its complaints are a machine's. This takes every line, and is
what every refusal is worded by.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any, Final

import msgspec

from state import settings, times
from state.bad_events import BadEvent, shown, shown_json
from state.event_lines import CampaignLine, ContactLine, EraseLine, EventLine, OrderLine, SettingsLine
from state.events import STATUSES, Touch
from state.json_members import members, nests_deeper

_LINES: Final[dict[str, type[EventLine]]] = {
    "touch": Touch,
    "order": OrderLine,
    "contact": ContactLine,
    "campaign": CampaignLine,
    "settings": SettingsLine,
    "erase": EraseLine,
}
TYPES: Final = ", ".join(_LINES)
_NEEDED: Final = {line: len(line.__struct_fields__) - len(line.__struct_defaults__) for line in _LINES.values()}
"""How many fields an event has to have; they stand before the others."""

_DEPTH_MAX: Final = 16
"""Nothing that is read nests so deep, but for `items`."""
_SECONDS_MAX: Final = 100_000_000_000
"""A greater number is a time in milliseconds."""
_INT_DIGITS_MAX: Final = 4_300
_HALF: Final = re.compile(r"\\u[dD][89a-fA-F]")
EXAMPLE_TIME: Final = "2026-03-01T10:00:00Z"


def read_members(text: str) -> EventLine:
    """The fields of a line. Raises `BadEvent` for what is no JSON object, and for fields missing or of a wrong type."""
    found = members(text)
    line = _line_type(found)
    values: dict[str, Any] = {}
    for index, field in enumerate(line.__struct_fields__):
        raw = found.get(field)
        if _is_not_looked_at(line, field, found):
            continue
        if raw is not None and raw != "null":
            values[field] = raw_value(raw) if _is_raw(line, field, raw) else _READERS.get(field, _text)(field, raw)
        elif index < _NEEDED[line]:
            raise missing(field, raw)
    return line(**values)


def _is_not_looked_at(line: type[EventLine], field: str, found: dict[str, str]) -> bool:
    """Whether a value does not matter, whatever it is: the currency of nothing in a partial event (contract §9)."""
    if line is not OrderLine or field != "currency" or found.get("partial") != "true":
        return False
    return all(found.get(money, "null") == "null" for money in ("amount", "refunded"))


def raw_value(text: str) -> msgspec.Raw:
    """JSON to be read later."""
    return msgspec.Raw(text.encode())


def missing(field: str, raw: str | None) -> BadEvent:
    """A needed field that is not there, null (`raw`: its JSON), or a text in which nothing stands."""
    what = {None: "missing", "null": "null", '""': "empty"}.get(raw, "blank")
    return BadEvent("missing", field, f"{what}; {_advice(field)}")


def _advice(field: str) -> str:
    match field:
        case "time" | "ordered_at" | "effective_from":
            return f"send a time such as {EXAMPLE_TIME}"
        case "amount":
            return 'send a decimal text such as "12.50"'
        case "currency":
            return "send an ISO 4217 code such as EUR"
        case "status":
            return f"send one of {', '.join(STATUSES)}"
        case "event":
            return f"send one of {', '.join(settings.EVENTS)}"
        case "channel":
            return "send one such as email"
        case _:
            return "send a text of 1–256 characters"


def plain_value(field: str, raw: str) -> Any:  # noqa: ANN401 - any JSON
    """The value of a field that may be a list or an object. Raises `BadEvent`."""
    if nests_deeper(raw, _DEPTH_MAX):
        raise BadEvent("wrong_type", field, "it is nested too deeply; send plain values")
    _refuse_halves(field, raw)
    return json.loads(raw, parse_int=_int)


def _int(digits: str) -> float:
    """No such field may be a number, so that one of too many digits is as good as any."""
    return int(digits) if len(digits) <= _INT_DIGITS_MAX else math.inf


def _line_type(found: dict[str, str]) -> type[EventLine]:
    raw = found.get("type")
    if raw is None or raw == "null":
        raise BadEvent("missing", "type", f"{'null' if raw else 'missing'}; send one of {TYPES}")
    if raw[0] != '"':
        raise BadEvent("wrong_type", "type", f"{shown_json(raw)} is no text; send one of {TYPES}")
    name = _text("type", raw)
    if name not in _LINES:
        raise BadEvent("not_allowed", "type", f"{shown(name)} is not one of {TYPES}")
    return _LINES[name]


def _is_raw(line: type[EventLine], field: str, raw: str) -> bool:
    """Whether a value is read later, with what it belongs to. Halves of characters are found now, but in `items`."""
    is_setting = line is SettingsLine and field in settings.Settings.__struct_fields__
    if is_setting or field in ("amount", "refunded"):
        _refuse_halves(field, raw)
        return True
    return field == "items"


def _text(field: str, raw: str) -> str:
    if raw[0] != '"':
        raise BadEvent("wrong_type", field, _no_text(raw))
    _refuse_halves(field, raw)
    text: str = json.loads(raw)
    return text


def _no_text(raw: str) -> str:
    if raw[0] == "[":
        return "a list; send one text"
    if raw[0] == "{":
        return "an object; send a text"
    kind = "neither a text nor null" if raw in ("true", "false") else "a number"
    return f'{shown_json(raw)} is {kind}; send it as text: "{shown_json(raw)}"'


def _time(field: str, raw: str) -> str:
    if raw[0] == '"':
        return _text(field, raw)
    raise BadEvent("bad_time", field, _no_time(raw))


def _no_time(raw: str) -> str:
    if not re.fullmatch(r"-?[0-9]{1,16}", raw):
        return f"{shown_json(raw)} is no text; send an RFC 3339 time such as {EXAMPLE_TIME}"
    return f"{raw} is a number; {meant_time(raw)}"


def meant_time(digits: str) -> str:
    """What to send instead of seconds or milliseconds since 1970."""
    number = int(digits)
    ms = number * times.SECOND_MS if abs(number) < _SECONDS_MAX else number
    example = times.format_time(ms) if times.TIME_MIN <= ms <= times.TIME_MAX else EXAMPLE_TIME
    return f'send an RFC 3339 time, such as "{example}" where it counts {"milli" if ms == number else ""}seconds'


def _flag(field: str, raw: str) -> bool:
    if raw not in ("true", "false"):
        raise BadEvent("wrong_type", field, f"{shown_json(raw)} is neither true nor false; send one of them")
    return raw == "true"


def _tags(field: str, raw: str) -> list[str]:
    value = plain_value(field, raw)
    if not isinstance(value, list):
        raise BadEvent("wrong_type", field, f'{shown_json(raw)} is not a list; send one such as ["vip"]')
    for index, tag in enumerate(value):
        if not isinstance(tag, str):
            raise BadEvent("wrong_type", field, f"number {index + 1} of the list is no text; send texts only")
    return value


def _refuse_halves(field: str, raw: str) -> None:
    """Halves of surrogate pairs are JSON, but no text (contract §8)."""
    if not _HALF.search(raw):
        return
    try:
        json.dumps(json.loads(raw, parse_int=str, parse_float=str), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        message = "half of a surrogate pair (\\ud800 … \\udfff) without the other half; send whole characters"
        raise BadEvent("wrong_type", field, message) from None
    except RecursionError:
        raise BadEvent("wrong_type", field, "it is nested too deeply; send plain values") from None


_READERS: Final[dict[str, Callable[[str, str], Any]]] = {
    "time": _time,
    "ordered_at": _time,
    "effective_from": _time,
    "partial": _flag,
    "automated": _flag,
    "tags": _tags,
}
