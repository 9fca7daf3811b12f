"""The made-up shop: always the same for a seed, right by the contract, and like a shop."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator import stream
from generator.shop import DAY_MS, HOUR_MS, WEEK_MS
from generator.stream import START_MS
from tests.examples import examples

Event = Mapping[str, Any]

GOLDEN: Final = "882901573e12631929df2dbc650082164d0b18be0d1937f80edb4c2db94c7293"
"""SHA-256 of 3,000 events of 200 contacts with seed 7. A change of it changes every benchmark made before."""
GOLDEN_LIVE: Final = "4bd797e482204ed33ff100a22050efd8075743236b72534d5c23a59b83bc1281"
RANK: Final = ("INITIALIZED", "IN_PROGRESS", "DELIVERED", "CANCELLED", "ABANDONED_SHOPPING_CART")
DECIMALS: Final = {"EUR": 2, "UAH": 2, "JPY": 0}
DEFAULT_WINDOWS: Final = {
    "email": ("clicked", 24 * HOUR_MS),
    "sms": ("delivered", 48 * HOUR_MS),
    "viber": ("opened", 24 * HOUR_MS),
    "webpush": ("clicked", 12 * HOUR_MS),
}


def digest(lines: Iterable[bytes]) -> str:
    return hashlib.sha256(b"".join(line + b"\n" for line in lines)).hexdigest()


def ms(time: str) -> int:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time)
    return round(datetime.fromisoformat(time).timestamp() * 1000)


@pytest.fixture(scope="module")
def week() -> Sequence[Event]:
    return [json.loads(line) for line in stream.events(60_000, 6_000, 11)]


def test_a_seed_gives_the_same_bytes_for_ever() -> None:
    assert digest(stream.events(3_000, 200, 7)) == GOLDEN
    start_ms = 1_780_000_000_000
    assert digest(stream.live(2_000, 200, 5, start_ms=start_ms, end_ms=start_ms + 60_000)) == GOLDEN_LIVE


def test_only_the_times_of_mail_are_cut_to_whole_seconds_where_that_is_asked_for() -> None:
    def week(*, mail_in_seconds: bool) -> list[Event]:
        end_ms = START_MS + WEEK_MS
        lines = stream.live(2_000, 200, 5, start_ms=START_MS, end_ms=end_ms, mail_in_seconds=mail_in_seconds)
        return [json.loads(line) for line in lines]

    def cut(event: Event) -> Event:
        is_mail = event.get("channel") == "email"
        return {**event, "time": event["time"][:20] + "000Z"} if is_mail else event

    def sorted_texts(events: Iterable[Event]) -> list[str]:
        return sorted(json.dumps(event, sort_keys=True) for event in events)

    assert sorted_texts(week(mail_in_seconds=True)) == sorted_texts(map(cut, week(mail_in_seconds=False)))


def test_another_seed_gives_other_events() -> None:
    assert digest(stream.events(100, 10, 1)) != digest(stream.events(100, 10, 2))


@settings(max_examples=examples(60), deadline=None)
@given(
    n=st.integers(1, 400),
    contacts=st.one_of(st.integers(1, 30), st.integers(1, 10**10)),
    seed=st.integers(0, 2**32),
    start_ms=st.integers(0, 4_000_000_000_000),
    span_ms=st.one_of(st.integers(1, 100_000), st.integers(1, 3 * WEEK_MS)),
    scaled=st.booleans(),
)
def test_exactly_so_many_events_inside_the_span(
    n: int, contacts: int, seed: int, start_ms: int, span_ms: int, *, scaled: bool
) -> None:
    end_ms = start_ms + span_ms
    lines = list(
        stream.live(n, contacts, seed, start_ms=start_ms, end_ms=end_ms)
        if scaled
        else stream.events(n, contacts, seed, start_ms=start_ms, span_ms=span_ms)
    )
    assert len(lines) == n
    for line in lines:
        event = json.loads(line)
        check(event)
        assert start_ms <= ms(event["time"]) < end_ms
        assert 1 <= int(event["contact"].removeprefix("c")) <= contacts


def check(event: Event) -> None:
    """Contract §1."""
    ids = ["account", "contact", *(["campaign", "message"] if event["type"] == "touch" else ["order"])]
    for name in ids:
        assert 1 <= len(event[name]) <= 256
    if event["type"] == "touch":
        assert re.fullmatch("[a-z0-9_-]{1,32}", event["channel"])
        assert event["event"] in {"sent", "delivered", "opened", "clicked"}
        assert event.get("automated", True) is True
        assert all(isinstance(tag, str) for tag in event.get("tags", []))
    else:
        assert event["type"] == "order"
        assert event["status"] in RANK
        amount, refunded = Decimal(str(event["amount"])), Decimal(str(event.get("refunded", 0)))
        assert 0 <= refunded <= amount
        assert amount == round(amount, DECIMALS[event["currency"]])
        assert ms(event["ordered_at"]) <= ms(event["time"])


def test_every_event_is_right_by_the_contract(week: Sequence[Event]) -> None:
    for event in week:
        check(event)
    assert len(week) == 60_000
    assert {event["type"] for event in week} == {"touch", "order"}


def test_the_events_fill_the_span(week: Sequence[Event]) -> None:
    days = Counter((ms(event["time"]) - START_MS) // DAY_MS for event in week)
    assert sorted(days) == list(range(7))
    assert max(days.values()) < 2 * min(days.values())


def test_about_one_in_a_hundred_comes_late_but_by_no_more_than_a_minute(week: Sequence[Event]) -> None:
    newest, late = 0, 0
    for event in week:
        at = ms(event["time"])
        if at < newest and newest - at <= 60_000:
            late += 1
        newest = max(newest, at)
    assert 0.005 < late / len(week) < 0.03


def test_some_events_come_twice(week: Sequence[Event]) -> None:
    copies = Counter(json.dumps(event) for event in week)
    assert 0.001 < sum(count - 1 for count in copies.values()) / len(week) < 0.004


def test_a_message_is_sent_delivered_opened_and_clicked_in_this_order(week: Sequence[Event]) -> None:
    first: defaultdict[str, dict[str, int]] = defaultdict(dict)
    same: defaultdict[str, set[tuple[Any, ...]]] = defaultdict(set)
    for event in week:
        if event["type"] == "touch":
            who = (event["contact"], event["channel"], event["campaign"], tuple(event.get("tags", [])))
            same[event["message"]].add(who)
            if not event.get("automated"):
                times = first[event["message"]]
                times[event["event"]] = min(ms(event["time"]), times.get(event["event"], 2**60))
    assert {len(who) for who in same.values()} == {1}
    steps = ("sent", "delivered", "opened", "clicked")
    reached: Counter[str] = Counter()
    for times in first.values():
        given_times = [times[step] for step in steps if step in times]
        assert given_times == sorted(given_times)
        reached.update(times)
    assert reached["sent"] > reached["delivered"] > 0.85 * reached["sent"]
    assert 0.5 * reached["delivered"] > reached["opened"] > reached["clicked"] > 0.02 * reached["sent"]


def test_few_messages_are_tagged_and_machines_open_and_click(week: Sequence[Event]) -> None:
    touches = [event for event in week if event["type"] == "touch"]
    messages = {event["message"] for event in touches}
    tagged = {event["message"] for event in touches if "tags" in event}
    assert 0.004 < len(tagged) / len(messages) < 0.025
    assert {tag for event in touches for tag in event.get("tags", [])} == {"service", "transactional"}
    machines = Counter(event["event"] for event in touches if event.get("automated"))
    assert machines["opened"] > machines["clicked"] > 100
    assert set(machines) == {"opened", "clicked"}


def test_the_campaigns_are_many_and_their_channels_five(week: Sequence[Event]) -> None:
    touches = [event for event in week if event["type"] == "touch"]
    assert len({event["campaign"] for event in touches}) == 24
    assert {event["channel"] for event in touches} == {"email", "sms", "viber", "webpush", "mobilepush"}


def test_a_broadcast_reaches_every_contact_once_before_it_reaches_one_twice() -> None:
    reached: Counter[str] = Counter()
    messages = set()
    for line in stream.events(40_000, 500, 3):
        event = json.loads(line)
        newsletter = event.get("campaign") == "weekly-newsletter"
        if newsletter and event["event"] == "sent" and event["message"] not in messages:
            messages.add(event["message"])
            reached[event["contact"]] += 1
    assert len(reached) == 500
    assert max(reached.values()) - min(reached.values()) == 1


def orders_of(events: Sequence[Event]) -> dict[str, list[Event]]:
    orders: defaultdict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event["type"] == "order":
            orders[event["order"]].append(event)
    return orders


def test_an_order_goes_from_status_to_status_and_stays_the_same_order(week: Sequence[Event]) -> None:
    for events in orders_of(week).values():
        by_time = sorted(events, key=lambda event: (ms(event["time"]), RANK.index(event["status"])))
        ranks = [RANK.index(event["status"]) for event in by_time]
        assert ranks == sorted(ranks)
        for one, next_one in pairwise(by_time):
            fixed = ("account", "contact", "amount", "currency", "ordered_at", "email", "phone")
            assert [one.get(name) for name in fixed] == [next_one.get(name) for name in fixed]


def test_orders_take_every_course(week: Sequence[Event]) -> None:
    orders = orders_of(week)
    statuses = Counter(frozenset(event["status"] for event in events) for events in orders.values())
    assert statuses[frozenset({"INITIALIZED", "IN_PROGRESS", "DELIVERED"})] > 0.4 * len(orders)
    assert statuses[frozenset({"INITIALIZED", "CANCELLED"})] > 0.03 * len(orders)
    assert statuses[frozenset({"ABANDONED_SHOPPING_CART"})] > 0.03 * len(orders)
    assert any("refunded" in event for events in orders.values() for event in events)
    currencies = Counter(events[0]["currency"] for events in orders.values())
    assert currencies["EUR"] > 0.85 * len(orders)
    assert min(currencies["UAH"], currencies["JPY"]) > 0
    euros = sorted(Decimal(each[0]["amount"]) for each in orders.values() if each[0]["currency"] == "EUR")
    assert euros[-1] > 10 * euros[len(euros) // 2]


def test_people_are_made_up(week: Sequence[Event]) -> None:
    orders = [event for event in week if event["type"] == "order"]
    emails = [event["email"] for event in orders if "email" in event]
    assert 0.4 * len(orders) < len(emails) < 0.9 * len(orders)
    assert all(re.fullmatch(r"[a-z]+\.[a-z]+\.\d+@example\.com", email) for email in emails)
    phones = {event["phone"] for event in orders if "phone" in event}
    assert all(re.fullmatch(r"\+1555\d{7}|\+38000\d{7}", phone) for phone in phones)


def test_a_good_part_of_the_delivered_orders_has_an_eligible_touch(week: Sequence[Event]) -> None:
    touches: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for event in week:
        connects, window = DEFAULT_WINDOWS.get(event.get("channel", ""), ("", 0))
        if event.get("event") == connects and not event.get("automated"):
            touches[event["contact"]].append((ms(event["time"]), window))
    delivered, credited = 0, 0
    for events in orders_of(week).values():
        last = max(events, key=lambda event: (ms(event["time"]), RANK.index(event["status"])))
        if last["status"] == "DELIVERED":
            delivered += 1
            at = ms(last["ordered_at"])
            credited += any(0 <= at - touched <= window for touched, window in touches[last["contact"]])
    assert delivered > 500
    assert 0.5 < credited / delivered < 0.85


@pytest.mark.parametrize("span_ms", [20_000, 2 * HOUR_MS, 4 * WEEK_MS])
def test_live_orders_are_delivered_within_any_span(span_ms: int) -> None:
    lines = stream.live(20_000, 2_000, 3, start_ms=START_MS, end_ms=START_MS + span_ms)
    orders = orders_of([json.loads(line) for line in lines])
    delivered = [events for events in orders.values() if any(e["status"] == "DELIVERED" for e in events)]
    assert len(delivered) > 0.5 * len(orders)
