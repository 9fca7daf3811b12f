"""Who earns an order, in the marketer's words, with numbers worked out by hand (contract §3, §4, §8)."""

from __future__ import annotations

import pytest

from tests.reference.scenario import credited, order, seen, total, touch

SALES = ("purchases:EUR", "revenue:EUR", "unattributed:purchases:EUR", "unattributed:revenue:EUR")


def test_a_click_and_an_order_within_a_day_earn_the_campaign_its_revenue() -> None:
    view = seen(
        touch("sent", "03-01 09:00"),
        touch("clicked", "03-01 10:00"),
        order("03-01 12:30", "03-03 08:00", amount="99.90", email="ann@shop.example", refunded="9.9"),
    )
    day = {
        "sent": "1",
        "clicked": "1",
        "channel:email:sent": "1",
        "channel:email:clicked": "1",
        "purchases:EUR": "1",
        "revenue:EUR": "9990",
        "channel:email:purchases:EUR": "1",
        "channel:email:revenue:EUR": "9990",
        "orders:DELIVERED:EUR": "1",
        "amount:DELIVERED:EUR": "9990",
        "orders:refunded:EUR": "1",
        "amount:refunded:EUR": "990",
    }
    campaign = {"sent": "1", "clicked": "1", "purchases:EUR": "1", "revenue:EUR": "9990"}
    assert view.redis == {
        "lasttouch:{acme}:day:2026-03-01": day,
        "lasttouch:{acme}:total": day,
        "lasttouch:{acme}:campaigns:2026-03-01": {f"email:spring:{name}": n for name, n in campaign.items()},
        "lasttouch:{acme}:campaign:email:spring": campaign,
    }
    both = {
        "order": "o1",
        "contact": "ann",
        "status": "DELIVERED",
        "amount": "99.90",
        "currency": "EUR",
        "ordered_at": "2026-03-01T12:30:00.000Z",
        "channel": "email",
        "campaign": "spring",
        "message": "m1",
        "event": "clicked",
        "touched_at": "2026-03-01T10:00:00.000Z",
        "reason": "last_touch",
    }
    unknown = {"phone": None, "external_customer_id": None, "first_name": None, "last_name": None}
    assert view.rows == {("acme", "o1"): both | unknown | {"email": "ann@shop.example", "refunded": "9.90"}}
    assert view.records == {("acme", "o1"): both | {"account": "acme", "credited": True, "window": "24h"}}
    assert view.as_of == {"acme": "2026-03-03T08:00:00.000Z"}
    assert (view.currency, view.time_zone) == ({"acme": "EUR"}, {"acme": "UTC"})


def test_nobody_touched_her_and_the_order_is_delivered_and_unattributed() -> None:
    view = seen(order("03-01 12:00"))
    assert credited(view) == "no_eligible_touch"
    assert total(view, *SALES) == [0, 0, 1, 1000]
    record = view.records["acme", "o1"]
    assert record["credited"] is False
    assert all(record[name] is None for name in ("channel", "campaign", "message", "event", "touched_at", "window"))


@pytest.mark.parametrize("status", ["INITIALIZED", "IN_PROGRESS", "CANCELLED", "ABANDONED_SHOPPING_CART"])
def test_only_a_delivered_order_is_credited_the_others_are_counted_by_status(status: str) -> None:
    view = seen(touch("clicked", "03-01 10:00"), order("03-01 12:00", status=status))
    assert credited(view) == "not_delivered"
    assert total(view, *SALES, f"orders:{status}:EUR", f"amount:{status}:EUR") == [0, 0, 0, 0, 1, 1000]


def test_a_cancelled_order_gives_its_credit_back() -> None:
    view = seen(
        touch("clicked", "03-01 10:00"),
        order("03-01 12:00", "03-02 00:00"),
        order("03-01 12:00", "03-05 00:00", status="CANCELLED"),
    )
    assert credited(view) == "not_delivered"
    assert total(view, "revenue:EUR", "orders:DELIVERED:EUR", "orders:CANCELLED:EUR") == [0, 0, 1]


def test_of_all_channels_the_latest_touch_earns() -> None:
    view = seen(
        touch("clicked", "03-01 10:00"),
        touch("delivered", "03-01 11:00", channel="sms", campaign="flash", message="m2"),
        touch("opened", "03-01 10:59", channel="viber", campaign="chat", message="m3"),
        order("03-01 12:00"),
    )
    assert credited(view) == "sms/flash/m2"
    assert total(view, "channel:sms:revenue:EUR", "channel:email:revenue:EUR", "revenue:EUR") == [
        1000,
        0,
        1000,
    ]


@pytest.mark.parametrize(
    ("channel", "event", "earns"),
    [
        ("email", "clicked", True),
        ("email", "opened", False),
        ("sms", "delivered", True),
        ("sms", "clicked", False),
        ("viber", "opened", True),
        ("viber", "clicked", False),
        ("webpush", "clicked", True),
        ("webpush", "sent", False),
        ("telegram", "clicked", False),
    ],
)
def test_without_settings_each_channel_has_the_event_of_the_contract(channel: str, event: str, earns: bool) -> None:
    view = seen(touch(event, "03-01 10:00", channel=channel), order("03-01 12:00"))
    assert credited(view) == (f"{channel}/spring/m1" if earns else "no_eligible_touch")
    assert total(view, f"channel:{channel}:{event}") == [1]


@pytest.mark.parametrize(
    ("channel", "event", "at", "earns"),
    [
        ("email", "clicked", "2026-03-09T12:00:00.000Z", True),
        ("email", "clicked", "2026-03-09T11:59:59.999Z", False),
        ("sms", "delivered", "2026-03-08T12:00:00.000Z", True),
        ("sms", "delivered", "2026-03-08T11:59:59.999Z", False),
        ("webpush", "clicked", "2026-03-10T00:00:00.000Z", True),
        ("webpush", "clicked", "2026-03-09T23:59:59.999Z", False),
        ("email", "clicked", "2026-03-10T12:00:00.000Z", True),
        ("email", "clicked", "2026-03-10T12:00:00.000999Z", True),
        ("email", "clicked", "2026-03-10T12:00:00.001Z", False),
    ],
)
def test_the_window_holds_both_its_ends_to_the_millisecond(channel: str, event: str, at: str, earns: bool) -> None:
    view = seen(touch(event, at, channel=channel), order("03-10 12:00"))
    assert credited(view) == (f"{channel}/spring/m1" if earns else "no_eligible_touch")


def test_a_window_of_a_day_is_24_hours_though_the_clock_went_forward() -> None:
    kyiv = {"time_zone": "Europe/Kyiv"}
    in_time = touch("clicked", "2026-03-28T20:00:00+02:00")
    late = touch("clicked", "2026-03-28T19:59:59.999+02:00")
    assert credited(seen(in_time, order("2026-03-29T21:00:00+03:00"), **kyiv)) == "email/spring/m1"
    assert credited(seen(late, order("2026-03-29T21:00:00+03:00"), **kyiv)) == "no_eligible_touch"


def test_a_window_may_be_given_in_minutes_days_and_weeks() -> None:
    rules = {name: {"event": "sent", "window": w} for name, w in (("a", "90m"), ("b", "3d"), ("c", "2w"))}
    for channel, last in (("a", "03-30 10:30"), ("b", "03-27 12:00"), ("c", "03-16 12:00")):
        view = seen(touch("sent", last, channel=channel), order("03-30 12:00", "03-31 00:00"), channels=rules)
        assert credited(view) == f"{channel}/spring/m1"
        assert view.records["acme", "o1"]["window"] == rules[channel]["window"]


def test_of_touches_at_one_instant_the_greater_event_message_channel_campaign_earns() -> None:
    def winner(*touches: bytes) -> str:
        return credited(seen(*touches, order("03-01 12:00"), channels=rules))

    rules = {name: {"event": "clicked", "window": "24h"} for name in ("email", "web", "app")}
    rules |= {"sms": {"event": "delivered", "window": "24h"}, "viber": {"event": "opened", "window": "24h"}}
    at = "03-01 10:00"
    opened = touch("opened", at, channel="viber", message="m8")
    assert winner(touch("delivered", at, channel="sms", message="m9"), opened) == "viber/spring/m8"
    assert winner(opened, touch("clicked", at)) == "email/spring/m1"
    assert winner(touch("clicked", at, message="я"), touch("clicked", at, message="z")) == "email/spring/я"
    assert winner(touch("clicked", at, message="m10"), touch("clicked", at, message="m9")) == "email/spring/m9"
    assert winner(touch("clicked", at, message="😀"), touch("clicked", at, message="\uffee")) == "email/spring/😀"
    assert winner(touch("clicked", at), touch("clicked", at, channel="web")) == "web/spring/m1"
    assert winner(touch("clicked", at), touch("clicked", at, campaign="summer")) == "email/summer/m1"
    app = touch("clicked", at, channel="app", campaign="z", message="m2")
    assert winner(app, touch("clicked", at, channel="web")) == "app/z/m2"


def test_a_message_with_an_excluded_tag_earns_nothing_and_keeps_its_own_figures() -> None:
    view = seen(
        touch("clicked", "03-01 09:00", campaign="autumn", message="m0"),
        touch("clicked", "03-01 10:00", tags=["receipt", "service"]),
        order("03-01 12:00"),
        excluded_tags=["service", "test"],
    )
    assert credited(view) == "email/autumn/m0"
    assert view.redis["lasttouch:{acme}:campaign:email:spring"] == {"clicked": "1"}


@pytest.mark.parametrize("automated", [True, False])
def test_a_tag_holds_for_its_whole_message_whichever_touch_brought_it(automated: bool) -> None:
    clicked = touch("clicked", "03-01 10:00")
    tagged = touch("opened", "03-09 10:00", tags=["service"], automated=automated)
    other = touch("opened", "03-09 10:00", tags=["service"], message="m2")
    bought = order("03-01 12:00")
    assert credited(seen(clicked, tagged, bought, excluded_tags=["service"])) == "no_eligible_touch"
    assert credited(seen(clicked, other, bought, excluded_tags=["service"])) == "email/spring/m1"
    assert credited(seen(clicked, tagged, bought)) == "email/spring/m1"


def test_a_machine_s_click_sells_nothing_and_is_no_click() -> None:
    scanner = touch("clicked", "03-01 11:00", automated=True)
    view = seen(touch("sent", "03-01 09:00"), scanner, order("03-01 12:00"))
    assert credited(view) == "no_eligible_touch"
    assert total(view, "sent", "clicked") == [1, 0]
    view = seen(touch("sent", "03-01 09:00"), scanner, order("03-01 12:00"), ignore_automated=False)
    assert credited(view) == "email/spring/m1"
    assert total(view, "sent", "clicked") == [1, 1]


def test_a_touch_is_automated_if_any_of_its_copies_says_so() -> None:
    at = "03-01 11:00"
    copies = [
        touch("clicked", at, automated=False),
        touch("clicked", at),
        touch("clicked", at, automated=True),
    ]
    assert credited(seen(*copies, order("03-01 12:00"))) == "no_eligible_touch"
    assert credited(seen(*copies[:2], order("03-01 12:00"))) == "email/spring/m1"
    by_hand_too = touch("clicked", "03-01 11:01")
    assert credited(seen(*copies, by_hand_too, order("03-01 12:00"))) == "email/spring/m1"


def test_an_automated_delivery_counts_as_delivered_and_sells_nothing() -> None:
    view = seen(touch("delivered", "03-01 10:00", channel="sms", automated=True), order("03-01 12:00"))
    assert credited(view) == "no_eligible_touch"
    assert total(view, "delivered", "channel:sms:delivered") == [1, 1]


@pytest.mark.parametrize("switch", ["show_sales", "associate_with_last_message"])
def test_either_switch_hides_sales_and_leaves_the_orders_counted(switch: str) -> None:
    click, bought = touch("clicked", "03-01 10:00"), order("03-01 12:00")
    view = seen(click, bought, order("03-01 12:00", order="o2", status="CANCELLED"), **{switch: False})
    assert (credited(view), credited(view, "o2")) == ("sales_hidden", "not_delivered")
    assert total(view, *SALES, "clicked", "orders:DELIVERED:EUR") == [0, 0, 1, 1000, 1, 1]


def test_a_table_of_channels_is_the_whole_table() -> None:
    rules = {"sms": {"event": "delivered", "window": "2d"}}
    click, sms = touch("clicked", "03-01 11:00"), touch("delivered", "03-01 10:00", channel="sms")
    assert credited(seen(click, sms, order("03-01 12:00"), channels=rules)) == "sms/spring/m1"
    assert credited(seen(click, sms, order("03-01 12:00"), channels={})) == "no_eligible_touch"
