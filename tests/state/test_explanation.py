"""Why each touch was or was not taken, in agreement with the rule that decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from state.attribution import Credit, Why, decide
from state.contact_orders import OrderAtContact
from state.events import Order, TouchReceived
from state.explanation import Considered, Explanation, explained
from state.messages import AUTOMATED, HUMAN, MESSAGES_MOST, Message, pack, unpack
from state.settings import Settings, canonical, parse_settings
from state.timeline import Timeline, Version, of_file
from tests.examples import examples
from tests.state.random_facts import deliveries, fact_sets, settings_tables
from tests.state.shop import DAY, HOUR, MINUTE, Fact, Shop, at, order, touch


def explanation(shop: Shop, which: str = "o1", account: str = "acme", contact: str = "ann") -> Explanation:
    facts = shop.contacts.accounts[account]
    placed = facts.orders.find(contact, which)
    assert placed is not None
    history = shop.published.history(account, which)
    return explained(placed, facts.messages.get(contact, b""), facts.timeline, history)


def why(*received: TouchReceived, bought: Order | None = None, **table: Any) -> list[Considered]:
    """What became of each touch for an order of noon on 1 March."""
    shop = Shop(Settings(**table))
    shop.receive(*received, bought or order("03-01 12:00"))
    return list(explanation(shop).considered)


def test_each_touch_has_its_reason_newest_first() -> None:
    all_of_them = why(
        touch("clicked", "03-01 11:00"),
        touch("clicked", "03-01 10:00", message="m2"),
        touch("opened", "03-01 11:30"),
        touch("clicked", "03-01 11:40", automated=True),
        touch("clicked", "03-01 12:03", message="m3"),
        touch("clicked", "02-28 08:48", message="m3"),
        touch("delivered", "03-01 11:50", channel="telegram"),
        touch("clicked", "03-01 11:20", message="m4", tags=["vip", "service"]),
        excluded_tags=("service", "test"),
    )
    assert [(one.why, one.message, one.off_by_ms) for one in all_of_them] == [
        (Why.AFTER_ORDER, "m3", 3 * MINUTE),
        (Why.NO_CHANNEL, "m1", 0),
        (Why.AUTOMATED, "m1", 0),
        (Why.WRONG_EVENT, "m1", 0),
        (Why.EXCLUDED_TAG, "m4", 0),
        (Why.CREDITED, "m1", 0),
        (Why.LATER_TOUCH, "m2", 0),
        (Why.OUTSIDE_WINDOW, "m3", 3 * HOUR + 12 * MINUTE),
    ]
    assert [one.excluded_tags for one in all_of_them if one.excluded_tags] == [("service",)]
    no_channel = all_of_them[1]
    assert (no_channel.wanted_event, no_channel.window) == (None, None)
    assert {(one.wanted_event, one.window) for one in all_of_them if one is not no_channel} == {("clicked", "24h")}


@pytest.mark.parametrize(
    ("bought", "table"),
    [
        (order("03-01 12:00", status="CANCELLED"), {}),
        (order("03-01 12:00", status="IN_PROGRESS"), {"show_sales": False}),
        (order("03-01 12:00"), {"show_sales": False}),
        (order("03-01 12:00"), {"associate_with_last_message": False}),
    ],
)
def test_an_order_that_is_not_credited_shows_what_would_be(bought: Order, table: Mapping[str, Any]) -> None:
    touches = (touch("clicked", "03-01 11:00"), touch("clicked", "03-01 10:00", message="m2"))
    assert [one.why for one in why(*touches, bought=bought, **table)] == [Why.ELIGIBLE, Why.LATER_TOUCH]


@pytest.mark.parametrize("status", ["INITIALIZED", "IN_PROGRESS"])
def test_of_an_order_on_the_way_the_touch_is_marked_that_it_will_be_credited_to(status: str) -> None:
    touches = (touch("clicked", "03-01 11:00"), touch("clicked", "03-01 10:00", message="m2"))
    bought = order("03-01 12:00", status=status)
    assert [one.why for one in why(*touches, bought=bought)] == [Why.EXPECTED, Why.LATER_TOUCH]


def test_channels_whose_older_messages_may_have_been_pushed_out_are_named() -> None:
    shop = Shop()
    shop.receive(
        order("03-01 12:00"), *(touch("sent", "03-01 10:00", message=f"m{n}") for n in range(MESSAGES_MOST - 1))
    )
    shop.receive(touch("sent", "03-01 10:00", channel="sms"))
    assert explanation(shop).full_channels == ()
    shop.receive(touch("sent", "03-01 11:00", message="one more"))
    assert explanation(shop).full_channels == ("email",)
    shop.receive(touch("sent", "03-01 11:01", message="and another"))
    assert explanation(shop).full_channels == ("email",)


def test_the_settings_are_those_in_force_when_the_order_was_made() -> None:
    shop = Shop()
    strict = Version(at("02-01 00:00"), at("02-01 00:00"), canonical(Settings(channels={}, time_zone="Europe/Kyiv")))
    shop.change_settings(shop.timeline.with_version(strict))
    shop.receive(touch("clicked", "03-01 11:00"), touch("clicked", "01-10 11:00"))
    shop.receive(order("03-01 12:00"), order("01-10 12:00", order="o2"))
    now, before = explanation(shop), explanation(shop, "o2")
    assert now.version == strict
    assert before.version == shop.timeline.versions[0]
    assert [one.why for one in now.considered] == [Why.NO_CHANNEL, Why.NO_CHANNEL]
    assert [one.why for one in before.considered] == [Why.AFTER_ORDER, Why.CREDITED]
    assert now.time_zone == before.time_zone == "Europe/Kyiv"


def test_a_pending_order_has_no_touches_to_consider() -> None:
    shop = Shop()
    shop.receive(touch("clicked", "03-01 11:00"), order(contact=None, email="ann@example.org"))
    pending = explanation(shop, contact="")
    assert (pending.considered, pending.decision.reason) == ((), "contact_unknown")


def test_the_history_tells_each_decision_with_its_cause() -> None:
    shop = Shop()
    shop.receive(order("03-01 12:00", status="IN_PROGRESS"))
    shop.receive(order("03-01 12:00"))
    shop.receive(touch("clicked", "03-01 11:00"))
    shop.change_settings(of_file(Settings(channels={})))
    told = explanation(shop).history
    assert [(one.cause, one.status, one.reason, one.credit is not None) for one in told] == [
        ("order", "IN_PROGRESS", "not_delivered", False),
        ("order", "DELIVERED", "no_eligible_touch", False),
        ("touch", "DELIVERED", "last_touch", True),
        ("settings", "DELIVERED", "no_eligible_touch", False),
    ]


def test_a_credited_touch_whose_message_has_left_the_state_is_shown_still() -> None:
    shop = Shop(forget_after_ms=0)
    shop.receive(touch("clicked", "03-01 11:00"), order("03-01 12:00"))
    shop.receive(touch("opened", at("03-01 11:00") + 98 * DAY, contact="bob"))
    assert "ann" not in shop.contacts.accounts["acme"].messages
    shown = explanation(shop)
    assert [one.why for one in shown.considered] == [Why.CREDITED]
    assert shown.decision.credit is not None


@settings(max_examples=examples(150), deadline=None)
@given(st.data(), settings_tables())
def test_the_touch_that_is_marked_is_the_one_that_is_credited(data: st.DataObject, table: Mapping[str, Any]) -> None:
    shop = Shop(parse_settings(table))
    facts: list[Fact] = data.draw(fact_sets())
    for batch in data.draw(deliveries(facts)):
        shop.receive(*batch)
    for placed, packed, timeline in _orders(shop):
        shown = explained(placed, packed, timeline)
        for mark, touched in ((Why.CREDITED, shown.decision.credit), (Why.EXPECTED, shown.decision.expected)):
            marked = [one for one in shown.considered if one.why is mark]
            assert [_as_credit(one) for one in marked] == ([] if touched is None else [touched])
        assert len([one for one in shown.considered if one.why is Why.ELIGIBLE]) <= (shown.decision.touch is None)
        assert len(shown.considered) == sum(len(ms) for one in unpack(packed) for ms in one.times.values())
        assert [one.touched_at for one in shown.considered] == sorted(
            (one.touched_at for one in shown.considered), reverse=True
        )
        for one in shown.considered:
            is_taken = one.why in {Why.CREDITED, Why.EXPECTED, Why.LATER_TOUCH, Why.ELIGIBLE}
            assert is_taken == _would_be_credited(placed.order, one, shown.version.settings)


def _orders(shop: Shop) -> list[tuple[OrderAtContact, bytes, Timeline]]:
    return [
        (placed, facts.messages.get(contact, b""), facts.timeline)
        for facts in shop.contacts.accounts.values()
        for contact in facts.orders.packed
        for placed in facts.orders.of(contact)
    ]


def _as_credit(one: Considered) -> Credit:
    assert one.window is not None
    return Credit(
        one.channel, one.campaign, one.message, one.event, one.touched_at, one.window, one.automated, one.tags
    )


def _would_be_credited(bought: Order, one: Considered, under: Settings) -> bool:
    """What the rule says of an order that was delivered and visible and had this touch alone."""
    alone = Message(
        one.channel,
        one.campaign,
        one.message,
        {(AUTOMATED if one.automated else HUMAN)[one.event]: [one.touched_at]},
        one.tags,
    )
    delivered = order(bought.ordered_at, contact="ann")
    shown = of_file(
        Settings(channels=under.channels, ignore_automated=under.ignore_automated, excluded_tags=under.excluded_tags)
    )
    return decide(delivered, pack(alone), shown).credit is not None
