"""Totals are the sums of all that was ever added, whatever was told, packed or read in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from state.changes import Seen
from state.ledger import EntryKey
from state.settings import Settings, canonical
from state.timeline import Version, base_version
from state.totals import Totals, rebased
from tests.state.ledger_entries import add, one_by_one
from tests.state.shop import day

DAY: Final = day("03-01")
SPRING: Final = ("acme", DAY, "email", "spring", "revenue:EUR")

keys = st.tuples(
    st.sampled_from(("acme", "other")),
    st.sampled_from((0, DAY, DAY + 1)),
    st.sampled_from(("", "email", "sms")),
    st.sampled_from(("spring", "flash", "ї:%")),
    st.sampled_from(("sent", "revenue:EUR", "revenue:JPY")),
).map(lambda key: key if key[2] else (*key[:3], "", key[4]))
entries = st.dictionaries(keys, st.integers(-2, 2), max_size=4)


def recount(added: Iterable[dict[EntryKey, int]]) -> dict[EntryKey, int]:
    """What an entry of a campaign adds: to the campaign, to its channel and to the account."""
    sums: Counter[EntryKey] = Counter()
    for lot in added:
        for (account, on, channel, campaign, name), amount in lot.items():
            sums[account, on, "", "", name] += amount
            if channel:
                sums[account, on, channel, "", name] += amount
                sums[account, on, channel, campaign, name] += amount
    return {key: amount for key, amount in sums.items() if amount}


class View:
    """What a reader has been told of totals."""

    def __init__(self) -> None:
        self.sums: dict[EntryKey, int] = {}

    def tell(self, changes: list[tuple[EntryKey, int]]) -> None:
        assert len(dict(changes)) == len(changes), "each once"
        for key, amount in changes:
            self.sums[key] = amount
            if not amount:
                del self.sums[key]


def test_revenue_of_a_campaign_is_revenue_of_its_channel_and_its_account() -> None:
    totals = Totals()
    add(totals, {SPRING: 1000})
    add(totals, {SPRING: 500, ("acme", DAY, "email", "flash", "revenue:EUR"): 1})
    assert dict(one_by_one(totals.take_changes())) == {
        SPRING: 1500,
        ("acme", DAY, "email", "flash", "revenue:EUR"): 1,
        ("acme", DAY, "email", "", "revenue:EUR"): 1501,
        ("acme", DAY, "", "", "revenue:EUR"): 1501,
    }


def test_what_counts_for_the_account_alone_counts_once() -> None:
    totals = Totals()
    add(totals, {("acme", DAY, "", "", "orders:DELIVERED:EUR"): 1})
    assert one_by_one(totals.take_changes()) == [(("acme", DAY, "", "", "orders:DELIVERED:EUR"), 1)]


def test_only_what_has_changed_is_told() -> None:
    totals = Totals()
    add(totals, {SPRING: 1000, ("acme", DAY + 1, "", "", "sent"): 1})
    totals.take_changes()
    add(totals, {("acme", DAY + 1, "", "", "sent"): 1})
    assert one_by_one(totals.take_changes()) == [(("acme", DAY + 1, "", "", "sent"), 2)]
    assert one_by_one(totals.take_changes()) == []


def test_a_total_that_comes_to_nothing_is_told_as_0() -> None:
    totals = Totals()
    add(totals, {SPRING: 1000})
    totals.take_changes()
    add(totals, {SPRING: -1000})
    assert (SPRING, 0) in one_by_one(totals.take_changes())


def test_after_a_restart_every_total_is_told_again() -> None:
    totals = Totals()
    add(totals, {SPRING: 1000})
    told = one_by_one(totals.take_changes())
    totals.rest()
    totals.emit_all()
    assert sorted(one_by_one(totals.take_changes())) == sorted(told)


def test_a_total_that_came_to_nothing_just_before_is_told_as_0_all_the_same() -> None:
    totals = Totals()
    add(totals, {SPRING: 1000})
    totals.take_changes()
    add(totals, {SPRING: -1000})
    totals.emit_all()
    assert (SPRING, 0) in one_by_one(totals.take_changes())


def test_a_day_that_comes_to_nothing_leaves_nothing_behind() -> None:
    totals = Totals()
    add(totals, {SPRING: 1000})
    totals.take_changes()
    add(totals, {SPRING: -1000})
    totals.take_changes()
    assert totals.rest() == {}


@settings(deadline=None)
@given(steps=st.lists(st.one_of(entries, st.sampled_from(("take", "rest", "tell all"))), max_size=10))
def test_totals_are_the_sums_of_all_that_was_added(steps: list[dict[EntryKey, int] | str]) -> None:
    totals, view = Totals(), View()
    for step in steps:
        match step:
            case "take":
                view.tell(one_by_one(totals.take_changes()))
            case "rest":
                totals.rest()
            case "tell all":
                totals.emit_all()
            case dict():
                add(totals, step)
    view.tell(one_by_one(totals.take_changes()))
    assert view.sums == recount(step for step in steps if isinstance(step, dict))

    whole = View()
    totals.emit_all()
    whole.tell(one_by_one(totals.take_changes()))
    assert whole.sums == view.sums


EUR, USD = (base_version(Settings(currency=currency)) for currency in ("EUR", "USD"))
LATER = Version(5, 0, canonical(Settings(currency="JPY")))


def test_an_account_is_as_fresh_as_its_newest_event_under_its_greatest_settings() -> None:
    totals = Totals()
    totals.see("acme", Seen(7, EUR))
    totals.see("acme", Seen(5, LATER))
    totals.see("other", Seen(1, EUR))
    assert totals.take_seen() == {"acme": Seen(7, LATER), "other": Seen(1, EUR)}
    totals.see("acme", Seen(6, EUR))
    assert totals.take_seen() == {}
    totals.see("acme", Seen(8, EUR))
    assert totals.take_seen() == {"acme": Seen(8, LATER)}


@settings(deadline=None)
@given(
    seen=st.lists(st.builds(Seen, st.integers(0, 5), st.sampled_from((EUR, USD, LATER))), min_size=1), data=st.data()
)
def test_how_fresh_an_account_is_does_not_depend_on_the_order_in_which_it_was_seen(
    seen: list[Seen], data: st.DataObject
) -> None:
    totals = Totals()
    for one in data.draw(st.permutations(seen)):
        totals.see("acme", one)
    assert totals.take_seen() == {
        "acme": Seen(max(one.newest for one in seen), max(one.version for one in seen)),
    }


def test_after_a_restart_what_was_seen_is_told_again() -> None:
    totals = Totals()
    totals.see("acme", Seen(7, EUR))
    totals.take_seen()
    totals.emit_all()
    assert totals.take_seen() == {"acme": Seen(7, EUR)}


def test_a_changed_settings_file_holds_for_accounts_that_no_event_has_given_settings() -> None:
    assert rebased(Seen(7, EUR), USD) == Seen(7, USD)
    assert rebased(Seen(7, USD), EUR) == Seen(7, EUR)
    assert rebased(Seen(7, LATER), USD) == Seen(7, LATER)
