"""The one writer of an order's figures: each order counts once, wherever and in whatever order it was decided."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from state.attribution import Credit, Decision
from state.changes import Forgotten, Outcome
from state.decision_history import CHANGES_KEPT
from state.ledger import Entries, EntryKey, order_entries
from state.packed_values import ValueDict
from state.publication import Publication
from state.published import PublishedOrders
from tests.message_tables import message_tables
from tests.state.ledger_entries import of_publication
from tests.state.shop import DAY as DAY_MS
from tests.state.shop import at, day, order

DAY = day("03-01")
NOW = at("03-02 00:00")
NOTHING = ValueDict().packed()
NOBODYS = Decision("contact_unknown", None)
CREDITED = Decision("last_touch", Credit("email", "spring", "m1", "clicked", at("03-01 11:00"), "24h"))
ELSEWHERE = Decision("last_touch", Credit("sms", "flash", "m2", "delivered", at("03-01 11:30"), "48h"))


def outcome(sequence: int, decision: Decision = CREDITED, days: int = 0, cause: str = "order", **more: Any) -> Outcome:
    return Outcome(sequence, order(at("03-01 12:00") + days * DAY_MS, **more), decision, DAY + days, 12, cause)


def nothing_published() -> PublishedOrders:
    """In tables, so that whatever decides here are kernels, too."""
    published = PublishedOrders(message_tables)
    published.restore("acme", NOTHING)
    return published


def accept(published: PublishedOrders, told: Outcome) -> tuple[int | None, Entries]:
    publication = Publication()
    published.publish([told], NOW, publication)
    days = [day for _, day in publication.rows]
    return (days[0] if days else None), of_publication(publication)


def test_an_order_that_finds_its_contact_goes_from_nobody_to_the_campaign_in_one_step() -> None:
    published = nothing_published()
    accept(published, outcome(1, NOBODYS, contact=None))
    _, entries = accept(published, outcome(2))
    assert {key[2:]: amount for key, amount in entries.items()} == {
        ("", "", "orders:contact_unknown:EUR"): -1,
        ("", "", "amount:contact_unknown:EUR"): -1000,
        ("", "", "unattributed:purchases:EUR"): -1,
        ("", "", "unattributed:revenue:EUR"): -1000,
        ("", "", "hour:12:unattributed:purchases:EUR"): -1,
        ("", "", "hour:12:unattributed:revenue:EUR"): -1000,
        ("email", "spring", "purchases:EUR"): 1,
        ("email", "spring", "revenue:EUR"): 1000,
        ("", "", "hour:12:purchases:EUR"): 1,
        ("", "", "hour:12:revenue:EUR"): 1000,
    }


def test_a_decision_that_is_out_of_date_changes_nothing() -> None:
    published = nothing_published()
    accept(published, outcome(2))
    assert accept(published, outcome(1, ELSEWHERE)) == (None, {})
    assert accept(published, outcome(2)) == (DAY, {}), "the same assignment may be decided anew"
    assert accept(published, outcome(3, ELSEWHERE))[0] == DAY
    assert accept(published, outcome(1, account="other"))[0] == DAY


def test_with_each_decision_it_is_told_under_which_day_the_row_stands() -> None:
    published = nothing_published()
    days = [accept(published, told)[0] for told in (outcome(1), outcome(2, days=3), outcome(2, days=1))]
    assert days == [DAY, DAY, DAY + 3]


def test_what_an_order_counted_stays_when_it_is_forgotten() -> None:
    published = nothing_published()
    accept(published, outcome(1))
    published.forget(Forgotten("acme", "ann", 0, "o1"))
    published.forget(Forgotten("acme", "ann", 0, "never heard of"))
    assert len(published.orders["acme"]) == 0


@settings(deadline=None)
@given(
    arrived=st.permutations(range(1, 8)),
    days=st.lists(st.integers(0, 3), min_size=8, max_size=8),
    decided=st.lists(st.sampled_from((NOBODYS, CREDITED, ELSEWHERE)), min_size=8, max_size=8),
)
def test_whatever_order_they_come_in_the_latest_assignment_is_counted_and_its_row_is_in_one_day(
    arrived: list[int], days: list[int], decided: list[Decision]
) -> None:
    published = nothing_published()
    sums: Counter[EntryKey] = Counter()
    rows: set[int] = set()
    for sequence in arrived:
        told = outcome(sequence, decided[sequence], days[sequence])
        old_day, entries = accept(published, told)
        sums.update(entries)
        if old_day is not None:
            rows.discard(old_day)
            rows.add(told.day)
        sold = sum(sums[key] for key in sums if key[4].removeprefix("unattributed:") == "revenue:EUR")
        assert sold == sum(sums[key] for key in sums if key[4] == "amount:DELIVERED:EUR") == 1000
    last = outcome(7, decided[7], days[7])
    assert {key: amount for key, amount in sums.items() if amount} == dict(
        order_entries(last.order, last.decision, last.day, last.hour)
    )
    assert rows == {last.day}


def test_the_history_goes_on_when_an_order_finds_its_contact() -> None:
    published = nothing_published()
    accept(published, outcome(1, NOBODYS, contact=None))
    accept(published, outcome(2, cause="identity"))
    accept(published, outcome(2, cause="touch"))
    told = published.history("acme", "o1")
    assert [(one.cause, one.reason, one.at_ms) for one in told] == [
        ("order", "contact_unknown", NOW),
        ("identity", "last_touch", NOW),
    ]


def test_of_the_contact_that_an_order_has_left_the_history_keeps_no_message() -> None:
    published = nothing_published()
    accept(published, outcome(1))
    accept(published, outcome(2, ELSEWHERE, contact="bob"))
    told = published.history("acme", "o1")
    assert [one.credit and (one.credit.campaign, one.credit.message) for one in told] == [
        ("spring", ""),
        ("flash", "m2"),
    ]


def test_an_erasure_leaves_nothing_of_the_history() -> None:
    published = nothing_published()
    accept(published, outcome(1, ELSEWHERE))
    accept(published, outcome(2, CREDITED, cause="erasure", contact="a pseudonym"))
    assert [one.cause for one in published.history("acme", "o1")] == ["erasure"]


def test_the_history_has_an_end() -> None:
    published = nothing_published()
    for sequence in range(2 * CHANGES_KEPT):
        accept(published, outcome(sequence, (CREDITED, ELSEWHERE)[sequence % 2]))
    assert len(published.history("acme", "o1")) == CHANGES_KEPT
    assert published.history("acme", "never heard of") == ()


def corrected(*told: Outcome) -> Counter[str]:
    published = nothing_published()
    for one in told:
        accept(published, one)
    corrections = published.take_corrections()
    assert not published.take_corrections()
    return corrections


def test_a_credit_that_is_taken_back_or_moved_is_a_correction_of_what_changed() -> None:
    assert corrected(outcome(1), outcome(2, NOBODYS, cause="order")) == {"order": 1}
    assert corrected(outcome(1), outcome(1, ELSEWHERE, cause="touch"), outcome(1, cause="settings")) == {
        "touch": 1,
        "settings": 1,
    }
    assert corrected(outcome(1), outcome(2, ELSEWHERE, contact="bob", cause="identity")) == {"identity": 1}


def test_a_first_credit_the_same_again_or_one_out_of_date_corrects_nothing() -> None:
    assert not corrected(outcome(1, NOBODYS, contact=None), outcome(2))
    assert not corrected(outcome(1), outcome(2, amount=700))
    assert not corrected(outcome(2), outcome(1, ELSEWHERE))


def test_the_pseudonym_of_a_message_moves_no_credit() -> None:
    renamed = Decision("last_touch", Credit("email", "spring", "pseudonym", "clicked", at("03-01 11:00"), "24h"))
    assert not corrected(outcome(1), outcome(2, renamed, contact="nobody", cause="erasure"))
    assert corrected(outcome(1), outcome(2, NOBODYS, cause="erasure")) == {"erasure": 1}
