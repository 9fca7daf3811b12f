"""Times as other systems write them (intake.md §3)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import ROUND_DOWN, Decimal
from typing import Final

from state import times
from state.bad_events import BadEvent, shown_json

_FORM: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:([Zz])|([+-])(\d\d)(?::?(\d\d))?)?", re.ASCII
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = Decimal("0.001")
_EXAMPLE: Final = "2026-03-01T10:00:00Z"
_WHOLE_SECONDS: Final = re.compile(r"\d{1,11}", re.ASCII)


def text_time(value: object, field: str, zone: str | None) -> int:
    """ms of a time as text. Without an offset it is in `zone`; None: it needs one. Raises `BadEvent`."""
    if not isinstance(value, str):
        raise BadEvent("bad_time", field, f"no text; send a time such as {_EXAMPLE}")
    text = value.strip()
    try:
        return times.parse_time(text)
    except times.WrongTime:
        return _other_form(text, field, zone)


def _other_form(text: str, field: str, zone: str | None) -> int:
    match = _FORM.fullmatch(text)
    if match is None:
        raise _bad(text, field)
    offset = _offset(match, field)
    if offset is None and zone is None:
        raise BadEvent("bad_time", field, f"{shown_json(text)} has no offset; send one such as {_EXAMPLE}")
    year, month, day, hour, minute, second = (int(digits or 0) for digits in match.groups()[:6])
    leap = int(second == 60)
    try:
        moment = datetime(
            year, month, day, hour, minute, second - leap, tzinfo=offset if zone is None else offset or times.zone(zone)
        )
        ms = (moment - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        raise _bad(text, field) from None
    ms += times.SECOND_MS if leap else int(((match[7] or "") + "000")[:3])
    if not times.TIME_MIN <= ms <= times.TIME_MAX:
        raise _bad(text, field)
    return ms


def _offset(match: re.Match[str], field: str) -> tzinfo | None:
    """The offset that a time is written with, if any. Raises `BadEvent` for one that does not exist."""
    if match[8]:
        return UTC
    if not match[9]:
        return None
    hours, minutes = int(match[10]), int(match[11] or 0)
    if hours > 23 or minutes > 59:
        raise _bad(match[0], field)
    return timezone((1 if match[9] == "+" else -1) * timedelta(hours=hours, minutes=minutes))


def whole_seconds(value: object, field: str) -> int:
    """ms of whole seconds since 1970, a number or text of 1–11 digits. Raises `BadEvent`."""
    digits = value.strip() if isinstance(value, str) else str(value)
    if isinstance(value, bool) or not isinstance(value, str | int) or not _WHOLE_SECONDS.fullmatch(digits):
        raise BadEvent("bad_time", field, "no whole seconds since 1970; send a number such as 1767225600")
    return _within(int(digits) * times.SECOND_MS, field)


def decimal_seconds(value: object, field: str) -> int:
    """ms of seconds since 1970 as a number with or without a fraction, cut to ms. Raises `BadEvent`."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 <= value < 10**11:
        raise BadEvent("bad_time", field, "no seconds since 1970; send a number such as 1767225600.123")
    return _within(int(Decimal(value).quantize(_MS, ROUND_DOWN).scaleb(3)), field)


def _within(ms: int, field: str) -> int:
    if ms > times.TIME_MAX:
        raise BadEvent("bad_time", field, f"after {times.format_time(times.TIME_MAX)[:10]}")
    return ms


def _bad(text: str, field: str) -> BadEvent:
    return BadEvent("bad_time", field, f"{shown_json(text)} is not a time; send one such as {_EXAMPLE}")
