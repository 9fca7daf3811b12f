"""Days as texts: YYYY-MM-DD."""

from __future__ import annotations

from typing import Final

import numpy as np

from kernels.compiling import inner
from kernels.layout import Bytes
from state.times import EPOCH_ORDINAL

DAY_BYTES: Final = 10
DAYS_MOST: Final = 2_932_896
"""Days from 1970-01-01 to the last that has four figures for its year."""
_EPOCH_DAY: Final = 719_468
"""Days from 0000-03-01 to 1970-01-01."""
_YEARS_DAYS: Final = 146_097
"""Days of 400 years."""
_YEAR_PARTS: Final = 2_939_745
"""2 ** 32 of them are 1,461 days, four years, in quarters of a day: to multiply costs less than to divide."""
_MONTH_PARTS: Final = 2_141
"""2 ** 16 of them are a month, beginning with March, in days."""
_MARCH_PARTS: Final = 197_913
_TO_JANUARY_DAYS: Final = 306
"""From March on."""
_DIGITS: Final = np.array([list(f"{number:02d}".encode()) for number in range(100)], np.uint8).ravel()
"""The figures of all numbers below 100."""


@inner
def day_number(ordinal: int) -> int:
    """How many days an ordinal is behind 1970-01-01."""
    return ordinal - EPOCH_ORDINAL


@inner
def put_two_digits(number: int, out: Bytes, to: int) -> None:
    """Write a number below 100."""
    figures = np.uint64(2 * number)
    out[np.uint64(to)] = _DIGITS[figures]
    out[np.uint64(to + 1)] = _DIGITS[figures + np.uint64(1)]


@inner
def put_day(day: int, out: Bytes, to: int) -> int:
    """Write a day, so many days behind 1970-01-01. Returns where the next byte goes.

    Years begin in March, so that a leap day is the last of its year.
    """
    quarters = 4 * (day + _EPOCH_DAY) + 3
    century = quarters // _YEARS_DAYS
    of_century = (quarters - century * _YEARS_DAYS) | 3
    parts = of_century * _YEAR_PARTS
    of_year = (parts & 0xFFFFFFFF) // _YEAR_PARTS // 4
    months = of_year * _MONTH_PARTS + _MARCH_PARTS
    month, of_month = months >> 16, (months & 0xFFFF) // _MONTH_PARTS + 1
    year = 100 * century + (parts >> 32)
    if of_year >= _TO_JANUARY_DAYS:
        month -= 12
        year += 1
    put_two_digits(year // 100, out, to)
    put_two_digits(year % 100, out, to + 2)
    out[to + 4] = out[to + 7] = ord("-")
    put_two_digits(month, out, to + 5)
    put_two_digits(of_month, out, to + 8)
    return to + DAY_BYTES
