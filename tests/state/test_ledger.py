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


def entries(bought: Order, decision: Decision) -> dict[EntryKey, int]:
    """An entry that is there twice counts twice."""
    added: Counter[EntryKey] = Counter()
    for key, amount in order_entries(bought, decision, DAY):
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


@pytest.mark.parametrize("status", [status for status in STATUSES if status != "DELIVERED"])
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
@given(bought=orders(), decision=st.sampled_from((CREDITED, UNATTRIBUTED)))
def test_credited_and_unattributed_are_the_delivered_to_the_last_minor_unit(bought: Order, decision: Decision) -> None:
    added = entries(bought, decision if bought.delivered else NOT_DELIVERED)

    def total(*fields: str) -> int:
        return sum(amount for key, amount in added.items() if key[4] in fields)

    currency = bought.currency
    assert total(f"revenue:{currency}", f"unattributed:revenue:{currency}") == total(f"amount:DELIVERED:{currency}")
    assert total(f"purchases:{currency}", f"unattributed:purchases:{currency}") == total(f"orders:DELIVERED:{currency}")
    assert {(key[0], key[1]) for key in added} == {(bought.account, DAY)}
