"""Instants as integer milliseconds since 1970-01-01T00:00Z, and days as proleptic Gregorian ordinals."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

SECOND_MS: Final = 1_000
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000

EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# An offset's minutes are looked at here: `fromisoformat` reads +02:60 as +03:00.
_RFC3339: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:(?P<second>\d\d)(?:\.\d+)?(?:[Zz]|[+-]\d\d:[0-5]\d)", re.ASCII
)
_CACHED_MOST: Final = 200_000
_WHOLE_MINUTES_FROM_MS: Final = 94_694_400_000
"""1973: every zone's offset is in whole minutes since."""
_fromisoformat: Final = datetime.fromisoformat
_SECONDS: Final = [f"{second:02d}" for second in range(60)]
_MILLIS: Final = [f".{ms:03d}Z" for ms in range(1_000)]
_SECOND_MS: Final = {text: second * SECOND_MS for second, text in enumerate(_SECONDS)}
_BEHIND_SECOND_MS: Final = {
    **{text: ms for ms, text in enumerate(_MILLIS)},
    **{f".{ms:03d}+00:00": ms for ms in range(1_000)},
    "Z": 0,
    "+00:00": 0,
}
"""What stands behind the second of a time in UTC → ms."""
_minute_ms: Final[dict[str, int]] = {}
"""Minutes that were read lately, "2026-01-01T00:00:" → ms: events of one minute come together."""


class WrongTime(ValueError):
    """A text that is no RFC 3339 time with an offset; the message says why in a person's words."""


def parse_time(text: str) -> int:
    """RFC 3339 with an offset → ms since the epoch; digits finer than a millisecond are cut off (contract §8).

    A leap second (:60) is read as the first instant of the next minute. Raises `WrongTime`.
    """
    try:
        return _minute_ms[text[:17]] + _SECOND_MS[text[17:19]] + _BEHIND_SECOND_MS[text[19:]]
    except KeyError:
        return _parse_anew(text)


def _parse_anew(text: str) -> int:
    """A time of a minute that was not read lately, or in another form."""
    # `fromisoformat` takes more forms than RFC 3339 has; with these letters in these places it takes only this one.
    usual = text[7:17:3] == "-T::" and text[19:] in _BEHIND_SECOND_MS
    if not usual and not _RFC3339.fullmatch(text):
        raise WrongTime(_complaint(text))
    try:
        moment = _fromisoformat(text)
    except ValueError:
        return _parse_rare(text)
    ms = _far_ms(moment, text)
    if usual:
        if len(_minute_ms) >= _CACHED_MOST:
            _minute_ms.clear()
        _minute_ms[text[:17]] = ms // MINUTE_MS * MINUTE_MS
    return ms


def _parse_rare(text: str) -> int:
    """Lower-case letters, leap seconds, and times that do not exist."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise WrongTime(_complaint(text))
    try:
        if match["second"] == "60":
            whole = text[:17] + "59" + text[match.end("second") :].lstrip(".0123456789")
            return _far_ms(_fromisoformat(whole.upper()), text) + SECOND_MS
        return _far_ms(_fromisoformat(text.upper()), text)
    except (ValueError, OverflowError):
        raise WrongTime(f"{text[:40]!r} is not a time that exists") from None


def _complaint(text: str) -> str:
    if re.fullmatch(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?", text, re.ASCII):
        return f"{text[:40]!r} has no offset (write Z or +02:00 behind it)"
    return f"{text[:40]!r} is not an RFC 3339 time"


def _whole_ms(moment: datetime) -> int:
    since = moment - _EPOCH
    return since.days * DAY_MS + since.seconds * SECOND_MS + since.microseconds // 1_000


def _far_ms(moment: datetime, text: str) -> int:
    """Far from now, and within two days of the calendar's ends a day in another time zone may not exist."""
    ms = _whole_ms(moment)
    if not TIME_MIN <= ms <= TIME_MAX:
        bounds = " to ".join(format_time(bound)[:10] for bound in (TIME_MIN, TIME_MAX))
        raise WrongTime(f"{text[:40]!r} is outside of what can be read, {bounds}")
    return ms


TIME_MIN: Final = _whole_ms(datetime(1, 1, 3, tzinfo=UTC))
TIME_MAX: Final = _whole_ms(datetime(9999, 12, 29, tzinfo=UTC))


def format_time(ms: int) -> str:
    """RFC 3339 in UTC with milliseconds: "2026-01-01T00:00:00.123Z"."""
    minute, rest = divmod(ms, MINUTE_MS)
    return _minute_text(minute) + _SECONDS[rest // SECOND_MS] + _MILLIS[rest % SECOND_MS]


@lru_cache(maxsize=65_536)
def _minute_text(minute: int) -> str:
    return (_EPOCH + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:").rjust(17, "0")


@lru_cache(maxsize=4_096)
def day_text(ordinal: int) -> str:
    """A day's ordinal as YYYY-MM-DD."""
    return date.fromordinal(ordinal).isoformat()


def day_of_text(text: str) -> int:
    """The ordinal of a day written as YYYY-MM-DD. Raises `ValueError`."""
    return date.fromisoformat(text).toordinal()


@lru_cache(maxsize=1_024)
def zone(name: str) -> ZoneInfo:
    """The IANA time zone of that name. Raises what `ZoneInfo` raises."""
    return ZoneInfo(name)


class DayHour(NamedTuple):
    """An hour of a day by the clock of a time zone; one that the clock repeats is one."""

    day: int
    """An ordinal."""
    hour: int
    """0 to 23."""


_HOURS_OF_DAY: Final = 24


class _ClockReader:
    """What the clock of a time zone says of an instant; answers are kept by the minute."""

    __slots__ = ("_read", "_zone", "by_minute", "name")

    def __init__(self, name: str, read: Callable[[datetime], int]) -> None:
        self.name = name
        self._zone = zone(name)
        self._read = read
        self.by_minute: dict[int, int] = {}
        """The answers that are kept: minute since the epoch → answer. For loops that cannot afford a call."""

    def _at(self, ms: int) -> int:
        minute = ms // MINUTE_MS
        try:
            return self.by_minute[minute]
        except KeyError:
            return self._at_new(ms, minute)

    def _at_new(self, ms: int, minute: int) -> int:
        answer = self._read((_EPOCH + timedelta(milliseconds=ms)).astimezone(self._zone))
        # Until then some offsets had odd seconds, so that an hour could begin inside a minute.
        if ms >= _WHOLE_MINUTES_FROM_MS:
            if len(self.by_minute) > _CACHED_MOST:
                self.by_minute.clear()
            self.by_minute[minute] = answer
        return answer


class Span(NamedTuple):
    """A day, or a part of it."""

    day: int
    """An ordinal."""
    begin: int
    """ms"""
    end: int
    """ms: the first that is not in it."""


NO_SPAN: Final = Span(0, 0, 0)


class DayReader(_ClockReader):
    """Which day of a time zone an instant belongs to (contract §3), as an ordinal."""

    __slots__ = ()

    def __init__(self, name: str) -> None:
        super().__init__(name, datetime.toordinal)

    def span(self, ms: int) -> Span:
        """The day that holds the instant `ms`, from its beginning to its end; only that instant where the clock is
        changed on the day."""
        moment = _EPOCH + timedelta(milliseconds=ms)
        offset = moment.astimezone(self._zone).utcoffset()
        assert offset is not None
        begin = ms - (ms + _whole_ms(_EPOCH + offset)) % DAY_MS
        hours = (_EPOCH + timedelta(milliseconds=begin + hour * HOUR_MS) for hour in range(_HOURS_OF_DAY + 1))
        if any(hour.astimezone(self._zone).utcoffset() != offset for hour in hours):
            return Span(self.day(ms), ms, ms + 1)
        return Span(self.day(ms), begin, begin + DAY_MS)

    def day(self, ms: int) -> int:
        """The ordinal of the day that holds the instant `ms`."""
        return self._at(ms)


class HourReader(_ClockReader):
    """Which day and hour of it an instant belongs to by the clock of a time zone (contract §3)."""

    __slots__ = ()

    def __init__(self, name: str) -> None:
        super().__init__(name, lambda moment: moment.toordinal() * _HOURS_OF_DAY + moment.hour)

    def day_hour(self, ms: int) -> DayHour:
        """The day, and the hour of it, that hold the instant `ms`."""
        return DayHour(*divmod(self._at(ms), _HOURS_OF_DAY))


@lru_cache(maxsize=1_024)
def day_reader(name: str) -> DayReader:
    """The one `DayReader` of a time zone."""
    return DayReader(name)


@lru_cache(maxsize=1_024)
def hour_reader(name: str) -> HourReader:
    """The one `HourReader` of a time zone."""
    return HourReader(name)


def day_of(ms: int, zone_name: str) -> int:
    """The ordinal of the day of `zone_name` that holds the instant `ms`."""
    return day_reader(zone_name).day(ms)
