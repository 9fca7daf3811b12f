"""Who earned an order: the latest eligible touch of its contact, and why it is nobody where it is nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from state.attribution import Credit, decide, last_touch, rules_of
from state.events import Order, TouchReceived
from state.messages import AUTOMATED, HUMAN, add, entry_key
from state.settings import Settings, canonical, parse_settings
from state.timeline import Timeline, Version, of_file
from tests.state.random_facts import orders, settings_tables, touches
from tests.state.recount import decisions, expected_credits, history
from tests.state.shop import at, channel, order, touch

TWO_CHANNELS = {
    "email": channel("clicked", "24h"),
    "sms": channel("delivered", "2d"),
    "viber": channel("opened", "24h"),
}


def packed(*received: TouchReceived) -> bytes:
    messages = b""
    for time, one, _, _ in received:
        key = entry_key(one.channel, one.campaign, one.message)
        letter = (AUTOMATED if one.automated else HUMAN)[one.event]
        messages = add(messages, key, letter, time, one.tags).packed
    return messages


def credit(
    *received: TouchReceived,
    bought: Order | None = None,
    timeline: Timeline | None = None,
    remembered: Credit | None = None,
    **table: Any,
) -> str:
    """`email/spring/m1` for an order of noon on 1 March, or why it is credited to nobody."""
    under = timeline or of_file(Settings(**table))
    decision = decide(bought or order("03-01 12:00"), packed(*received), under, remembered)
    earned = decision.credit
    if earned is None:
        assert decision.reason != "last_touch"
        return str(decision.reason)
    assert decision.reason == "last_touch"
    return f"{earned.channel}/{earned.campaign}/{earned.message}"


def test_a_click_before_the_order_earns_it() -> None:
    clicked = touch("clicked", "03-01 11:00", tags=["vip"])
    decision = decide(order("03-01 12:00"), packed(clicked), of_file(Settings()))
    assert decision.credit == Credit("email", "spring", "m1", "clicked", at("03-01 11:00"), "24h", False, ("vip",))
    assert decision.reason == "last_touch"


def test_a_click_after_the_order_earns_nothing() -> None:
    assert credit(touch("clicked", "03-01 12:01")) == "no_eligible_touch"


def test_a_click_in_the_same_millisecond_earns_it_and_one_a_millisecond_later_does_not() -> None:
    noon = at("03-01 12:00")
    assert credit(touch("clicked", noon)) == "email/spring/m1"
    assert credit(touch("clicked", noon + 1)) == "no_eligible_touch"


def test_the_window_includes_its_last_millisecond() -> None:
    day_before = at("02-28 12:00")
    assert credit(touch("clicked", day_before)) == "email/spring/m1"
    assert credit(touch("clicked", day_before - 1)) == "no_eligible_touch"


def test_the_latest_click_wins_over_all_channels() -> None:
    early = touch("clicked", "03-01 09:00", message="m1")
    late = touch("delivered", "03-01 10:00", channel="sms", campaign="flash", message="m2")
    assert credit(early, late) == credit(late, early) == "sms/flash/m2"


def test_the_latest_click_of_a_message_inside_the_window_counts_not_its_first_or_last() -> None:
    clicks = [touch("clicked", when) for when in ("02-01 10:00", "03-01 10:00", "03-02 10:00")]
    decision = decide(order("03-01 12:00"), packed(*clicks), of_file(Settings()))
    assert decision.credit is not None
    assert decision.credit.touched_at == at("03-01 10:00")


def test_an_open_does_not_sell_where_the_click_is_the_channels_event() -> None:
    assert credit(touch("opened", "03-01 11:00")) == "no_eligible_touch"
    assert credit(touch("opened", "03-01 11:00"), channels={"email": channel("opened", "24h")}) == "email/spring/m1"


def test_a_channel_without_settings_sells_nothing() -> None:
    assert credit(touch("clicked", "03-01 11:00", channel="telegram")) == "no_eligible_touch"
    assert credit(touch("clicked", "03-01 11:00"), channels={}) == "no_eligible_touch"


def test_a_message_with_an_excluded_tag_earns_nothing_and_the_one_before_it_does() -> None:
    service = touch("clicked", "03-01 11:00", message="m2", tags=["vip", "service"])
    before = touch("clicked", "03-01 10:00", message="m1", tags=["vip"])
    assert credit(before, service) == "email/spring/m2"
    assert credit(before, service, excluded_tags=("service",)) == "email/spring/m1"
    assert credit(service, excluded_tags=("service",)) == "no_eligible_touch"


def test_a_tag_on_any_touch_of_the_message_excludes_all_of_it() -> None:
    clicked = touch("clicked", "03-01 11:00")
    for tagged in (touch("sent", "03-01 09:00", tags=["service"]), touch("opened", "03-05 09:00", tags=["service"])):
        assert credit(clicked, tagged, excluded_tags=("service",)) == "no_eligible_touch"
    scanned = touch("opened", "03-01 09:00", tags=["service"], automated=True)
    assert credit(clicked, scanned, excluded_tags=("service",)) == "no_eligible_touch"


def test_a_tag_of_another_message_of_the_campaign_does_not() -> None:
    other = touch("clicked", "03-01 11:30", message="m2", tags=["service"])
    assert credit(touch("clicked", "03-01 11:00"), other, excluded_tags=("service",)) == "email/spring/m1"


def test_a_link_scanners_click_earns_nothing_unless_the_account_says_so() -> None:
    scanned = touch("clicked", "03-01 11:00", automated=True)
    assert credit(scanned) == "no_eligible_touch"
    assert credit(scanned, ignore_automated=False) == "email/spring/m1"
    assert credit(scanned, touch("clicked", "03-01 10:00")) == "email/spring/m1"


def test_a_click_that_a_person_and_a_machine_are_said_to_have_made_was_the_machines() -> None:
    assert (
        credit(touch("clicked", "03-01 11:00"), touch("clicked", "03-01 11:00", automated=True)) == "no_eligible_touch"
    )


def test_an_automated_delivery_sells_only_where_machines_count_too() -> None:
    delivered = touch("delivered", "03-01 11:00", channel="sms", automated=True)
    assert credit(delivered) == "no_eligible_touch"
    assert credit(delivered, ignore_automated=False) == "sms/spring/m1"


def test_whether_machines_sell_goes_by_the_settings_when_the_order_was_made() -> None:
    scanned = touch("clicked", "03-01 10:00", automated=True)
    base = of_file(Settings())
    heeded_later = base.with_version(Version(at("03-01 11:00"), 0, canonical(Settings(ignore_automated=False))))
    ignored_later = of_file(Settings(ignore_automated=False)).with_version(
        Version(at("03-01 11:00"), 0, canonical(Settings()))
    )
    assert credit(scanned, timeline=heeded_later) == "email/spring/m1"
    assert credit(scanned, timeline=ignored_later) == "no_eligible_touch"


def test_the_window_is_that_of_the_settings_when_the_order_was_made() -> None:
    clicked = touch("clicked", "03-01 10:00")
    shorter = Version(at("03-01 12:00"), 0, canonical(Settings(channels={"email": channel("clicked", "90m")})))
    assert credit(clicked, timeline=of_file(Settings()).with_version(shorter)) == "no_eligible_touch"
    later = shorter._replace(effective_from=at("03-01 12:00") + 1)
    assert credit(clicked, timeline=of_file(Settings()).with_version(later)) == "email/spring/m1"


def tie(event: str, via: str, **more: Any) -> TouchReceived:
    return touch(event, "03-01 11:00", channel=via, **more)


def test_at_the_same_moment_a_click_beats_an_open_and_an_open_a_delivery() -> None:
    clicked, opened, delivered = tie("clicked", "email"), tie("opened", "viber"), tie("delivered", "sms")
    assert credit(delivered, opened, clicked, channels=TWO_CHANNELS) == "email/spring/m1"
    assert credit(delivered, opened, channels=TWO_CHANNELS) == "viber/spring/m1"


def test_then_the_greater_message_then_channel_then_campaign_by_code_point() -> None:
    both = {name: channel("clicked", "24h") for name in ("email", "webpush")}
    assert credit(tie("clicked", "webpush", message="a"), tie("clicked", "email", message="b"), channels=both) == (
        "email/spring/b"
    )
    assert credit(tie("clicked", "webpush"), tie("clicked", "email"), channels=both) == "webpush/spring/m1"
    campaigns = [tie("clicked", "email", campaign=name) for name in ("\uffee", "\U0001f600", "z")]
    assert credit(*campaigns) == "email/\U0001f600/m1"


@pytest.mark.parametrize("status", ["INITIALIZED", "IN_PROGRESS", "CANCELLED", "ABANDONED_SHOPPING_CART"])
def test_an_order_that_is_not_delivered_is_credited_to_nobody(status: str) -> None:
    assert credit(touch("clicked", "03-01 11:00"), bought=order("03-01 12:00", status=status)) == "not_delivered"


def expected(*received: TouchReceived, status: str = "IN_PROGRESS", **more: Any) -> str | None:
    """Where an order of noon on 1 March is expected; that it is credited to nobody is part of it."""
    remembered = more.pop("remembered", None)
    bought = order("03-01 12:00", status=status, contact=more.pop("contact", "ann"))
    decision = decide(bought, packed(*received), of_file(Settings(**more)), remembered)
    assert decision.credit is None
    touched = decision.expected
    return None if touched is None else f"{touched.channel}/{touched.campaign}/{touched.message}"


@pytest.mark.parametrize("status", ["INITIALIZED", "IN_PROGRESS"])
def test_an_order_on_the_way_is_expected_where_it_would_be_credited(status: str) -> None:
    clicks = (touch("clicked", "03-01 10:00"), touch("clicked", "03-01 11:00", campaign="flash"))
    assert expected(*clicks, status=status) == credit(*clicks) == "email/flash/m1"
    assert credit(*clicks, bought=order("03-01 12:00", status=status)) == "not_delivered"


@pytest.mark.parametrize("status", ["DELIVERED", "CANCELLED", "ABANDONED_SHOPPING_CART"])
def test_no_other_order_is_expected_anywhere(status: str) -> None:
    bought = order("03-01 12:00", status=status)
    assert decide(bought, packed(touch("clicked", "03-01 11:00")), of_file(Settings())).expected is None


def test_nothing_is_expected_of_what_could_not_be_credited() -> None:
    clicked = touch("clicked", "03-01 11:00", tags=["service"])
    assert expected(clicked) == "email/spring/m1"
    assert expected(clicked, excluded_tags=("service",)) is None
    assert expected(clicked, show_sales=False) is None
    assert expected(clicked, associate_with_last_message=False) is None
    assert expected(clicked, contact=None) is None
    assert expected() is None


@pytest.mark.parametrize("switch", ["show_sales", "associate_with_last_message"])
def test_either_switch_off_hides_sales(switch: str) -> None:
    table: dict[str, Any] = {switch: False}
    assert credit(touch("clicked", "03-01 11:00"), **table) == "sales_hidden"


def test_of_several_reasons_the_first_that_applies_is_given() -> None:
    unknown = order("03-01 12:00", contact=None, email="a@shop.example", status="CANCELLED")
    assert credit(bought=unknown, show_sales=False) == "contact_unknown"
    assert credit(bought=order(status="CANCELLED"), show_sales=False) == "not_delivered"
    assert credit(show_sales=False) == "sales_hidden"
    assert credit() == "no_eligible_touch"


REMEMBERED = Credit("email", "old", "m0", "clicked", at("03-01 11:00"), "24h", False, ("vip",))


def test_a_touch_credited_before_stays_a_candidate_when_its_message_has_left() -> None:
    assert credit(remembered=REMEMBERED) == "email/old/m0"
    assert credit(touch("clicked", "03-01 10:00"), remembered=REMEMBERED) == "email/old/m0"
    assert credit(touch("clicked", "03-01 11:30"), remembered=REMEMBERED) == "email/spring/m1"


def test_so_does_one_at_which_the_order_was_expected() -> None:
    assert expected(remembered=REMEMBERED) == "email/old/m0"
    assert expected(touch("clicked", "03-01 11:30"), remembered=REMEMBERED) == "email/spring/m1"
    assert expected(remembered=REMEMBERED, excluded_tags=("vip",)) is None


def test_it_has_no_better_right_than_any_other_touch() -> None:
    assert credit(remembered=REMEMBERED, excluded_tags=("vip",)) == "no_eligible_touch"
    assert credit(remembered=REMEMBERED, channels={}) == "no_eligible_touch"
    assert credit(remembered=REMEMBERED, channels={"email": channel("opened", "24h")}) == "no_eligible_touch"
    assert credit(remembered=REMEMBERED, channels={"email": channel("clicked", "59m")}) == "no_eligible_touch"
    assert credit(remembered=REMEMBERED, bought=order("03-01 10:59")) == "no_eligible_touch"
    machine = msgspec.structs.replace(REMEMBERED, automated=True)
    assert credit(remembered=machine) == "no_eligible_touch"
    assert credit(remembered=machine, ignore_automated=False) == "email/old/m0"


def test_a_remembered_touch_is_told_with_the_window_of_the_settings_in_force() -> None:
    wider = of_file(Settings(channels={"email": channel("clicked", "3d")}))
    decision = decide(order("03-01 12:00"), b"", wider, REMEMBERED)
    assert decision.credit is not None
    assert decision.credit.window == "3d"


def test_what_is_known_of_the_message_now_counts_for_more_than_what_was_remembered() -> None:
    """It is tagged now, so it earns nothing any more."""
    tagged = touch("clicked", "03-01 11:00", campaign="old", message="m0", tags=["service"])
    assert credit(tagged, remembered=REMEMBERED, excluded_tags=("service",)) == "no_eligible_touch"


def test_last_touch_asks_for_no_order() -> None:
    clicked = packed(touch("clicked", "03-01 11:00"))
    found = last_touch(at("03-01 12:00"), clicked, rules_of(canonical(Settings())))
    assert found is not None
    assert (found.channel, found.campaign, found.message) == ("email", "spring", "m1")


@settings(deadline=None, max_examples=200)
@given(
    received=st.lists(touches(), max_size=16),
    bought=orders(),
    table=settings_tables(),
    data=st.data(),
)
def test_an_order_is_decided_as_the_reference_decides_it(
    received: list[TouchReceived], bought: Order, table: Mapping[str, Any], data: st.DataObject
) -> None:
    hers = [one for one in received if (one[1].account, one[1].contact) == (bought.account, bought.contact)]
    arrived = data.draw(st.permutations(hers))
    decision = decide(bought, packed(*arrived), of_file(parse_settings(table)))
    [right] = decisions([*received, bought], history(table)).values()
    [right_expected] = expected_credits([*received, bought], history(table)).values()
    assert decision.reason == right.reason
    for touched, due in ((decision.credit, right.credit), (decision.expected, right_expected)):
        assert (touched is None) == (due is None)
        if touched is not None and due is not None:
            told = msgspec.structs.asdict(touched)
            assert told | asdict(due) == told


@settings(deadline=None)
@given(received=st.lists(touches(), max_size=16), bought=orders(), table=settings_tables())
def test_channels_that_no_message_came_by_change_nothing_however_many(
    received: list[TouchReceived], bought: Order, table: Mapping[str, Any]
) -> None:
    few = parse_settings(table)
    unused = {f"other{number}": channel("sent", "1d") for number in range(40)}
    many = msgspec.structs.replace(few, channels={**few.channels, **unused})
    by_few, by_many = (decide(bought, packed(*received), of_file(under)) for under in (few, many))
    assert by_few == by_many
