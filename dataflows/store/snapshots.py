"""The form in which the stages' state goes into the recovery store: versioned, plain, compressed.

No class is pickled: a renamed class would orphan a store. A store of another version is refused with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

import msgspec

from dataflows.store.packed_state import PackedState, StoredState, decompressed
from state import campaign_names, settings_versions, tags_seen
from state.addresses import AccountAddresses, AddressGroup, Owner
from state.campaign_names import Named
from state.changes import Seen
from state.contact_messages import TablesFor, no_tables, restored_messages
from state.contact_orders import ContactOrderDict, PackedOrders
from state.contacts import ContactGroup
from state.erasures import Plain, Secret, restored
from state.facts import AccountFacts
from state.kept_orders import OrderTablesFor, restored_orders
from state.key_groups import GROUPS
from state.orders import AccountOrders, Answers, OrderGroup
from state.publication import PublishedTablesFor
from state.published import PublishedOrders
from state.retention import FORGET_AFTER_MS_DEFAULT, Retention
from state.timeline import Timeline, Version, timeline
from state.totals import Totals

VERSION: Final = 4
"""Grows with every change of what stands here or in a packed form of `state`."""

_Version = tuple[int, int, bytes, str]
_Versions = list[_Version]
_Retention = tuple[int, int, int, tuple[tuple[int, int], ...]]
"""As the fields of `state.retention.Retention`."""
_Facts = tuple[str, _Versions, _Retention, msgspec.Raw, dict[str, PackedOrders], dict[str, bytes]]
"""With the messages as a packed map."""
_Contacts = tuple[list[_Facts], Plain]
_Answers = dict[str, tuple[dict[str, tuple[str, int]], int]]
_Orders = tuple[list[tuple[str, _Retention, msgspec.Raw, _Answers]], Plain, list[tuple[str, str]]]
"""With the orders as a packed map."""
_Owners = dict[str, tuple[bool, int, str, int]]
_Addresses = tuple[list[tuple[str, _Retention, _Owners, dict[str, dict[str, int]]]], Plain]
_Published = dict[str, msgspec.Raw]
"""Account → packed map, order → packed `state.published.PublishedOrder`."""
_Totals = tuple[
    list[tuple[str, int, bytes]],
    list[tuple[str, int, _Version]],
    list[Named],
    dict[str, dict[str, int]],
    dict[str, _Versions],
]


class WrongVersion(RuntimeError):
    """The store was written by another version of lasttouch."""


def _pack(state: object) -> PackedState:
    return PackedState(bytes([VERSION]), msgspec.msgpack.encode(state))


def _unpack(stored: StoredState, kind: object) -> Any:  # noqa: ANN401 - of the kind that is asked for
    packed = bytes(stored)
    if packed[0] != VERSION:
        raise WrongVersion(f"the recovery store has state of form {packed[0]}, this version reads form {VERSION}")
    return msgspec.msgpack.decode(decompressed(packed[1:]), type=kind)


def _plain(retention: Retention) -> _Retention:
    return retention.clock, retention.floor, retention.swept, retention.marks


def pack_contacts(group: ContactGroup) -> PackedState:
    """A key group of contacts."""
    accounts = [
        (
            name,
            facts.timeline.versions,
            _plain(facts.retention),
            msgspec.Raw(facts.messages.packed()),
            msgspec.Raw(facts.orders.whole()),
            facts.people,
        )
        for name, facts in group.accounts.items()
    ]
    return _pack((accounts, group.erasures.plain()))


def unpack_contacts(
    packed: StoredState,
    timeline_of: Callable[[str], Timeline],
    secret: Secret,
    forget_after_ms: int = FORGET_AFTER_MS_DEFAULT,
    tables: TablesFor = no_tables,
) -> ContactGroup:
    """What `pack_contacts` packed."""
    accounts, erasures = cast("_Contacts", _unpack(packed, _Contacts))
    group = ContactGroup(timeline_of, restored(erasures, secret), forget_after_ms, tables)
    for name, versions, retention, messages, orders, people in accounts:
        shared = timeline(Version(*version) for version in versions)
        kept = ContactOrderDict.restored(orders)
        known = restored_messages(bytes(messages), tables)
        facts = group.accounts[name] = AccountFacts(shared, Retention(*retention), known, kept, people)
        facts.move_to_tables(tables)
    return group


def pack_orders(group: OrderGroup) -> PackedState:
    """A key group of orders."""
    accounts = [
        (
            name,
            _plain(known.retention),
            msgspec.Raw(known.orders.packed()),
            {order: (answers.owners, answers.asked_at) for order, answers in known.answers.items()},
        )
        for name, known in group.accounts.items()
    ]
    return _pack((accounts, group.erasures.plain(), sorted(group.to_resend)))


def unpack_orders(
    packed: StoredState,
    secret: Secret,
    forget_after_ms: int = FORGET_AFTER_MS_DEFAULT,
    tables: OrderTablesFor = no_tables,
) -> OrderGroup:
    """What `pack_orders` packed."""
    accounts, erasures, to_resend = cast("_Orders", _unpack(packed, _Orders))
    group = OrderGroup(restored(erasures, secret), GROUPS, forget_after_ms, tables)
    group.to_resend = set(to_resend)
    for name, retention, orders, answers in accounts:
        kept = restored_orders(bytes(orders), tables, name, GROUPS)
        known = {order: Answers(*answered) for order, answered in answers.items()}
        group.accounts[name] = AccountOrders(Retention(*retention), kept, known)
    return group


def pack_addresses(group: AddressGroup) -> PackedState:
    """A key group of addresses."""
    accounts = [(name, _plain(known.retention), known.owners, known.asked) for name, known in group.accounts.items()]
    return _pack((accounts, group.erasures.plain()))


def unpack_addresses(
    packed: StoredState, secret: Secret, forget_after_ms: int = FORGET_AFTER_MS_DEFAULT
) -> AddressGroup:
    """What `pack_addresses` packed."""
    accounts, erasures = cast("_Addresses", _unpack(packed, _Addresses))
    group = AddressGroup(restored(erasures, secret), forget_after_ms)
    for name, retention, owners, asked in accounts:
        known = {address: Owner(*owner) for address, owner in owners.items()}
        group.accounts[name] = AccountAddresses(Retention(*retention), known, asked)
    return group


def pack_published(published: PublishedOrders) -> PackedState:
    """What was published of each order last."""
    return _pack({account: msgspec.Raw(known.packed()) for account, known in published.orders.items()})


def unpack_published(packed: StoredState, tables: PublishedTablesFor = no_tables) -> PublishedOrders:
    """What `pack_published` packed."""
    published = PublishedOrders(tables)
    known: _Published = _unpack(packed, _Published)
    for account, orders in known.items():
        published.restore(account, bytes(orders))
    return published


def pack_totals(totals: Totals) -> PackedState:
    """A key group of totals."""
    days = [(account, day, packed) for (account, day), packed in totals.rest().items()]
    seen = [(account, seen.newest, seen.version) for account, seen in totals.seen.items()]
    return _pack((days, seen, totals.names.plain(), totals.tags.plain(), totals.settings.plain()))


def unpack_totals(packed: StoredState) -> Totals:
    """What `pack_totals` packed."""
    totals = Totals()
    state: _Totals = _unpack(packed, _Totals)
    days, accounts, names, tags, versions = state
    totals.names = campaign_names.restored(names)
    totals.tags = tags_seen.restored(tags)
    totals.settings = settings_versions.restored(
        {account: [Version(*version) for version in of_account] for account, of_account in versions.items()}
    )
    totals.packed = {(account, day): sums for account, day, sums in days}
    totals.seen = {account: Seen(newest, Version(*version)) for account, newest, version in accounts}
    return totals
