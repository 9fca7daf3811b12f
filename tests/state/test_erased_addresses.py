"""What was an erased contact's is known by its keyed hash, so that whoever keeps texts can let go of them."""

from __future__ import annotations

from state.addresses import AddressGroup, Claim
from state.erasures import Erasures, Secret


def group() -> AddressGroup:
    group = AddressGroup(Erasures(Secret(b"the shop's own")))
    for address, time, contact in (("a1", 10, "ann"), ("a2", 20, "ann"), ("a3", 10, "ann"), ("a3", 15, "bob")):
        group.declare("acme", Claim(address, is_anothers=True), time, contact, 0)
    return group


def test_the_addresses_of_an_erased_contact_are_those_that_it_owned_until_then() -> None:
    known = group()
    known.erase("acme", "ann", 15)
    assert known.owned_until("acme", "ann", 15) == ["a1"]
    assert known.owned_until("other", "ann", 15) == []


def test_an_address_that_is_declared_after_an_erasure_for_a_time_before_it_was_the_erased_ones() -> None:
    known = group()
    known.erase("acme", "ann", 15)
    known.erase("acme", "ann", 30)
    assert [known.erasures.erased_at("acme", "ann", time) for time in (5, 15, 16, 30, 31)] == [15, 15, 30, 30, None]
    assert known.erasures.erased_at("acme", "bob", 5) is None
