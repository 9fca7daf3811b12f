"""What must hold of any set of events, and that the strategies make the sets that matter."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from tests.examples import examples
from tests.reference.erasure import is_pseudonym, with_own_marks
from tests.reference.event_lines import Fields, amount_of, line_of, time_of
from tests.reference.events import Campaign, Contact, Order, PartialOrder
from tests.reference.identity import states
from tests.reference.parsing import Event, Touch, read_event
from tests.reference.reference import WHOLE, View, expected
from tests.reference.strategies import EVERY_KIND, TOUCHES_MAX, Level, deliveries, event_sets, settings_files
from tests.reference.values import DAY_MS, minor_units, moment_ms

NOW_MS = moment_ms("2026-06-01T00:00:00Z")
LEVELS: tuple[Level, ...] = ("stream", "whole", "erase")

steady = settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.too_slow])
any_level = st.sampled_from(LEVELS)


@steady
@given(data=st.data(), level=any_level, tables=settings_files())
def test_order_repetition_and_batches_of_arrival_change_nothing(
    data: st.DataObject, level: Level, tables: dict[str, dict[str, Any]]
) -> None:
    events = data.draw(event_sets(level, broken=True, **EVERY_KIND))
    batches = data.draw(deliveries(events))
    arrived = [line for batch in batches for line in batch]
    assert set(arrived) == set(events)
    assert expected(arrived, tables, NOW_MS, **WHOLE) == expected(events, tables, NOW_MS, **WHOLE)


@steady
@given(level=any_level, tables=settings_files(), data=st.data())
def test_channels_and_unattributed_are_together_what_was_delivered_and_what_is_on_its_way(
    level: Level, tables: dict[str, dict[str, Any]], data: st.DataObject
) -> None:
    view = expected(data.draw(event_sets(level, **EVERY_KIND)), tables, NOW_MS, **WHOLE)
    for key, fields in view.redis.items():
        if re.search(r":day:[^:]*$|:total$", key):
            balance(fields, "", ("DELIVERED",))
            balance(fields, "expected_", ("INITIALIZED", "IN_PROGRESS"))
        if re.search(r":day:[^:]*$", key):
            assert_hours_add_up_to_the_day(fields)
    assert_total_is_the_sum_of_days(view)


def balance(fields: dict[str, str], prefix: str, statuses: tuple[str, ...]) -> None:
    for count, earned in (("orders", "purchases"), ("amount", "revenue")):
        for currency in ("EUR", "USD", "UAH", "JPY", "KWD"):
            figure = f"{prefix}{earned}:{currency}"
            in_channels = sum_of(fields, rf"channel:[^:]+:{figure}")
            unattributed = sum_of(fields, f"unattributed:{figure}")
            assert in_channels + unattributed == sum(
                sum_of(fields, f"{count}:{status}:{currency}") for status in statuses
            )
            assert in_channels == sum_of(fields, figure)


def assert_hours_add_up_to_the_day(fields: dict[str, str]) -> None:
    sums: dict[str, int] = {}
    for name, number in fields.items():
        if name.startswith("hour:"):
            figure = name.split(":", 2)[2]
            sums[figure] = sums.get(figure, 0) + int(number)
    figures = r"(unattributed:)?(expected_)?(purchases|revenue):[A-Z]{3}"
    assert sums == {name: int(number) for name, number in fields.items() if re.fullmatch(figures, name)}


def sum_of(fields: dict[str, str], pattern: str) -> int:
    return sum(int(number) for name, number in fields.items() if re.fullmatch(pattern, name))


def assert_total_is_the_sum_of_days(view: View) -> None:
    sums: dict[str, dict[str, int]] = {}
    for key, fields in view.redis.items():
        account, kind, _ = key.removeprefix("lasttouch:").split(":", 2) if ":day:" in key else ("", "", "")
        if kind == "day":
            for name, number in fields.items():
                if name.startswith("hour:"):
                    continue
                into = sums.setdefault(f"lasttouch:{account}:total", {})
                into[name] = into.get(name, 0) + int(number)
    texts = {key: {name: str(number) for name, number in fields.items()} for key, fields in sums.items()}
    assert texts == {key: fields for key, fields in view.redis.items() if key.endswith(":total")}


@steady
@given(events=event_sets("whole", **EVERY_KIND), tables=settings_files())
def test_being_forgotten_at_the_end_leaves_every_sum_and_credit_as_it_was(
    events: list[bytes], tables: dict[str, dict[str, Any]]
) -> None:
    lines = [json.loads(line) for line in events]
    named = {(line["account"], line.get("contact")) for line in lines}
    people = [(account, contact) for account, contact in sorted(named, key=str) if contact and contact.strip()]
    erasures = [
        {"type": "erase", "account": account, "contact": contact, "time": "2026-05-01T00:00:00Z"}
        for account, contact in people
    ]
    before = expected(events, tables, NOW_MS, **WHOLE)
    after = expected([*events, *(json.dumps(erasure).encode() for erasure in erasures)], tables, NOW_MS, **WHOLE)
    assert not any(is_pseudonym(row["contact"]) for row in before.rows.values())
    for key, row in after.rows.items():
        assert row["contact"] is None or is_pseudonym(row["contact"])
        assert (row["reason"] == "contact_unknown") == (before.rows[key]["reason"] == "contact_unknown")
    assert after.redis == before.redis


@steady
@given(events=event_sets("erase", **EVERY_KIND), tables=settings_files())
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
    events = [read_event(line, NOW_MS) for line in data.draw(event_sets(level, **EVERY_KIND))]
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
    find_case(level, lambda case: reason in reasons_of(*case))


Case = tuple[list[bytes], dict[str, dict[str, Any]]]
CASES = 60
"""That are made once and looked through by every test; only what is in none of them is looked for in new ones."""


def cases_of(level: Level) -> st.SearchStrategy[Case]:
    return st.tuples(event_sets(level, **EVERY_KIND), settings_files())


@cache
def made_cases(level: Level) -> list[Case]:
    made: list[Case] = []

    @settings(deadline=None, max_examples=CASES, phases=[Phase.generate], database=None)
    @given(cases_of(level))
    def make(case: Case) -> None:
        made.append(case)

    make()
    return made


def find_case(level: Level, wanted: Callable[[Case], bool]) -> None:
    """The strategies make a case of which that is true."""
    if not any(map(wanted, made_cases(level))):
        unshrunk = settings(deadline=None, max_examples=2000, phases=[Phase.generate], database=None)
        find(cases_of(level), wanted, settings=unshrunk)


def reasons_of(events: list[bytes], tables: dict[str, dict[str, Any]]) -> set[str]:
    return {row["reason"] for row in expected(events, tables, NOW_MS).rows.values()}


def found(level: Level, wanted: Any) -> None:
    """The strategy makes a set of events of which that is true."""
    find_case(level, lambda case: wanted(read_events(case[0])))


def read_events(lines: list[bytes]) -> list[Event]:
    return [read_event(line, NOW_MS) for line in lines]


@pytest.mark.parametrize("level", LEVELS)
def test_orders_are_found_that_a_partial_event_changes(level: Level) -> None:
    found(level, lambda events: states(events) != states([event for event in events if isinstance(event, Order)]))


@pytest.mark.parametrize("level", LEVELS)
def test_orders_are_found_of_which_there_are_partial_events_only(level: Level) -> None:
    def has_unknown(events: list[Event]) -> bool:
        known = {(order.account, order.order) for order in states(events)}
        return any(isinstance(event, PartialOrder) and (event.account, event.order) not in known for event in events)

    found(level, has_unknown)


def test_partial_events_are_found_that_tie_with_a_whole_one() -> None:
    def has_tie(events: list[Event]) -> bool:
        wholes = {(event.order, event.rank()[:4]) for event in events if isinstance(event, Order)}
        return any(isinstance(event, PartialOrder) and (event.order, event.rank()[:4]) in wholes for event in events)

    found("whole", has_tie)


def test_refunds_are_found_that_are_cut_to_the_amount_or_wait_in_another_currency() -> None:
    def refund_of(events: list[Event], wanted: bool) -> bool:
        return any(
            isinstance(event, PartialOrder)
            and event.refunded is not None
            and (event.account, event.order) == (order.account, order.order)
            and ((event.currency != order.currency) if wanted else event.refunded > order.amount == order.refunded)
            for order in states(events)
            for event in events
        )

    found("whole", lambda events: refund_of(events, wanted=True))
    found("whole", lambda events: refund_of(events, wanted=False))


def test_orders_of_nobody_names_of_campaigns_and_contacts_that_are_an_address_are_found() -> None:
    found("whole", lambda events: any(isinstance(event, Order) and is_nobody_s(event) for event in events))
    found("whole", lambda events: any(isinstance(event, Campaign) for event in events))
    found("whole", lambda events: any("@" in (getattr(event, "contact", None) or "") for event in events))


def is_nobody_s(order: Order) -> bool:
    person = order.person
    return order.contact is person.email is person.phone is person.external_customer_id is None


def test_a_contact_that_is_its_own_address_is_found_to_yield_to_an_earlier_one() -> None:
    def yields(events: list[Event]) -> bool:
        declared = [event for event in events if isinstance(event, Contact) and event.person.email is not None]
        own = [event for event in declared if event.contact == (event.person.email or "").strip().lower()]
        return any(
            other.account == one.account
            and other.contact != one.contact
            and (other.person.email or "").strip().lower() == one.contact
            and other.time < one.time
            for one in own
            for other in declared
        )

    found("whole", yields)


def test_without_the_keywords_there_is_none_of_the_new_kinds() -> None:
    sets = event_sets("whole").map(read_events)

    def is_new(event: Event) -> bool:
        return isinstance(event, PartialOrder | Campaign) or (isinstance(event, Order) and is_nobody_s(event))

    with pytest.raises(NoSuchExample):
        find(sets, lambda events: any(map(is_new, events)), settings=settings(max_examples=60, database=None))
