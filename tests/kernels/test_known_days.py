"""An hour that is found by a division is the hour that the clock shows."""

from __future__ import annotations

from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from kernels.known_days import KnownDays
from state.times import DAY_MS, HOUR_MS, DayHour, hour_reader
from tests.state.shop import at

ZONES: Final = ("UTC", "Europe/Kyiv", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe")
INSTANTS: Final = st.integers(at("2025-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"))


@given(zone=st.sampled_from(ZONES), instants=st.lists(INSTANTS, min_size=1, max_size=20))
def test_days_are_ascending_and_their_hours_as_long_as_hours_are(zone: str, instants: list[int]) -> None:
    days, hours = KnownDays(zone), hour_reader(zone)
    for ms in instants:
        days.add(ms)
    pairs = days.numbers.reshape(-1, 2).tolist()
    assert pairs == sorted(pairs)
    for begin, ordinal in pairs:
        for hour in range(24):
            first, last = begin + hour * HOUR_MS, begin + (hour + 1) * HOUR_MS - 1
            assert hours.day_hour(first) == hours.day_hour(last) == DayHour(ordinal, hour)


def test_a_day_on_which_the_clock_is_changed_is_none_of_them() -> None:
    days, noon = KnownDays("Europe/Kyiv"), at("03-29 12:00")
    days.add(noon)
    assert not len(days.numbers)
    days.add(noon - DAY_MS)
    days.add(noon + DAY_MS)
    assert len(days.numbers) == 4
