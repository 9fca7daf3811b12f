"""What the recovery store gives back is what the stages had: a run that resumes goes on as if nothing had happened."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflows.store.snapshots import (
    VERSION,
    WrongVersion,
    pack_addresses,
    pack_contacts,
    pack_orders,
    pack_published,
    pack_totals,
    unpack_addresses,
    unpack_contacts,
    unpack_orders,
    unpack_published,
    unpack_totals,
)
from state.addresses import AddressGroup, Claim
from state.changes import Seen
from state.contacts import TOO_LATE as TOUCH_TOO_LATE
from state.contacts import ContactGroup
from state.erasures import Erasures
from state.events import Contact, SettingsChange
from state.ledger import EntryKey
from state.money import AMOUNT_MAX
from state.orders import TOO_LATE as ORDER_TOO_LATE
from state.orders import OrderGroup
from state.published import PublishedOrders
from state.settings import Settings, canonical, parse_settings
from state.timeline import Version, base_version, of_file
from state.totals import Totals
from tests.house.sources import ROOT
from tests.state.ledger_entries import add, one_by_one
from tests.state.random_facts import fact_sets, settings_tables
from tests.state.shop import DAY, SECRET, Fact, Shop, at, day, decisions, order, shown, touch

NEWER: Final = VERSION + 1
EUR, JPY = (base_version(Settings(currency=currency)) for currency in ("EUR", "JPY"))


def resumed(shop: Shop) -> Shop:
    """The shop after a crash at the end of an epoch: its state as the store gives it back, and what it has told."""
    states = pack_contacts(shop.contacts), pack_orders(shop.orders), pack_published(shop.published)
    packed = pickle.loads(pickle.dumps(states))
    shop.contacts = unpack_contacts(packed[0], lambda _account: shop.timeline, SECRET)
    shop.orders = unpack_orders(packed[1], SECRET)
    shop.published = unpack_published(packed[2])
    assert bytes(pack_contacts(shop.contacts)) == packed[0]
    assert bytes(pack_orders(shop.orders)) == packed[1]
    assert bytes(pack_published(shop.published)) == packed[2]
    return shop


@settings(deadline=None)
@given(facts=fact_sets(), table=settings_tables(), cut=st.integers(0, 22), data=st.data())
def test_contacts_and_orders_go_on_as_if_nothing_had_happened(
    facts: list[Fact], table: Mapping[str, Any], cut: int, data: st.DataObject
) -> None:
    arrived: Sequence[Fact] = data.draw(st.permutations(facts))
    through, crashed = Shop(parse_settings(table)), Shop(parse_settings(table))
    for shop in (through, crashed):
        shop.receive(*arrived[:cut])
    resumed(crashed)
    for fact in arrived[cut:]:
        through.receive(fact)
        crashed.receive(fact)
    assert crashed.figures() == through.figures()
    assert crashed.outcomes == through.outcomes
    assert crashed.seen == through.seen


def test_an_order_that_a_crash_interrupts_is_credited_to_the_touch_from_before_it() -> None:
    shop = Shop()
    shop.receive(touch("clicked", "03-01 11:00", tags=["vip"]))
    resumed(shop).receive(order("03-01 12:00"))
    assert shop.credited() == "email/spring/m1"
    resumed(shop).receive(touch("clicked", "03-01 11:30", campaign="flash"))
    assert shop.credited() == "email/flash/m1"
    assert shop.total("revenue:EUR") == shop.total("revenue:EUR", campaign="flash") == 1000


def test_every_version_of_the_settings_is_kept() -> None:
    shop = Shop()
    shop.receive(touch("clicked", "03-01 11:00"), order("03-01 12:00"))
    hidden = Version(at("03-01 00:00"), at("03-05 00:00"), canonical(Settings(show_sales=False)))
    shop.change_settings(of_file(Settings(currency="JPY")).with_version(hidden))
    before = shop.contacts.accounts["acme"].timeline
    assert resumed(shop).contacts.accounts["acme"].timeline == before
    assert shop.credited() == "sales_hidden"
    assert [told.order.order for told in decisions(shop.change_settings(of_file(Settings())))] == ["o1"]
    assert shop.credited() == "email/spring/m1"


def test_what_was_let_go_of_stays_so_and_what_comes_later_is_too_late() -> None:
    shop = Shop()
    old = touch("clicked", "2024-01-02T11:00:00Z", message="old"), order("2024-01-02T11:00:00Z", contact="bob")
    shop.receive(*old)
    for days in range(3):
        shop.now_ms += 2 * DAY
        resumed(shop).receive(touch("clicked", at("06-01 11:00") + 10 * days * DAY))
        shop.receive(order(at("06-01 11:00") + 10 * days * DAY, order=f"o{2 + days}"))
    shop.receive(*old)
    assert {late.detail for late in shop.too_late} == {TOUCH_TOO_LATE, ORDER_TOO_LATE}


def test_a_contact_that_was_forgotten_stays_forgotten() -> None:
    shop = Shop()
    shop.contacts.erase("acme", "ann", at("03-02 00:00"), shop.receive(touch("clicked", "03-01 11:00")))
    resumed(shop).receive(touch("clicked", "03-01 11:30"), touch("clicked", "03-03 11:00"))
    contacts = shop.contacts.accounts["acme"].messages
    assert len(contacts) == 2
    assert [b"m1" in packed for contact, packed in contacts.items() if contact == "ann"] == [True]
    assert [b"m1" in packed for contact, packed in contacts.items() if contact != "ann"] == [False]


def test_who_owns_an_address_and_who_has_asked_is_kept() -> None:
    group = AddressGroup(Erasures(SECRET))
    group.declare("acme", Claim("an address", True), 5, "ann", 1)
    group.ask("acme", "an address", "o1", 6, 0)
    group.ask("acme", "another", "o2", 6, 0)
    after = unpack_addresses(pickle.loads(pickle.dumps(pack_addresses(group))), SECRET)
    assert bytes(pack_addresses(after)) == bytes(pack_addresses(group))
    assert [answer.contact for answer in after.ask("acme", "an address", "o3", 7, 0)] == ["ann"]
    answers = after.declare("acme", Claim("another", True), 8, "bob", 2)
    assert [(answer.order, answer.contact) for answer in answers] == [("o2", "bob")]
    assert after.declare("acme", Claim("another", True), 4, "bob", 2) == []


def test_what_a_contact_declared_is_kept() -> None:
    shop = Shop()
    ann = Contact("acme", "ann", at("03-01 00:00"), email="ann@shop.example", first_name="Ann")
    shop.contacts.declare(ann, shop.receive(touch("clicked", "03-01 11:00")))
    [told] = decisions(resumed(shop).receive(order("03-01 12:00")))
    assert (told.order.email, told.order.first_name) == ("ann@shop.example", "Ann")


keys = st.tuples(
    st.sampled_from(("acme", "тест")),
    st.sampled_from((0, day("03-01"))),
    st.just("email"),
    st.sampled_from(("spring", "ї")),
    st.sampled_from(("sent", "revenue:EUR")),
)
lots = st.lists(st.dictionaries(keys, st.sampled_from((-1, 1, AMOUNT_MAX)), max_size=3), max_size=5)


def told_by(totals: Totals) -> dict[EntryKey, int]:
    """What a view that is built from nothing shows."""
    totals.emit_all()
    return {key: amount for key, amount in one_by_one(totals.take_changes()) if amount}


@settings(deadline=None)
@given(before=lots, after=lots, take=st.booleans())
def test_totals_go_on_as_if_nothing_had_happened(
    before: list[dict[EntryKey, int]], after: list[dict[EntryKey, int]], take: bool
) -> None:
    through, crashed = Totals(), Totals()
    for totals in (through, crashed):
        for lot in before:
            add(totals, lot)
        if take:
            totals.take_changes()
    packed = pickle.loads(pickle.dumps(pack_totals(crashed)))
    crashed = unpack_totals(packed)
    for totals in (through, crashed):
        for lot in after:
            add(totals, lot)
    assert told_by(crashed) == told_by(through)
    assert bytes(pack_totals(unpack_totals(packed))) == packed


def test_many_orders_of_the_greatest_amount_are_counted_exactly() -> None:
    totals = Totals()
    key = ("acme", day("03-01"), "", "", "revenue:EUR")
    for _ in range(5):
        add(totals, {key: AMOUNT_MAX})
    assert told_by(unpack_totals(pack_totals(totals))) == {key: 5 * AMOUNT_MAX}


def test_taking_a_snapshot_of_totals_changes_nothing_of_what_is_still_to_be_told() -> None:
    totals = Totals()
    key = ("acme", day("03-01"), "", "", "sent")
    add(totals, {key: 1})
    pack_totals(totals)
    assert one_by_one(totals.take_changes()) == [(key, 1)]
    add(totals, {key: -1})
    pack_totals(totals)
    assert one_by_one(totals.take_changes()) == [(key, 0)]


def test_how_fresh_an_account_is_and_under_which_settings_is_kept() -> None:
    totals = Totals()
    totals.see("acme", Seen(7, JPY))
    totals.see("other", Seen(9, EUR))
    after = unpack_totals(pack_totals(totals))
    after.emit_all()
    assert after.take_seen() == {"acme": Seen(7, JPY), "other": Seen(9, EUR)}


def test_the_tags_seen_and_who_changed_which_settings_are_kept() -> None:
    totals = Totals()
    totals.tags.add("acme", {"vip": 7, "ї": -1})
    totals.settings.add(SettingsChange("acme", 5, 6, JPY.text, "ann"), lambda _account: of_file(Settings()))
    told = totals.tags.take_changes(), totals.settings.take_changes()
    after = unpack_totals(pack_totals(totals))
    after.emit_all()
    assert (after.tags.take_changes(), after.settings.take_changes()) == told
    assert [version.by for version in told[1]["acme"]] == ["ann", ""]


def test_a_snapshot_is_not_touched_by_what_comes_after_it() -> None:
    shop = Shop()
    shop.receive(touch("clicked", "03-01 11:00"), order("03-01 12:00"))
    packed = pack_contacts(shop.contacts)
    shop.receive(order("03-01 12:00", "03-02 00:00", status="CANCELLED"))
    kept = unpack_contacts(packed, lambda _account: shop.timeline, SECRET)
    changes = shop.receive()
    kept.emit_all(changes)
    assert [shown(told) for told in decisions(changes)] == ["email/spring/m1"]


def empty_states() -> list[tuple[str, bytes]]:
    packed = [
        ("contacts", pack_contacts(ContactGroup(lambda _account: of_file(Settings()), Erasures(SECRET)))),
        ("orders", pack_orders(OrderGroup(Erasures(SECRET), 64))),
        ("addresses", pack_addresses(AddressGroup(Erasures(SECRET)))),
        ("told", pack_published(PublishedOrders())),
        ("totals", pack_totals(Totals())),
    ]
    return [(stage, bytes(state)) for stage, state in packed]


@pytest.mark.parametrize(("stage", "packed"), empty_states(), ids=[stage for stage, _ in empty_states()])
def test_a_state_of_another_version_is_refused_with_both_versions(stage: str, packed: bytes) -> None:
    newer = bytes([NEWER]) + packed[1:]
    with pytest.raises(WrongVersion, match=f"form {NEWER}, this version reads form {VERSION}"):
        unpacked(stage, newer)
    assert packed[0] == VERSION
    assert unpacked(stage, packed) is not None


def unpacked(stage: str, packed: bytes) -> object:
    match stage:
        case "contacts":
            return unpack_contacts(packed, lambda _account: of_file(Settings()), SECRET)
        case "orders":
            return unpack_orders(packed, SECRET)
        case "addresses":
            return unpack_addresses(packed, SECRET)
        case "told":
            return unpack_published(packed)
        case _:
            return unpack_totals(packed)


def test_the_same_state_is_the_same_bytes_in_every_process() -> None:
    """No salted hash, no address in memory: two workers write the same."""
    program = (
        "from tests.state.shop import Shop, touch, order\n"
        "from dataflows.store.snapshots import pack_contacts, pack_orders\n"
        "shop = Shop()\n"
        "shop.receive(touch('clicked', '03-01 11:00', tags=['b', 'a', 'c']), order('03-01 12:00'))\n"
        "print(bytes(pack_contacts(shop.contacts)).hex(), bytes(pack_orders(shop.orders)).hex())"
    )
    command = [sys.executable, "-c", program]
    said = {subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout for _ in range(2)}
    assert len(said) == 1
