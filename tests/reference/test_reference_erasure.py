"""People who ask to be forgotten: what goes and what stays (contract §1 `erase`)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reference.erasure import is_pseudonym, with_own_marks
from tests.reference.events import PERSONAL
from tests.reference.scenario import contact, credited, erase, order, partial, seen, total, touch

ANN = "ann@shop.example"

FORGOTTEN = [
    touch("clicked", "03-01 10:00"),
    order("03-01 12:00", "03-02 00:00", email=ANN, first_name="Ann"),
    contact("ann", "03-01 00:00", email=ANN, phone="+380501234567", last_name="Smith"),
    erase("ann", "03-10 00:00"),
]


def test_a_forgotten_contact_leaves_sums_and_credits_and_no_name() -> None:
    view = seen(*FORGOTTEN)
    assert view.redis == seen(*FORGOTTEN[:3]).redis
    row = view.rows["acme", "o1"]
    assert (row["reason"], row["campaign"], row["amount"]) == ("last_touch", "spring", "10.00")
    assert is_pseudonym(row["contact"])
    assert is_pseudonym(row["message"])
    assert [row[name] for name in ("email", "phone", "first_name", "last_name")] == [None] * 4
    assert is_pseudonym(view.records["acme", "o1"]["contact"])


def test_erasing_holds_up_to_its_time_to_the_millisecond_and_what_follows_begins_anew() -> None:
    clicked, bought = touch("clicked", "03-09 20:00"), order("03-10 00:00:00", "03-10 00:00")
    assert credited(seen(clicked, bought, erase("ann", "03-10 00:00"))).startswith("email/spring/")
    later = order("03-10 00:00", "2026-03-10T00:00:00.001Z")
    view = seen(clicked, bought, later, erase("ann", "03-10 00:00"))
    assert (credited(view), view.rows["acme", "o1"]["contact"]) == ("no_eligible_touch", "ann")
    assert credited(seen(clicked, later, erase("bob", "03-10 00:00"))) == "email/spring/m1"


def test_an_address_stays_with_the_forgotten_until_somebody_declares_it() -> None:
    bought = order("03-01 13:00", "03-12 00:00", order="o2", contact=None, email=ANN)
    view = seen(*FORGOTTEN, bought)
    row = view.rows["acme", "o2"]
    assert is_pseudonym(row["contact"])
    assert (row["campaign"], row["email"]) == ("spring", None)
    again = contact("ann", "03-11 00:00", email=ANN)
    assert seen(*FORGOTTEN, bought, again).rows["acme", "o2"]["contact"] == "ann"


def row(*lines: bytes) -> dict[str, Any]:
    return seen(*lines).rows["acme", "o1"]


DECLARED = contact("ann", "03-01 00:00", email=ANN, last_name="Smith")
NAMED = {"contact": None, "email": ANN, "first_name": "Ann"}


@pytest.mark.parametrize("declared_at", ["03-01 00:00", "03-12 00:00"])
def test_it_holds_for_an_order_without_contact_that_is_hers_also_if_that_is_known_only_later(declared_at: str) -> None:
    bought = order("03-01 12:00", "03-02 00:00", **NAMED)
    lines = [
        touch("clicked", "03-01 10:00"),
        bought,
        contact("ann", declared_at, email=ANN),
        erase("ann", "03-10 00:00"),
    ]
    view = seen(*lines)
    shown = view.rows["acme", "o1"]
    assert is_pseudonym(shown["contact"])
    assert [shown[name] for name in PERSONAL] == [None] * 5
    assert credited(view).startswith("email/spring/")
    assert total(view, "purchases:EUR", "revenue:EUR") == [1, 1000]
    assert seen(*reversed(lines)) == view


def test_an_order_event_after_it_begins_anew_with_who_declared_the_address_after_it() -> None:
    again = contact("ann", "03-11 00:00", email=ANN, first_name="Anna")
    shown = row(order("03-12 12:00", "03-12 13:00", **NAMED), DECLARED, erase("ann", "03-10 00:00"), again)
    assert (shown["contact"], shown["email"], shown["first_name"]) == ("ann", ANN, "Ann")


def test_an_order_of_somebody_else_with_her_address_is_left_alone() -> None:
    shown = row(order("03-01 12:00", "03-02 00:00", email=ANN, contact="bob"), DECLARED, erase("ann", "03-10 00:00"))
    assert (shown["contact"], shown["email"]) == ("bob", ANN)


def test_her_delivered_order_stays_hers_under_the_pseudonym_when_its_delivery_is_told_after_it() -> None:
    lines = [
        touch("clicked", "03-01 10:00"),
        order("03-01 12:00", "03-02 00:00", status="INITIALIZED", first_name="Ann"),
        erase("ann", "03-10 00:00"),
        partial("03-12 00:00"),
    ]
    view = seen(*lines)
    assert credited(view).startswith("email/spring/")
    shown = view.rows["acme", "o1"]
    assert is_pseudonym(shown["contact"])
    assert (shown["status"], shown["first_name"]) == ("DELIVERED", None)


def test_the_same_of_an_order_that_was_hers_by_its_address() -> None:
    lines = [
        touch("clicked", "03-01 10:00"),
        order("03-01 12:00", "03-02 00:00", status="INITIALIZED", **NAMED),
        DECLARED,
        erase("ann", "03-10 00:00"),
        partial("03-12 00:00", last_name="Smith"),
    ]
    view = seen(*lines)
    assert credited(view).startswith("email/spring/")
    assert [view.rows["acme", "o1"][name] for name in PERSONAL] == [None] * 5


def test_a_partial_event_until_then_loses_its_names_too() -> None:
    lines = [
        order("03-01 12:00", "03-01 12:00", first_name="Ann"),
        partial("03-09 00:00", email=ANN, phone="+1"),
        erase("ann", "03-10 00:00"),
        partial("03-12 00:00", contact="ann", status="CANCELLED"),
    ]
    shown = row(*lines)
    assert (shown["contact"], shown["status"]) == ("ann", "CANCELLED")
    assert [shown[name] for name in PERSONAL] == [None] * 5


def test_what_she_says_of_an_order_after_it_is_kept() -> None:
    lines = [
        order("03-01 12:00", "03-01 12:00", first_name="Ann", email=ANN),
        erase("ann", "03-10 00:00"),
        partial("03-12 00:00", contact="ann", first_name="Anna"),
    ]
    shown = row(*lines)
    assert (shown["contact"], shown["first_name"], shown["email"]) == ("ann", "Anna", None)


def test_a_forgotten_contact_that_was_its_own_address_still_yields_to_any_other() -> None:
    own, gone = contact(ANN, "03-01 00:00", email=ANN), erase(ANN, "03-10 00:00")
    bought = order("03-12 12:00", "03-12 13:00", contact=None, email=ANN)
    assert is_pseudonym(row(own, gone, bought)["contact"])
    assert row(own, gone, bought, contact("ann", "02-01 00:00", email=ANN))["contact"] == "ann"


def test_pseudonyms_of_an_expected_touch_are_compared_too() -> None:
    touched = {"channel": "email", "message": "erased\x001 ann m1"}
    right: dict[tuple[str, str], dict[str, Any]] = {("acme", "o1"): {"contact": "erased\x001 ann", "expected": touched}}
    hashed = {("acme", "o1"): {"contact": "#1", "expected": touched | {"message": "#2"}}}
    assert with_own_marks(right, hashed) == right
    with pytest.raises(AssertionError):
        with_own_marks(right, {("acme", "o1"): {"contact": "#1", "expected": touched | {"message": "m1"}}})
