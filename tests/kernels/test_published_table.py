"""What tables publish is what `state.published` publishes one by one (contract §2, §4, §8)."""

from __future__ import annotations

from typing import Any, Final

import pytest

from kernels.loading import load
from kernels.tables import Tables
from state.attribution import Credit, Decision
from state.changes import Forgotten, Outcome
from state.money import AMOUNT_MAX
from state.order_sums import AccountSum, CampaignSum, amounts_of_packed, unpack_sums
from state.packed_values import ValueDict
from state.publication import Publication
from state.published import PublishedOrders, pack_outcome
from tests.examples import examples
from tests.kernels.published_steps import walk
from tests.state.ledger_entries import of_publication
from tests.state.shop import at, day, order

TABLES: Final = Tables(load())
DAY: Final = day("03-01")
NOW: Final = at("03-02 00:00")
CREDITED: Final = Decision("last_touch", Credit("email", "spring", "m1", "clicked", at("03-01 11:00"), "24h"))
NOBODYS: Final = Decision("contact_unknown", None)


@pytest.mark.hypothesis  # it is a property, whose examples are drawn step by step
@pytest.mark.parametrize("seed", range(4))
def test_it_holds_and_tells_what_one_by_one_does_whatever_comes_in_any_order(seed: int) -> None:
    walk(TABLES, examples(600), seed)


def outcome(name: str, sequence: int = 1, decision: Decision = CREDITED, cause: str = "order", **more: Any) -> Outcome:
    return Outcome(sequence, order("03-01 12:00", order=name, **more), decision, DAY, 12, cause)


def in_table() -> PublishedOrders:
    published = PublishedOrders(lambda _: TABLES)
    published.restore("acme", ValueDict().packed())
    return published


def published_of(told: list[Outcome | Forgotten], published: PublishedOrders) -> tuple[list[int], Publication]:
    publication = Publication()
    published.publish([pack_outcome(one) for one in told], NOW, publication)
    return [old_day for _, old_day in publication.rows], publication


def test_the_usual_decision_is_published_without_an_object_of_it() -> None:
    told: list[Outcome | Forgotten] = [outcome("o1"), outcome("o2", decision=NOBODYS, contact=None), outcome("o1", 2)]
    days, publication = published_of(told, in_table())
    assert (days, publication.counted) == ([DAY] * 3, []), "none was left"
    assert publication.rows == [(pack_outcome(one), DAY) for one in told]
    assert publication.decided == {"last_touch": 2, "contact_unknown": 1}


def test_what_follows_a_decision_that_is_left_waits_for_it() -> None:
    """An erasure is left; the decision behind it is later, and the one behind that out of date."""
    published = in_table()
    told: list[Outcome | Forgotten] = [
        outcome("o1"),
        outcome("o1", 5, cause="erasure"),
        outcome("o1", 6, NOBODYS),
        outcome("o1", 5),
    ]
    assert published_of(told, published)[0] == [DAY, DAY, DAY]
    assert [change.cause for change in published.history("acme", "o1")] == ["erasure", "order"]


def test_an_order_that_is_forgotten_between_two_decisions_begins_anew() -> None:
    published = in_table()
    told: list[Outcome | Forgotten] = [
        outcome("o1", 7),
        Forgotten("acme", "ann", 0, "o1"),
        outcome("o1", 1),
        outcome("o2", 1),
    ]
    days, publication = published_of(told, published)
    assert days == [DAY] * 3
    counted = {key[2:]: amount for key, amount in of_publication(publication, TABLES.sum_orders).items()}
    assert counted["email", "spring", "purchases:EUR"] == 3, "what it counted stays counted"


def test_accounts_are_told_apart_in_one_batch() -> None:
    told: list[Outcome | Forgotten] = [
        outcome(name, account=account, amount=amount)
        for name, account, amount in (("o1", "acme", 100), ("o1", "other", 20), ("o1", "acme", 300), ("o2", "new", 4))
    ]
    published = in_table()
    published.restore("other", ValueDict().packed())
    days, publication = published_of(told, published)
    assert days == [DAY] * 4
    revenue = {key[0]: amount for key, amount in of_publication(publication).items() if key[4] == "revenue:EUR"}
    assert revenue == {"acme": 300, "other": 20, "new": 4}


def test_sums_of_orders_name_each_kind_once() -> None:
    told: list[Outcome | Forgotten] = [outcome(f"o{number}", amount=number) for number in range(100)]
    _, publication = published_of(told, in_table())
    [(_, packed)] = publication.entries
    summed = TABLES.sum_orders(packed, 100)
    assert summed is not None
    assert unpack_sums(summed) == (
        [AccountSum(DAY, 12, "DELIVERED", "EUR", False, False, True, 100, 4_950, 0)],
        [CampaignSum(DAY, "DELIVERED", "EUR", "email", "spring", 100, 4_950)],
    )


def test_sums_of_more_than_64_bits_are_left_to_python() -> None:
    told: list[Outcome | Forgotten] = [outcome(f"o{number}", amount=AMOUNT_MAX) for number in range(3)]
    _, publication = published_of(told, in_table())
    [(account, packed)] = publication.entries
    assert TABLES.sum_orders(packed, 3) is None
    by_day = amounts_of_packed(account, [packed], TABLES.sum_orders)
    assert by_day[DAY]["email", "spring", "revenue:EUR"] == 3 * AMOUNT_MAX
