"""What an order adds to the counters."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from state.attribution import Credit, Decision, Reason
from state.events import STATUSES, Order
from state.ledger import EntryKey, order_entries
from tests.state.random_facts import orders
from tests.state.shop import day, order

DAY = day("03-01")
CREDITED = Decision(Reason.LAST_TOUCH, Credit("email", "spring", "m1", "clicked", 0, "24h"))
UNATTRIBUTED = Decision(Reason.NO_ELIGIBLE_TOUCH, None)
NOT_DELIVERED = Decision(Reason.NOT_DELIVERED, None)
EXPECTED = Decision(Reason.NOT_DELIVERED, None, CREDITED.credit)


def entries(bought: Order, decision: Decision, hour: int | None = None) -> dict[EntryKey, int]:
    """An entry that is there twice counts twice."""
    added: Counter[EntryKey] = Counter()
    for key, amount in order_entries(bought, decision, DAY, hour):
        added[key] += amount
    return dict(added)


def test_a_credited_order_counts_for_its_campaign_and_among_the_delivered() -> None:
    assert entries(order(), CREDITED) == {
        ("acme", DAY, "", "", "orders:DELIVERED:EUR"): 1,
        ("acme", DAY, "", "", "amount:DELIVERED:EUR"): 1000,
        ("acme", DAY, "email", "spring", "purchases:EUR"): 1,
        ("acme", DAY, "email", "spring", "revenue:EUR"): 1000,
    }


def test_a_delivered_order_that_nobody_earned_counts_as_unattributed() -> None:
    assert entries(order(currency="JPY", amount=7), UNATTRIBUTED) == {
        ("acme", DAY, "", "", "orders:DELIVERED:JPY"): 1,
        ("acme", DAY, "", "", "amount:DELIVERED:JPY"): 7,
        ("acme", DAY, "", "", "unattributed:purchases:JPY"): 1,
        ("acme", DAY, "", "", "unattributed:revenue:JPY"): 7,
    }


@pytest.mark.parametrize("status", ["INITIALIZED", "IN_PROGRESS"])
def test_an_order_on_the_way_counts_as_expected_where_it_would_be_credited(status: str) -> None:
    assert entries(order(status=status), EXPECTED) == {
        ("acme", DAY, "", "", f"orders:{status}:EUR"): 1,
        ("acme", DAY, "", "", f"amount:{status}:EUR"): 1000,
        ("acme", DAY, "email", "spring", "expected_purchases:EUR"): 1,
        ("acme", DAY, "email", "spring", "expected_revenue:EUR"): 1000,
    }


@pytest.mark.parametrize("status", ["INITIALIZED", "IN_PROGRESS"])
def test_one_that_nobody_would_earn_is_expected_and_unattributed(status: str) -> None:
    assert entries(order(status=status), NOT_DELIVERED) == {
        ("acme", DAY, "", "", f"orders:{status}:EUR"): 1,
        ("acme", DAY, "", "", f"amount:{status}:EUR"): 1000,
        ("acme", DAY, "", "", "unattributed:expected_purchases:EUR"): 1,
        ("acme", DAY, "", "", "unattributed:expected_revenue:EUR"): 1000,
    }


@pytest.mark.parametrize(
    ("bought", "decision", "field"),
    [
        (order(), CREDITED, "hour:09:{}:EUR"),
        (order(), UNATTRIBUTED, "hour:09:unattributed:{}:EUR"),
        (order(status="IN_PROGRESS"), EXPECTED, "hour:09:expected_{}:EUR"),
        (order(status="IN_PROGRESS"), NOT_DELIVERED, "hour:09:unattributed:expected_{}:EUR"),
    ],
)
def test_a_sale_counts_in_its_hour_for_the_account_alone(bought: Order, decision: Decision, field: str) -> None:
    of_hour = {key: amount for key, amount in entries(bought, decision, 9).items() if "hour" in key[4]}
    assert of_hour == {
        ("acme", DAY, "", "", field.format("purchases")): 1,
        ("acme", DAY, "", "", field.format("revenue")): 1000,
    }


@pytest.mark.parametrize("status", STATUSES)
def test_an_order_of_nobody_known_is_counted_apart_in_any_status(status: str) -> None:
    added = entries(order(status=status, contact=None), Decision(Reason.CONTACT_UNKNOWN, None))
    assert added["acme", DAY, "", "", "orders:contact_unknown:EUR"] == 1
    assert added["acme", DAY, "", "", "amount:contact_unknown:EUR"] == 1000
    assert not [key for key in entries(order(status=status), NOT_DELIVERED) if "contact_unknown" in key[4]]


@pytest.mark.parametrize("status", ["CANCELLED", "ABANDONED_SHOPPING_CART"])
def test_any_other_order_counts_in_its_status_alone(status: str) -> None:
    assert entries(order(status=status), NOT_DELIVERED) == {
        ("acme", DAY, "", "", f"orders:{status}:EUR"): 1,
        ("acme", DAY, "", "", f"amount:{status}:EUR"): 1000,
    }


@pytest.mark.parametrize("status", STATUSES)
def test_what_was_given_back_counts_apart_in_any_status(status: str) -> None:
    added = entries(order(status=status, refunded=400), NOT_DELIVERED if status != "DELIVERED" else UNATTRIBUTED)
    assert added["acme", DAY, "", "", "orders:refunded:EUR"] == 1
    assert added["acme", DAY, "", "", "amount:refunded:EUR"] == 400
    assert added["acme", DAY, "", "", f"amount:{status}:EUR"] == 1000


@pytest.mark.parametrize("refunded", [None, 0])
def test_nothing_given_back_is_no_refund(refunded: int | None) -> None:
    assert not [key for key in entries(order(refunded=refunded), UNATTRIBUTED) if "refunded" in key[4]]


@settings(deadline=None)
@given(bought=orders(), touch=st.sampled_from((CREDITED.credit, None)), hour=st.integers(0, 23))
def test_each_sale_counts_once_for_a_campaign_or_for_nobody_and_once_in_its_hour(
    bought: Order, touch: Credit | None, hour: int
) -> None:
    decision = Decision("", touch) if bought.delivered else Decision("", None, touch if bought.on_the_way else None)
    added = entries(bought, decision, hour)

    def total(*fields: str) -> int:
        named = {f"{field}:{bought.currency}" for field in fields}
        return sum(amount for key, amount in added.items() if key[4] in named)

    for begins, statuses in (("", ["DELIVERED"]), ("expected_", ["INITIALIZED", "IN_PROGRESS"])):
        for name, of_status in (("purchases", "orders"), ("revenue", "amount")):
            due = total(*(f"{of_status}:{status}" for status in statuses))
            assert total(f"{begins}{name}", f"unattributed:{begins}{name}") == due
            of_hour = f"hour:{hour:02}:"
            assert total(f"{of_hour}{begins}{name}", f"{of_hour}unattributed:{begins}{name}") == due
    assert {(key[0], key[1]) for key in added} == {(bought.account, DAY)}
