"""The form in which the stages' state goes into the recovery store: versioned, plain, compressed.

No class is pickled: a renamed class would orphan a store. A store of another version is refused with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

import msgspec
import zstandard

from state.addresses import AccountAddresses, AddressGroup, Owner
from state.changes import Seen
from state.contacts import ContactGroup
from state.erasures import Secret, restored
from state.facts import AccountFacts
from state.key_groups import GROUPS
from state.orders import AccountOrders, OrderGroup, PublishedOrders
from state.timeline import Timeline, Version
from state.totals import Totals

VERSION: Final = 1
"""Grows with every change of what stands here or in a packed form of `state`."""
_LEVEL: Final = 1

_compress: Final = zstandard.ZstdCompressor(level=_LEVEL).compress
_decompress: Final = zstandard.ZstdDecompressor().decompress

_Versions = list[tuple[int, int, bytes]]
_Erasures = dict[str, dict[str, list[int]]]
_Facts = tuple[str, _Versions, int, int, dict[str, bytes], dict[str, dict[str, bytes]], dict[str, bytes]]
_Contacts = tuple[list[_Facts], _Erasures]
_Answers = dict[str, dict[str, tuple[str, int]]]
_Orders = tuple[list[tuple[str, int, int, dict[str, bytes], _Answers]], _Erasures, list[tuple[str, str]]]
_Owners = dict[str, tuple[int, str, int]]
_Addresses = tuple[list[tuple[str, int, int, _Owners, dict[str, dict[str, int]]]], _Erasures]
_Told = tuple[dict[str, dict[str, tuple[int, int]]], int, int]
_Totals = tuple[list[tuple[str, int, bytes]], list[tuple[str, int, tuple[int, int, bytes]]]]


class WrongVersion(RuntimeError):
    """The store was written by another version of lasttouch."""


def _pack(state: object) -> bytes:
    return bytes([VERSION]) + _compress(msgspec.msgpack.encode(state))


def _unpack(packed: bytes, kind: object) -> Any:  # noqa: ANN401 - of the kind that is asked for
    if packed[0] != VERSION:
        raise WrongVersion(f"the recovery store has state of form {packed[0]}, this version reads form {VERSION}")
    return msgspec.msgpack.decode(_decompress(packed[1:]), type=kind)


def pack_contacts(group: ContactGroup) -> bytes:
    """A key group of contacts."""
    accounts = [
        (name, facts.timeline.versions, facts.clock, facts.swept, facts.messages, facts.orders, facts.people)
        for name, facts in group.accounts.items()
    ]
    return _pack((accounts, group.erasures.plain()))


def unpack_contacts(packed: bytes, timeline_of: Callable[[str], Timeline], secret: Secret) -> ContactGroup:
    """What `pack_contacts` packed."""
    accounts, erasures = cast("_Contacts", _unpack(packed, _Contacts))
    group = ContactGroup(timeline_of, restored(erasures, secret))
    for name, versions, clock, swept, messages, orders, people in accounts:
        timeline = Timeline(tuple(Version(*version) for version in versions))
        facts = AccountFacts(timeline, clock, swept, messages, orders, people)
        facts.note_orders()
        group.accounts[name] = facts
    return group


def pack_orders(group: OrderGroup) -> bytes:
    """A key group of orders."""
    accounts = [(name, known.clock, known.swept, known.orders, known.answers) for name, known in group.accounts.items()]
    return _pack((accounts, group.erasures.plain(), sorted(group.to_resend)))


def unpack_orders(packed: bytes, secret: Secret) -> OrderGroup:
    """What `pack_orders` packed."""
    accounts, erasures, to_resend = cast("_Orders", _unpack(packed, _Orders))
    group = OrderGroup(restored(erasures, secret), GROUPS)
    group.to_resend = set(to_resend)
    for name, clock, swept, orders, answers in accounts:
        group.accounts[name] = AccountOrders(clock, swept, orders, answers)
    return group


def pack_addresses(group: AddressGroup) -> bytes:
    """A key group of addresses."""
    accounts = [(name, known.clock, known.swept, known.owners, known.asked) for name, known in group.accounts.items()]
    return _pack((accounts, group.erasures.plain()))


def unpack_addresses(packed: bytes, secret: Secret) -> AddressGroup:
    """What `pack_addresses` packed."""
    accounts, erasures = cast("_Addresses", _unpack(packed, _Addresses))
    group = AddressGroup(restored(erasures, secret))
    for name, clock, swept, owners, asked in accounts:
        known = {address: Owner(*owner) for address, owner in owners.items()}
        group.accounts[name] = AccountAddresses(clock, swept, known, asked)
    return group


def pack_published(told: PublishedOrders) -> bytes:
    """What was told of each order last."""
    return _pack((told.orders, told.newest, told.swept))


def unpack_published(packed: bytes) -> PublishedOrders:
    """What `pack_published` packed."""
    return PublishedOrders(*cast("_Told", _unpack(packed, _Told)))


def pack_totals(totals: Totals) -> bytes:
    """A key group of totals."""
    days = [(account, day, packed) for (account, day), packed in totals.rest().items()]
    return _pack((days, [(account, seen.newest, seen.version) for account, seen in totals.seen.items()]))


def unpack_totals(packed: bytes) -> Totals:
    """What `pack_totals` packed."""
    totals = Totals()
    state: _Totals = _unpack(packed, _Totals)
    days, accounts = state
    totals.packed = {(account, day): sums for account, day, sums in days}
    totals.seen = {account: Seen(newest, Version(*version)) for account, newest, version in accounts}
    return totals
