"""Partial order events: a sender that says only what has changed (contract §9), in the marketer's words."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.reference.reference import View
from tests.reference.scenario import contact, credited, on_day, order, partial, seen, total, touch

ANN = "ann@shop.example"
CLICK = touch("clicked", "03-01 10:00")
# Ann ordered for 10 EUR on 1 March at noon; the shop said so at once.
MADE = order("03-01 12:00", "03-01 12:00", status="INITIALIZED")


def row(*lines: bytes) -> dict[str, Any]:
    """The order's row, which no order of arrival may change."""
    rows = [seen(*arrived).rows["acme", "o1"] for arrived in (lines, lines[::-1])]
    assert rows[0] == rows[1]
    return rows[0]


def test_order_17_was_delivered_is_enough_to_credit_it() -> None:
    view = seen(CLICK, MADE, partial("03-04 09:00"))
    assert credited(view) == "email/spring/m1"
    shown = view.rows["acme", "o1"]
    assert (shown["status"], shown["amount"], shown["ordered_at"], shown["contact"]) == (
        *("DELIVERED", "10.00", "2026-03-01T12:00:00.000Z"),
        "ann",
    )
    assert on_day(view, "03-01", "purchases:EUR", "orders:DELIVERED:EUR", "orders:INITIALIZED:EUR") == [1, 1, 0]
    assert view.as_of == {"acme": "2026-03-04T09:00:00.000Z"}


def test_a_delivery_that_overtakes_its_order_gives_the_same_in_the_end() -> None:
    lines = [CLICK, MADE, partial("03-04 09:00"), partial("03-03 09:00", status="IN_PROGRESS")]
    views: list[View] = [seen(*arrived) for arrived in itertools.permutations(lines)]
    assert all(view == views[0] for view in views)
    assert credited(views[0]) == "email/spring/m1"


def test_with_partial_events_only_the_order_is_not_known_yet() -> None:
    view = seen(CLICK, partial("03-04 09:00", amount="10.00", currency="EUR", contact="ann", ordered_at=day("03-01")))
    assert (view.rows, view.records) == ({}, {})
    assert total(view, "purchases:EUR", "orders:DELIVERED:EUR", "clicked") == [0, 0, 1]


def day(text: str) -> str:
    return f"2026-{text}T00:00:00Z"


def test_partial_events_below_the_greatest_whole_one_change_nothing() -> None:
    told_again = order("03-01 12:00", "03-05 00:00", status="IN_PROGRESS", amount="12.00")
    later = row(MADE, partial("03-04 09:00", email=ANN, amount="99.00", currency="EUR"), told_again)
    assert later == row(told_again)
    assert (later["status"], later["amount"], later["email"]) == ("IN_PROGRESS", "12.00", None)


def test_only_the_greatest_whole_event_is_below_what_is_laid_over_it() -> None:
    first = order("03-01 12:00", "03-01 12:00", email=ANN, refunded="1.00", items=["tea"])
    second = order("03-01 12:00", "03-02 12:00", status="IN_PROGRESS")
    shown = row(first, second, partial("03-04 09:00"))
    assert (shown["status"], shown["email"], shown["refunded"], "items" in shown) == ("DELIVERED", None, None, False)


@pytest.mark.parametrize(
    ("changed", "shows"),
    [
        ({"status": "CANCELLED"}, {"status": "CANCELLED"}),
        ({"amount": "8.50", "currency": "EUR"}, {"amount": "8.50", "currency": "EUR"}),
        ({"amount": 850, "currency": "JPY"}, {"amount": "850", "currency": "JPY"}),
        ({"refunded": "4", "currency": "EUR"}, {"refunded": "4.00", "amount": "10.00"}),
        ({"ordered_at": "2026-03-02T12:00:00Z"}, {"ordered_at": "2026-03-02T12:00:00.000Z"}),
        ({"contact": "bob"}, {"contact": "bob"}),
        ({"email": ANN}, {"email": ANN, "contact": "ann"}),
        ({"phone": "+1"}, {"phone": "+1"}),
        ({"external_customer_id": "x-1"}, {"external_customer_id": "x-1"}),
        ({"first_name": "Ann", "last_name": "Smith"}, {"first_name": "Ann", "last_name": "Smith"}),
        ({"items": [{"sku": "A"}]}, {"items": [{"sku": "A"}]}),
        ({"items": []}, {"items": []}),
        ({"currency": "USD"}, {}),
    ],
)
def test_each_field_can_be_changed_alone(changed: dict[str, object], shows: dict[str, object]) -> None:
    before = row(MADE)
    after = row(MADE, partial("03-04 09:00", **{"status": None} | changed))
    assert after == before | shows


def test_fields_come_from_different_events_each_from_the_last_that_has_it() -> None:
    shown = row(
        MADE,
        partial("03-02 00:00", status="IN_PROGRESS", email="a@shop.example", first_name="Ann"),
        partial("03-03 00:00", status=None, amount="12.00", currency="EUR", email=ANN),
        partial("03-04 00:00", status="DELIVERED"),
    )
    assert [shown[name] for name in ("status", "amount", "email", "first_name")] == ["DELIVERED", "12.00", ANN, "Ann"]


def test_what_is_blank_or_null_takes_nothing_away() -> None:
    whole = order("03-01 12:00", "03-01 12:00", email=ANN, first_name="Ann", refunded="1")
    blank = partial("03-04 00:00", email=" ", first_name="", contact="", external_customer_id=" ")
    assert row(whole, blank) == row(whole, partial("03-04 00:00"))
    null = blank.replace(b'" "', b"null").replace(b'""', b"null")
    assert row(whole, null) == row(whole, partial("03-04 00:00"))


def test_an_amount_brings_its_currency_with_it() -> None:
    shown = row(MADE, partial("03-02 00:00", amount="8.00", currency="USD"), partial("03-03 00:00", currency="UAH"))
    assert (shown["amount"], shown["currency"]) == ("8.00", "USD")
    view = seen(CLICK, MADE, partial("03-02 00:00", amount="8.00", currency="USD"))
    assert total(view, "purchases:USD", "revenue:USD", "orders:DELIVERED:EUR") == [1, 800, 0]


REFUND = {"status": None, "refunded": "4.00", "currency": "EUR"}


def test_a_refund_is_shown_apart_and_a_later_one_replaces_it() -> None:
    view = seen(CLICK, order("03-01 12:00", "03-02 00:00"), partial("03-05 00:00", **REFUND))
    assert total(view, "revenue:EUR", "orders:refunded:EUR", "amount:refunded:EUR") == [1000, 1, 400]
    last = partial("03-06 00:00", **REFUND | {"refunded": "6"})
    assert row(MADE, partial("03-05 00:00", **REFUND), last)["refunded"] == "6.00"
    nothing = partial("03-06 00:00", **REFUND | {"refunded": "0"})
    assert row(MADE, partial("03-05 00:00", **REFUND), nothing)["refunded"] == "0.00"


def test_a_refund_in_another_currency_changes_nothing_and_counts_while_the_order_is_in_it() -> None:
    refund = partial("03-05 00:00", **REFUND | {"currency": "USD"})
    assert row(MADE, refund)["refunded"] is None
    in_dollars = partial("03-06 00:00", amount="11.00", currency="USD")
    assert row(MADE, refund, in_dollars)["refunded"] == "4.00"
    back_in_euros = partial("03-07 00:00", amount="10.00", currency="EUR")
    assert row(MADE, refund, in_dollars, back_in_euros)["refunded"] is None


def test_refunds_of_each_currency_are_remembered_the_last_of_each() -> None:
    whole = order("03-01 12:00", "03-01 12:00", refunded="1.00")
    dollars = [partial(f"03-0{at} 00:00", **REFUND | {"currency": "USD", "refunded": f"{at}.00"}) for at in (5, 6)]
    assert row(whole, *dollars)["refunded"] == "1.00"
    assert row(whole, *dollars, partial("03-07 00:00", amount="11.00", currency="USD"))["refunded"] == "6.00"


def test_a_refund_above_the_amount_counts_as_the_amount() -> None:
    cheaper = partial("03-06 00:00", status=None, amount="3.00", currency="EUR")
    shown = row(MADE, partial("03-05 00:00", **REFUND), cheaper)
    assert (shown["amount"], shown["refunded"]) == ("3.00", "3.00")
    much = partial("03-05 00:00", **REFUND | {"refunded": "40.00"})
    assert row(MADE, much)["refunded"] == "10.00"
    dearer_again = partial("03-07 00:00", status=None, amount="30.00", currency="EUR")
    assert row(MADE, much, cheaper, dearer_again)["refunded"] == "30.00"


def test_a_partial_event_ranks_above_a_whole_one_that_equals_it_in_all_that_ranks_them() -> None:
    whole = order("03-01 12:00", "03-04 00:00", last_name="Zimmer")
    equal = partial("03-04 00:00", amount="10.00", currency="EUR", contact="ann", last_name="Abel")
    assert row(whole, equal)["last_name"] == "Abel"


@pytest.mark.parametrize(
    "lower",
    [
        {"status": None},
        {"status": "DELIVERED"},
        {"status": "DELIVERED", "amount": "10.00", "currency": "EUR"},
        {"status": "DELIVERED", "amount": "9.99", "currency": "EUR", "contact": "zoe"},
        {"status": "IN_PROGRESS", "amount": "99.00", "currency": "EUR", "contact": "zoe"},
    ],
)
def test_at_one_instant_what_a_partial_event_does_not_give_is_lowest(lower: dict[str, Any]) -> None:
    whole = order("03-01 12:00", "03-04 00:00")
    assert row(whole, partial("03-04 00:00", email=ANN, **lower))["email"] is None


@pytest.mark.parametrize(
    "upper",
    [
        {"status": "CANCELLED"},
        {"status": "DELIVERED", "amount": "10.01", "currency": "EUR"},
        {"status": "DELIVERED", "amount": "10.00", "currency": "EUR", "contact": "ann"},
        {"status": "DELIVERED", "amount": "10.000", "currency": "KWD", "contact": "ann"},
        {"status": "DELIVERED", "amount": "10.00", "currency": "EUR", "contact": "bob"},
    ],
)
def test_at_one_instant_the_greater_status_amount_and_contact_are_above(upper: dict[str, Any]) -> None:
    whole = order("03-01 12:00", "03-04 00:00")
    assert row(whole, partial("03-04 00:00", email=ANN, **upper))["email"] == ANN


def test_of_partial_events_that_tie_the_greater_canonical_json_is_laid_on_top() -> None:
    names = [partial("03-04 00:00", last_name=name) for name in ("Ivanova", "Яструб", "Petrova")]
    assert row(MADE, *names)["last_name"] == "Яструб"
    with_email = partial("03-04 00:00", email="z@shop.example", last_name="Adler")
    without = partial("03-04 00:00", last_name="Berg")
    # `"email"` stands before `"last_name"` in the one, so that the other, which has none, is the greater.
    assert row(MADE, with_email, without)["last_name"] == "Berg"
    assert row(MADE, with_email, without)["email"] == "z@shop.example"


def test_the_time_of_the_state_is_that_of_the_last_event_though_it_changed_nothing() -> None:
    view = seen(MADE, partial("03-04 00:00", status=None))
    assert view.as_of == {"acme": "2026-03-04T00:00:00.000Z"}
    assert view.rows == seen(MADE).rows


def test_a_partial_event_moves_an_order_to_the_contact_that_it_names() -> None:
    view = seen(CLICK, touch("clicked", "03-01 11:00", contact="bob", campaign="summer"), MADE)
    assert view.records["acme", "o1"]["contact"] == "ann"
    moved = seen(
        CLICK,
        touch("clicked", "03-01 11:00", contact="bob", campaign="summer"),
        MADE,
        partial("03-04 00:00", contact="bob"),
    )
    assert credited(moved) == "email/summer/m1"


def test_a_partial_event_names_the_buyer_of_an_order_of_nobody() -> None:
    counter = order("03-01 12:00", "03-01 12:00", contact=None)
    assert credited(seen(CLICK, counter)) == "contact_unknown"
    named = seen(CLICK, counter, partial("03-02 00:00", email=ANN), contact("ann", "03-09 00:00", email=ANN))
    assert credited(named) == "email/spring/m1"
    assert credited(seen(CLICK, counter, partial("03-02 00:00", contact="ann"))) == "email/spring/m1"


def test_a_purchase_that_moves_to_another_day_is_counted_there_alone() -> None:
    view = seen(CLICK, MADE, partial("03-04 00:00", ordered_at="2026-03-02T09:00:00Z"))
    assert on_day(view, "03-01", "purchases:EUR", "orders:DELIVERED:EUR") == [0, 0]
    assert on_day(view, "03-02", "purchases:EUR", "orders:DELIVERED:EUR") == [1, 1]


def test_partial_events_of_another_account_or_order_change_nothing() -> None:
    assert row(MADE, partial("03-04 00:00", account="other"), partial("03-04 00:00", order="o2")) == row(MADE)
