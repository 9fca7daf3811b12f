"""What must hold of any set of events, and that the strategies make the sets that matter."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from tests.reference.erasure import is_pseudonym, with_own_marks
from tests.reference.event_lines import Fields, amount_of, line_of, time_of
from tests.reference.parsing import Event, Touch, read_event
from tests.reference.reference import View, expected
from tests.reference.strategies import TOUCHES_MAX, Level, deliveries, event_sets, settings_files
from tests.reference.values import DAY_MS, minor_units, moment_ms

NOW_MS = moment_ms("2026-06-01T00:00:00Z")
LEVELS: tuple[Level, ...] = ("stream", "whole", "erase")

steady = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
any_level = st.sampled_from(LEVELS)


@steady
@given(data=st.data(), level=any_level, tables=settings_files())
def test_order_repetition_and_batches_of_arrival_change_nothing(
    data: st.DataObject, level: Level, tables: dict[str, dict[str, Any]]
) -> None:
    events = data.draw(event_sets(level, broken=True))
    batches = data.draw(deliveries(events))
    arrived = [line for batch in batches for line in batch]
    assert set(arrived) == set(events)
    assert expected(arrived, tables, NOW_MS) == expected(events, tables, NOW_MS)


@steady
@given(level=any_level, tables=settings_files(), data=st.data())
def test_channels_and_unattributed_are_together_what_was_delivered(
    level: Level, tables: dict[str, dict[str, Any]], data: st.DataObject
) -> None:
    view = expected(data.draw(event_sets(level)), tables, NOW_MS)
    for key, fields in view.redis.items():
        if re.search(r":day:[^:]*$|:total$", key):
            balance(fields)
    assert_total_is_the_sum_of_days(view)


def balance(fields: dict[str, str]) -> None:
    for delivered, earned in (("orders:DELIVERED:", "purchases:"), ("amount:DELIVERED:", "revenue:")):
        for currency in ("EUR", "USD", "UAH", "JPY", "KWD"):
            in_channels = sum_of(fields, rf"channel:[^:]+:{earned}{currency}")
            unattributed = sum_of(fields, f"unattributed:{earned}{currency}")
            assert in_channels + unattributed == sum_of(fields, delivered + currency)
            assert in_channels == sum_of(fields, earned + currency)


def sum_of(fields: dict[str, str], pattern: str) -> int:
    return sum(int(number) for name, number in fields.items() if re.fullmatch(pattern, name))


def assert_total_is_the_sum_of_days(view: View) -> None:
    sums: dict[str, dict[str, int]] = {}
    for key, fields in view.redis.items():
        account, kind, _ = key.removeprefix("lasttouch:").split(":", 2) if ":day:" in key else ("", "", "")
        if kind == "day":
            for name, number in fields.items():
                into = sums.setdefault(f"lasttouch:{account}:total", {})
                into[name] = into.get(name, 0) + int(number)
    texts = {key: {name: str(number) for name, number in fields.items()} for key, fields in sums.items()}
    assert texts == {key: fields for key, fields in view.redis.items() if key.endswith(":total")}


@steady
@given(events=event_sets("whole"), tables=settings_files())
def test_being_forgotten_at_the_end_leaves_every_sum_and_credit_as_it_was(
    events: list[bytes], tables: dict[str, dict[str, Any]]
) -> None:
    lines = [json.loads(line) for line in events]
    people = {(line["account"], line["contact"]) for line in lines if line.get("contact") is not None}
    erasures = [
        {"type": "erase", "account": account, "contact": contact, "time": "2026-05-01T00:00:00Z"}
        for account, contact in people
    ]
    before = expected(events, tables, NOW_MS)
    after = expected([*events, *(json.dumps(erasure).encode() for erasure in erasures)], tables, NOW_MS)
    assert not any(is_pseudonym(row["contact"]) for row in before.rows.values())
    for key, row in after.rows.items():
        assert row["contact"] is None or is_pseudonym(row["contact"])
        assert (row["reason"] == "contact_unknown") == (before.rows[key]["reason"] == "contact_unknown")
    assert after.redis == before.redis


@steady
@given(events=event_sets("erase"), tables=settings_files())
def test_views_compare_up_to_the_names_of_pseudonyms(events: list[bytes], tables: dict[str, dict[str, Any]]) -> None:
    rows = expected(events, tables, NOW_MS).rows
    hashed = {
        key: {
            name: f"#{hash(value)}" if isinstance(value, str) and is_pseudonym(value) else value
            for name, value in row.items()
        }
        for key, row in rows.items()
    }
    assert with_own_marks(rows, hashed) == rows


def test_pseudonyms_that_hide_too_much_or_nothing_are_noticed() -> None:
    two: dict[tuple[str, str], dict[str, Any]] = {
        ("acme", "o1"): {"contact": "erased\x001 ann"},
        ("acme", "o2"): {"contact": "erased\x001 bob"},
    }
    with pytest.raises(AssertionError):
        with_own_marks(two, {key: {"contact": "#1"} for key in two})
    one = {key: {"contact": "erased\x001 ann"} for key in two}
    with pytest.raises(AssertionError):
        with_own_marks(one, {key: {"contact": f"#{key[1]}"} for key in two})
    with pytest.raises(AssertionError):
        with_own_marks(one, {key: {"contact": "ann"} for key in two})


@steady
@given(level=any_level, data=st.data())
def test_event_sets_are_sound_and_within_the_bounds(level: Level, data: st.DataObject) -> None:
    events = [read_event(line, NOW_MS) for line in data.draw(event_sets(level))]
    assert sum(isinstance(event, Touch) for event in events) <= TOUCHES_MAX
    times = [event.time for event in events]
    assert max(times, default=0) - min(times, default=0) <= 28 * DAY_MS


FIELDS: Fields = {
    "type": "touch",
    "account": "тест",
    "contact": '"\\/\x00',
    "channel": "email",
    "event": "sent",
    "campaign": "😀",
    "message": "\uffee",
    "tags": ["чай"],
}


@steady
@given(ms=st.integers(0, NOW_MS), style=st.integers(0, 2**16), line_style=st.integers(0, 2**16))
def test_one_event_is_read_alike_however_it_is_written(ms: int, style: int, line_style: int) -> None:
    assert moment_ms(time_of(ms, style)) == ms
    assert read_event(line_of({**FIELDS, "time": time_of(ms, style)}, line_style), NOW_MS) == read(ms)


def read(ms: int) -> Event:
    return read_event(json.dumps({**FIELDS, "time": time_of(ms, 0)}).encode(), NOW_MS)


@steady
@given(minor=st.integers(0, 2**63 - 1), currency=st.sampled_from(("EUR", "JPY", "KWD")), style=st.integers(0, 9))
def test_one_amount_is_read_alike_however_it_is_written(minor: int, currency: str, style: int) -> None:
    order = {
        "type": "order",
        "account": "a",
        "order": "o",
        "contact": "c",
        "status": "DELIVERED",
        "amount": amount_of(minor, currency, style),
        "currency": currency,
        "ordered_at": "2026-03-01T00:00:00Z",
        "time": "2026-03-01T00:00:00Z",
    }
    event = read_event(line_of(order, 0), NOW_MS)
    assert not isinstance(event, Touch)
    assert getattr(event, "amount", None) == minor == minor_units(f"{minor}", "JPY")


@pytest.mark.parametrize(
    ("level", "reason"),
    [
        *(("stream", reason) for reason in ("not_delivered", "sales_hidden", "no_eligible_touch", "last_touch")),
        *(("whole", reason) for reason in ("contact_unknown", "last_touch")),
        ("erase", "last_touch"),
    ],
)
def test_every_reason_is_found(level: Level, reason: str) -> None:
    cases = st.tuples(event_sets(level), settings_files())
    unshrunk = settings(deadline=None, max_examples=2000, phases=[Phase.generate], database=None)
    find(cases, lambda case: reason in reasons_of(*case), settings=unshrunk)


def reasons_of(events: list[bytes], tables: dict[str, dict[str, Any]]) -> set[str]:
    return {row["reason"] for row in expected(events, tables, NOW_MS).rows.values()}
