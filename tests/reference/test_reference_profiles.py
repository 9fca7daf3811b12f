"""Whose an order is, settings that change, and what campaigns are called (contract §1, §5, §8)."""

from __future__ import annotations

import pytest

from tests.reference.scenario import campaign, contact, credited, on_day, order, partial, seen, settings, total, touch

ANN = "ann@shop.example"


def whose(*lines: bytes) -> str | None:
    owner: str | None = seen(*lines).rows["acme", "o1"]["contact"]
    return owner


def test_an_order_nobody_owns_yet_is_pending_and_counts_as_unattributed() -> None:
    view = seen(touch("clicked", "03-01 10:00"), order("03-01 12:00", contact=None, email=ANN))
    assert (credited(view), view.rows["acme", "o1"]["contact"]) == ("contact_unknown", None)
    assert total(view, "unattributed:purchases:EUR", "unattributed:revenue:EUR", "purchases:EUR") == [
        1,
        1000,
        0,
    ]
    pending = seen(order("03-01 12:00", contact=None, email=ANN, status="CANCELLED"))
    assert credited(pending) == "contact_unknown"
    assert total(pending, "unattributed:purchases:EUR", "orders:CANCELLED:EUR") == [0, 1]


def test_a_contact_who_declares_herself_later_earns_the_campaign_its_order_after_all() -> None:
    view = seen(
        touch("clicked", "03-01 10:00"),
        order("03-01 12:00", "03-02 00:00", contact=None, email=" ANN@shop.example"),
        contact("ann", "03-30 00:00", email="Ann@Shop.Example "),
    )
    assert credited(view) == "email/spring/m1"
    assert view.records["acme", "o1"]["contact"] == "ann"
    assert view.rows["acme", "o1"]["email"] == " ANN@shop.example"


def test_the_external_id_goes_before_the_email_and_the_email_before_the_phone() -> None:
    asked: dict[str, str | None] = {
        "contact": None,
        "external_customer_id": "x1",
        "email": ANN,
        "phone": "+380501234567",
    }
    by_phone = contact("carol", "03-09 00:00", phone="+38 (050) 123-45-67")
    by_email = contact("bob", "03-05 00:00", email=ANN)
    by_id = contact("ann", "03-01 00:00", external_customer_id="x1")
    bought = order("03-01 12:00", None, **asked)
    assert whose(bought, by_phone) == "carol"
    assert whose(bought, by_phone, by_email) == "bob"
    assert whose(bought, by_phone, by_email, by_id) == "ann"
    assert whose(bought, contact("ann", "03-01 00:00", external_customer_id="X1")) is None
    assert whose(order("03-01 12:00", None, **asked | {"contact": "dora"}), by_phone, by_email, by_id) == "dora"


def test_the_contact_who_declared_an_address_last_owns_it_the_greater_id_at_one_instant() -> None:
    bought = order("03-01 12:00", contact=None, email=ANN)
    ann, bob = contact("ann", "03-05 00:00", email=ANN), contact("bob", "03-01 00:00", email=ANN)
    assert whose(bought, ann, bob) == "ann"
    assert whose(bought, ann, bob, contact("я", "03-05 00:00", email=ANN)) == "я"


def test_a_new_address_does_not_give_up_the_old_one() -> None:
    bought = order("03-01 12:00", contact=None, email="old@shop.example")
    old, new = (
        contact("ann", f"03-0{day} 00:00", email=f"{word}@shop.example") for day, word in ((1, "old"), (2, "new"))
    )
    assert whose(bought, old, new) == "ann"
    assert whose(bought, old, new, contact("bob", "03-03 00:00", email="old@shop.example")) == "bob"


@pytest.mark.parametrize("phone", ["0501234567", "380501234567", "call me", ""])
def test_a_phone_without_a_plus_is_accepted_and_matches_nobody(phone: str) -> None:
    bought = order("03-01 12:00", contact=None, phone=phone)
    assert whose(bought, contact("ann", "03-01 00:00", phone=phone)) is None
    assert whose(bought, contact("ann", "03-01 00:00", phone="+380501234567")) is None


def test_an_email_that_is_blank_matches_nobody_not_even_one_who_declared_a_blank_one() -> None:
    for blank in ("", " ", "\t"):
        declared = contact("ann", "03-01 00:00", email=blank, phone=blank, external_customer_id=blank)
        bought = order("03-01 12:00", contact=None, email=blank, phone=blank, external_customer_id=blank)
        assert whose(bought, declared) is None


def test_a_blank_customer_id_leaves_the_word_to_the_email() -> None:
    bought = order("03-01 12:00", contact=None, external_customer_id=" ", email=ANN)
    assert whose(bought, contact("ann", "03-01 00:00", email=ANN)) == "ann"


def test_an_order_that_names_nobody_at_all_is_nobody_s_and_counted() -> None:
    view = seen(touch("clicked", "03-01 10:00"), order("03-01 12:00", contact=None))
    assert (credited(view), view.rows["acme", "o1"]["contact"]) == ("contact_unknown", None)
    assert total(view, "orders:DELIVERED:EUR", "unattributed:purchases:EUR") == [1, 1]


def test_a_contact_whose_id_is_the_address_has_its_orders_while_nobody_else_declared_it() -> None:
    click = touch("clicked", "03-01 10:00", contact=ANN)
    own = contact(ANN, "03-01 10:00", email=ANN)
    bought = order("03-01 12:00", contact=None, email="Ann@Shop.Example")
    assert credited(seen(click, bought, own)) == "email/spring/m1"
    assert whose(bought, own) == ANN
    phone = contact("+380501234567", "03-01 10:00", phone="+380501234567")
    assert whose(order("03-01 12:00", contact=None, phone="+38 050 123 45 67"), phone) == "+380501234567"


def test_a_contact_whose_id_is_the_address_yields_to_any_other_however_early_that_one_was() -> None:
    bought = order("03-01 12:00", contact=None, email=ANN)
    own = contact(ANN, "03-20 10:00", email=ANN)
    ann = contact("ann", "02-01 00:00", email=ANN)
    assert whose(bought, own, ann) == "ann"
    assert whose(bought, own, ann, contact("bob", "02-02 00:00", email=ANN)) == "bob"


def test_of_an_address_that_is_not_its_id_such_a_contact_is_a_contact_as_any() -> None:
    old = contact("ann", "03-01 00:00", email="new@shop.example")
    other = contact(ANN, "03-02 00:00", email="new@shop.example")
    assert whose(order("03-01 12:00", contact=None, email="new@shop.example"), old, other) == ANN


def test_until_it_is_declared_an_address_is_nobody_s_though_a_contact_is_called_so() -> None:
    click = touch("clicked", "03-01 10:00", contact=ANN)
    bought = order("03-01 12:00", contact=None, email=ANN)
    assert credited(seen(click, bought)) == "contact_unknown"
    named = order("03-01 12:00", order="o2", contact=ANN)
    assert credited(seen(click, bought, named)) == "contact_unknown"


def test_a_customer_id_is_no_address() -> None:
    bought = order("03-01 12:00", contact=None, external_customer_id="77")
    first, last = (contact(name, f"03-0{day} 00:00", external_customer_id="77") for day, name in ((1, "x"), (2, "77")))
    assert whose(bought, first, last) == "77"


def test_the_email_that_a_partial_event_brought_finds_the_contact() -> None:
    bought = order("03-01 12:00", "03-01 12:00", contact=None, email="typo@shop.example")
    corrected = partial("03-02 00:00", email=ANN)
    assert whose(bought, corrected, contact("ann", "03-01 00:00", email=ANN)) == "ann"
    assert whose(bought, corrected, contact("bob", "03-01 00:00", email="typo@shop.example")) is None


def test_an_address_of_one_account_means_nothing_in_another() -> None:
    assert (
        whose(order("03-01 12:00", contact=None, email=ANN), contact("x", "03-01 00:00", email=ANN, account="b"))
        is None
    )


def test_whose_an_order_is_reads_its_latest_event_only() -> None:
    named = order("03-01 12:00", "03-02 00:00")
    anonymous = order("03-01 12:00", "03-03 00:00", contact=None, email="other@shop.example")
    assert whose(named, anonymous) is None
    assert whose(named, anonymous, contact("bob", "03-01 00:00", email="other@shop.example")) == "bob"


def test_an_order_declares_no_address() -> None:
    assert whose(order("03-01 12:00", order="o2", email=ANN), order("03-01 12:00", contact=None, email=ANN)) is None


def test_a_row_shows_what_the_order_says_else_what_its_contact_said_last_field_by_field() -> None:
    view = seen(
        order("03-01 12:00", email="typed@shop.example"),
        contact("ann", "03-05 00:00", email=ANN, first_name="Anna"),
        contact("ann", "03-02 00:00", first_name="Ann", last_name="Smith", phone="0501234567"),
        contact("bob", "03-09 00:00", last_name="Jones"),
    )
    row = view.rows["acme", "o1"]
    assert [row[name] for name in ("email", "first_name", "last_name", "phone", "external_customer_id")] == [
        *("typed@shop.example", "Anna", "Smith", "0501234567"),
        None,
    ]


def test_a_setting_that_begins_in_the_past_decides_the_orders_it_touches_anew() -> None:
    events = [touch("clicked", "03-01 10:00"), order("03-01 12:00"), order("03-01 11:59", order="o2")]
    assert [credited(seen(*events), name) for name in ("o1", "o2")] == ["email/spring/m1"] * 2
    changed = seen(*events, settings("03-01 12:00", "03-25 00:00", excluded_tags=[], channels={}))
    assert [credited(changed, name) for name in ("o1", "o2")] == ["no_eligible_touch", "email/spring/m1"]
    assert total(changed, "purchases:EUR", "unattributed:purchases:EUR") == [1, 1]


def test_in_force_is_the_latest_beginning_then_the_later_word_then_the_greater_text() -> None:
    events = [touch("clicked", "03-01 10:00"), order("03-01 12:00")]
    early = settings("02-01 00:00", "03-09 00:00", show_sales=False)
    late = settings("02-02 00:00", "03-01 00:00")
    assert credited(seen(*events, early, late)) == "email/spring/m1"
    word = settings("02-02 00:00", "03-02 00:00", show_sales=False)
    assert credited(seen(*events, early, late, word)) == "sales_hidden"
    text = settings("02-02 00:00", "03-02 00:00", show_sales=True)
    assert credited(seen(*events, early, late, word, text)) == "email/spring/m1"


def test_settings_are_whole_what_they_leave_out_is_default_not_what_was_before() -> None:
    changed = settings("02-01 00:00", "02-01 00:00", currency="USD", channels=None)
    view = seen(touch("clicked", "03-01 10:00"), order("03-01 12:00"), changed, show_sales=False, channels={})
    assert credited(view) == "email/spring/m1"


def test_currency_and_time_zone_of_the_greatest_version_hold_for_all_time() -> None:
    view = seen(
        order("03-01 22:30"),
        settings("05-01 00:00", "03-01 00:00", currency="UAH", time_zone="Europe/Kyiv"),
        settings("04-01 00:00", "03-09 00:00", currency="USD", time_zone="America/New_York"),
        currency="JPY",
    )
    assert (view.currency, view.time_zone) == ({"acme": "UAH"}, {"acme": "Europe/Kyiv"})
    assert on_day(view, "03-02", "orders:DELIVERED:EUR") == [1]


def test_machines_count_by_the_time_of_the_touch_and_sell_by_the_time_of_the_order() -> None:
    click = touch("clicked", "03-01 10:00", automated=True)
    on_from_noon = settings("03-01 11:00", "03-01 00:00", ignore_automated=True)
    view = seen(click, order("03-01 12:00"), on_from_noon, ignore_automated=False)
    assert (total(view, "clicked"), credited(view)) == ([1], "no_eligible_touch")
    off_from_noon = settings("03-01 11:00", "03-01 00:00", ignore_automated=False)
    view = seen(click, order("03-01 12:00"), off_from_noon)
    assert (total(view, "clicked"), credited(view)) == ([0], "email/spring/m1")


def test_a_campaign_is_called_what_was_said_last_the_greater_name_at_one_instant() -> None:
    first, last = campaign("spring", "Spring", "03-02 00:00"), campaign("spring", "Spring sale", "03-05 00:00")
    sms = campaign("spring", "By SMS", "03-09 00:00", channel="sms")
    other = campaign("spring", "Another shop's", "03-09 00:00", account="other")
    view = seen(last, first, sms, other)
    assert view.names == {
        ("acme", "email", "spring"): "Spring sale",
        ("acme", "sms", "spring"): "By SMS",
        ("other", "email", "spring"): "Another shop's",
    }
    assert (view.redis, view.as_of) == ({}, {})
    rival = campaign("spring", "весна", "03-05 00:00")
    assert seen(last, rival).names == {("acme", "email", "spring"): "весна"}


def test_versions_of_settings_are_listed_newest_first_with_who_changed_them() -> None:
    view = seen(
        settings("03-01 00:00", "03-09 00:00", by="Olena"),
        settings("03-02 00:00", "03-08 00:00", currency="UAH", by=" "),
        settings("03-02 00:00", "03-07 00:00", channels={"sms": {"event": "sent", "window": "90m"}}),
    )
    listed = view.versions["acme"]
    assert [(version["effective_from"][:10], version["time"][:10], version["by"]) for version in listed] == [
        ("2026-03-02", "2026-03-08", None),
        ("2026-03-02", "2026-03-07", None),
        ("2026-03-01", "2026-03-09", "Olena"),
    ]
    assert listed[0]["settings"]["currency"] == "UAH"
    assert listed[1]["settings"]["channels"] == {"sms": {"event": "sent", "window": "90m"}}


def test_tags_are_remembered_with_the_latest_touch_that_had_them() -> None:
    view = seen(
        touch("sent", "03-01 00:00", tags=["vip", "service"]),
        touch("opened", "03-02 00:00", tags=["vip"], automated=True),
        touch("clicked", "03-03 00:00"),
    )
    assert {tag: ms // 86_400_000 for tag, ms in view.tags["acme"].items()} == {"vip": 20514, "service": 20513}
