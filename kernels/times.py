"""Times as touches have them."""

from __future__ import annotations

from typing import Final

from kernels.compiling import inner
from kernels.layout import Bytes
from state.times import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS

NO_TIME: Final = -1
"""What `parse_time` gives for a text that Python has to look at."""
_YEAR_MIN: Final = 1970
_EPOCH_DAY: Final = 719_468
"""Days from 0000-03-01 to 1970-01-01."""
_YEARS_DAYS: Final = 146_097
"""Days of 400 years."""


@inner
def parse_time(text: Bytes, at: int, length: int) -> int:
    """Of the `length` bytes at `at`, an RFC 3339 time from 1970 on: ms since the epoch, as `state.times.parse_time` has
    them. `NO_TIME` for all that is none, and for small letters and leap seconds, which are rare.
    """
    if length < 20:
        return NO_TIME
    month, day = _two_digits(text, at + 5), _two_digits(text, at + 8)
    hour, minute, second = _two_digits(text, at + 11), _two_digits(text, at + 14), _two_digits(text, at + 17)
    century, year = _two_digits(text, at), _two_digits(text, at + 2)
    if (century | year | month | day | hour | minute | second) < 0:
        return NO_TIME
    if text[at + 4] != ord("-") or text[at + 7] != ord("-") or text[at + 10] != ord("T"):
        return NO_TIME
    if text[at + 13] != ord(":") or text[at + 16] != ord(":"):
        return NO_TIME
    year += 100 * century
    if year < _YEAR_MIN or not 1 <= month <= 12 or not 1 <= day <= _days_of_month(year, month):
        return NO_TIME
    if hour > 23 or minute > 59 or second > 59:
        return NO_TIME
    ms = _days_before(year, month, day) * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS
    return _with_fraction_and_offset(text, at + 19, at + length, ms)


@inner
def _with_fraction_and_offset(text: Bytes, i: int, end: int, ms: int) -> int:
    """What stands behind the seconds: a fraction, of which a millisecond is kept, and `Z` or how far the clock is."""
    if text[i] == ord("."):
        i += 1
        digits, unit = i, 100
        while i < end and ord("0") <= text[i] <= ord("9"):
            ms += unit * (text[i] - ord("0"))
            unit //= 10
            i += 1
        if i == digits:
            return NO_TIME
    if i == end - 1 and text[i] == ord("Z"):
        return ms
    if i != end - 6 or text[i + 3] != ord(":"):
        return NO_TIME
    hours, minutes = _two_digits(text, i + 1), _two_digits(text, i + 4)
    if not 0 <= hours <= 23 or not 0 <= minutes <= 59:
        return NO_TIME
    ahead = hours * HOUR_MS + minutes * MINUTE_MS
    if text[i] == ord("+"):
        return ms - ahead
    return ms + ahead if text[i] == ord("-") else NO_TIME


@inner
def _two_digits(text: Bytes, at: int) -> int:
    """The number that two digits are; -1 where they are none."""
    tens, ones = text[at] - ord("0"), text[at + 1] - ord("0")
    return tens * 10 + ones if 0 <= tens <= 9 and 0 <= ones <= 9 else -1


@inner
def _days_of_month(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


@inner
def _days_before(year: int, month: int, day: int) -> int:
    """Days from the epoch to a date of the Gregorian calendar; years begin in March, so that a leap day is last."""
    if month <= 2:
        year -= 1
    cycle = year // 400
    year -= cycle * 400
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return cycle * _YEARS_DAYS + year * 365 + year // 4 - year // 100 + of_year - _EPOCH_DAY
