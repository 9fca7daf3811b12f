"""Days as texts: YYYY-MM-DD."""

from __future__ import annotations

from typing import Final

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


@inner
def day_number(ordinal: int) -> int:
    """How many days an ordinal is behind 1970-01-01."""
    return ordinal - EPOCH_ORDINAL


@inner
def put_two_digits(number: int, out: Bytes, to: int) -> None:
    """Write a number below 100."""
    out[to] = ord("0") + number // 10
    out[to + 1] = ord("0") + number % 10


@inner
def put_day(day: int, out: Bytes, to: int) -> int:
    """Write a day, so many days behind 1970-01-01. Returns where the next byte goes.

    Years begin in March, so that a leap day is the last of its year.
    """
    since = day + _EPOCH_DAY
    cycle = since // _YEARS_DAYS
    of_cycle = since % _YEARS_DAYS
    year = (of_cycle - of_cycle // 1_460 + of_cycle // 36_524 - of_cycle // 146_096) // 365
    of_year = of_cycle - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    of_month = of_year - (153 * month + 2) // 5 + 1
    year += cycle * 400
    if month < 10:
        month += 3
    else:
        month -= 9
        year += 1
    put_two_digits(year // 100, out, to)
    put_two_digits(year % 100, out, to + 2)
    out[to + 4] = out[to + 7] = ord("-")
    put_two_digits(month, out, to + 5)
    put_two_digits(of_month, out, to + 8)
    return to + DAY_BYTES
