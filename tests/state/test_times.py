"""Instants in milliseconds, cut off and never rounded; and the day of a time zone that an instant belongs to."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from state.times import (
    DAY_MS,
    TIME_MAX,
    TIME_MIN,
    DayReader,
    WrongTime,
    day_of,
    day_reader,
    day_text,
    format_time,
    hour_reader,
    parse_time,
)
from tests.reference.values import Refused, moment_ms, moment_text

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = (
    "UTC",
    "Europe/Kyiv",
    "America/New_York",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Pacific/Apia",
    "Asia/Beirut",
    "Africa/Monrovia",
    "America/Scoresbysund",
)

instants = st.one_of(st.integers(TIME_MIN, TIME_MAX), st.integers(-DAY_MS, DAY_MS), st.integers(0, 2**41))
offsets = st.one_of(st.just(0), st.integers(-23 * 60 - 59, 23 * 60 + 59))
finer = st.text("0123456789", max_size=12)


def written(ms: int, offset_minutes: int, finer_digits: str = "") -> str:
    zone = timezone(timedelta(minutes=offset_minutes))
    text = (EPOCH + timedelta(milliseconds=ms)).astimezone(zone).isoformat(timespec="milliseconds")
    return text[:23] + finer_digits + text[23:]


@settings(deadline=None)
@given(ms=instants, offset=offsets, digits=finer)
def test_an_instant_is_the_same_in_every_offset_and_finer_digits_are_cut_off(ms: int, offset: int, digits: str) -> None:
    assert parse_time(written(ms, offset, digits)) == ms
    assert parse_time(written(ms, offset, digits).replace("T", "t").replace("+00:00", "z")) == ms


@settings(deadline=None)
@given(ms=instants)
@example(-1)
@example(-1_000)
@example(4_000_000_000_000)
@example(4_000_000_000_001)
@example(-4_000_000_000_001)
def test_what_is_written_is_read_as_it_was(ms: int) -> None:
    text = format_time(ms)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text)
    assert parse_time(text) == ms
    assert datetime.fromisoformat(text) == EPOCH + timedelta(milliseconds=ms)


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.9999999Z", 999),
        ("1969-12-31T23:59:59.9999Z", -1),
        ("1970-01-01T02:00:00+02:00", 0),
        ("1969-12-31T19:00:00-05:00", 0),
        ("1970-01-01t00:00:01.5z", 1_500),
        ("1970-01-01T00:00:00-00:00", 0),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000),
        ("2016-12-31T23:59:60.750Z", 1_483_228_800_000),
        ("2017-01-01T02:59:60+03:00", 1_483_228_800_000),
    ],
)
def test_a_time_with_an_offset_is_read(text: str, ms: int) -> None:
    assert parse_time(text) == ms


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-03-01T10:00:00", "'2026-03-01T10:00:00' has no offset (write Z or +02:00 behind it)"),
        ("2026-03-01T10:00:00.123", "'2026-03-01T10:00:00.123' has no offset (write Z or +02:00 behind it)"),
        ("yesterday", "'yesterday' is not an RFC 3339 time"),
        ("2026-03-01", "'2026-03-01' is not an RFC 3339 time"),
        ("2026-03-01T10:00:00+0200", "'2026-03-01T10:00:00+0200' is not an RFC 3339 time"),
        ("2026-02-30T10:00:00Z", "'2026-02-30T10:00:00Z' is not a time that exists"),
        ("2026-03-01T24:00:00Z", "'2026-03-01T24:00:00Z' is not a time that exists"),
        ("2026-03-01T10:60:00.000Z", "'2026-03-01T10:60:00.000Z' is not a time that exists"),
        ("2026-03-01T10:00:61Z", "'2026-03-01T10:00:61Z' is not a time that exists"),
        ("2026-03-01T10:00:00+24:00", "'2026-03-01T10:00:00+24:00' is not a time that exists"),
        ("2026-03-01T10:00:00+02:60", "'2026-03-01T10:00:00+02:60' is not an RFC 3339 time"),
        ("2026-03-01T10:00:60-00:99", "'2026-03-01T10:00:60-00:99' is not an RFC 3339 time"),
        ("0000-01-01T00:00:00Z", "'0000-01-01T00:00:00Z' is not a time that exists"),
        ("0001-01-01T00:00:00Z", "'0001-01-01T00:00:00Z' is outside of what can be read, 0001-01-03 to 9999-12-29"),
    ],
)
def test_a_person_reads_what_is_wrong_with_a_time(text: str, words: str) -> None:
    with pytest.raises(WrongTime) as wrong:
        parse_time(text)
    assert str(wrong.value) == words


@settings(deadline=None)
@given(
    text=st.text("0129-:.,TtZzW+ ٢", max_size=30),
    ms=st.integers(0, 2**41),
    end=st.sampled_from(["Z", "+00:00", ".123Z", ".123+00:00"]),
    start=st.integers(0, 29),
    cut=st.integers(0, 3),
)
@example("", 0, ".000Z", 24, 0)
def test_a_garbled_time_is_read_as_rfc_3339_has_it_or_refused(
    text: str, ms: int, end: str, start: int, cut: int
) -> None:
    """The quick ways in must let nothing through that RFC 3339 has not."""
    whole = format_time(ms)[:19] + end
    garbled = whole[:start] + text[:cut] + whole[start + cut :]
    for candidate in (garbled, text):
        if ":60" in candidate:
            continue
        try:
            meant: int | None = moment_ms(candidate)
        except Refused:
            meant = None
        if meant is None:
            with pytest.raises(WrongTime):
                parse_time(candidate)
        else:
            assert parse_time(candidate) == meant


@settings(deadline=None)
@given(ms=st.integers(0, 2**41), sign=st.sampled_from("+-"), hours=st.integers(0, 30), minutes=st.integers(0, 99))
@example(0, "+", 2, 60)
def test_an_offset_is_one_that_a_clock_can_show_or_refused(ms: int, sign: str, hours: int, minutes: int) -> None:
    text = f"{format_time(ms)[:-1]}{sign}{hours:02d}:{minutes:02d}"
    if hours > 23 or minutes > 59:
        with pytest.raises(WrongTime):
            parse_time(text)
    else:
        assert parse_time(text) == moment_ms(text)


@settings(deadline=None)
@given(ms=st.integers(TIME_MIN, TIME_MAX), zone=st.sampled_from(ZONES))
def test_a_day_is_that_of_the_zones_calendar(ms: int, zone: str) -> None:
    local = (EPOCH + timedelta(milliseconds=ms)).astimezone(ZoneInfo(zone))
    assert day_of(ms, zone) == local.date().toordinal()
    assert hour_reader(zone).day_hour(ms) == (local.toordinal(), local.hour)


@pytest.mark.parametrize(
    ("text", "zone", "day"),
    [
        ("2026-03-01T21:59:59.999Z", "Europe/Kyiv", "2026-03-01"),
        ("2026-03-01T22:00:00Z", "Europe/Kyiv", "2026-03-02"),
        ("2026-07-01T20:59:59.999Z", "Europe/Kyiv", "2026-07-01"),
        ("2026-07-01T21:00:00Z", "Europe/Kyiv", "2026-07-02"),
        ("2026-03-28T21:59:59.999Z", "Asia/Beirut", "2026-03-28"),
        ("2026-03-28T22:00:00Z", "Asia/Beirut", "2026-03-29"),
        ("2011-12-30T09:59:59.999Z", "Pacific/Apia", "2011-12-29"),
        ("2011-12-30T10:00:00Z", "Pacific/Apia", "2011-12-31"),
        ("1969-12-31T23:59:59.999Z", "UTC", "1969-12-31"),
    ],
)
def test_a_day_begins_at_the_zones_midnight(text: str, zone: str, day: str) -> None:
    assert day_text(day_of(moment_ms(text), zone)) == day


@settings(deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    midnight=st.dates(date(1900, 1, 1), date(2040, 1, 1)),
    around=st.lists(st.integers(-90_000, 90_000), min_size=2, max_size=6),
)
@example("Africa/Monrovia", date(1972, 1, 3), [10_000, -20_000])
@example("Africa/Monrovia", date(1972, 1, 3), [-20_000, 10_000])
def test_a_day_does_not_depend_on_what_was_asked_before(zone: str, midnight: date, around: list[int]) -> None:
    local = datetime(midnight.year, midnight.month, midnight.day, tzinfo=ZoneInfo(zone))
    start = (local.astimezone(UTC) - EPOCH) // timedelta(milliseconds=1)
    reader = DayReader(zone)
    asked = [reader.day(start + offset) for offset in around]
    assert asked == [DayReader(zone).day(start + offset) for offset in around]
    kept = {minute: DayReader(zone).day(minute * 60_000) for minute in reader.by_minute}
    assert reader.by_minute == kept


def test_there_is_one_reader_for_a_zone() -> None:
    assert day_reader("Europe/Kyiv") is day_reader("Europe/Kyiv")
    assert hour_reader("Europe/Kyiv") is hour_reader("Europe/Kyiv")


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-03-29T00:59:59.999Z", 2),
        ("2026-03-29T01:00:00Z", 4),
        ("2026-10-25T00:30:00Z", 3),
        ("2026-10-25T01:30:00Z", 3),
        ("2026-10-25T02:00:00Z", 4),
        ("2026-01-01T21:59:00Z", 23),
        ("2026-01-01T22:00:00Z", 0),
    ],
)
def test_an_hour_is_what_the_zones_clock_shows_so_that_one_it_repeats_is_one(text: str, hour: int) -> None:
    assert hour_reader("Europe/Kyiv").day_hour(moment_ms(text)).hour == hour


@settings(deadline=None)
@given(ms=st.integers(0, 2**41))
def test_times_are_written_as_the_reference_writes_them(ms: int) -> None:
    assert format_time(ms) == moment_text(ms)


def day_start(text: str) -> int:
    return parse_time(f"{text}T00:00:00Z")


@given(
    ms=st.integers(TIME_MIN, TIME_MAX) | st.integers(day_start("2026-01-01"), day_start("2027-01-01")),
    zone=st.sampled_from(["UTC", "Europe/Kyiv", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia"]),
    data=st.data(),
)
def test_a_span_is_of_one_day_and_ends_where_that_ends(ms: int, zone: str, data: st.DataObject) -> None:
    reader = DayReader(zone)
    span = reader.span(ms)
    assert span.begin <= ms < span.end
    inside = data.draw(st.integers(span.begin, span.end - 1) | st.sampled_from([span.begin, span.end - 1]))
    assert reader.day(inside) == span.day
    if span.end - span.begin > 1:
        assert {reader.day(span.begin - 1), reader.day(span.end)} == {span.day - 1, span.day + 1}


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_on_a_day_on_which_clocks_are_changed_a_span_is_an_instant(day: str) -> None:
    noon = day_start(day) + DAY_MS // 2
    assert DayReader("Europe/Kyiv").span(noon)[1:] == (noon, noon + 1)
