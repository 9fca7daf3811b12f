"""How much a key group holds, by kind: entries, and what they take in the recovery store as it is packed."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from config.metric_names import STATE_KINDS
from connectors.metrics.stream import Held
from state.addresses import AddressGroup
from state.contacts import ContactGroup
from state.orders import OrderGroup
from state.published import PublishedOrders

CONTACTS, MESSAGES, ORDERS, ADDRESSES = STATE_KINDS


def of_contacts(group: ContactGroup, packed_bytes: int) -> Mapping[str, Held]:
    """Contacts, their messages, and their orders, which the stage by order counts; the packed bytes are shared out."""
    contacts = messages = 0
    contact_bytes = message_bytes = order_bytes = 0
    for facts in group.accounts.values():
        people, of_messages = facts.people, facts.messages.held()
        named = list(people)
        named += [contact for contact in facts.orders.contacts() if contact and contact not in people]
        named = facts.messages.missing(named)
        contacts += of_messages.contacts + len(named)
        contact_bytes += of_messages.id_bytes + sum(map(len, chain(named, people.values())))
        messages += of_messages.messages
        message_bytes += of_messages.message_bytes
        order_bytes += facts.orders.packed_bytes()
    share = packed_bytes / max(1, contact_bytes + message_bytes + order_bytes)
    return {
        CONTACTS: Held(contacts, contact_bytes * share),
        MESSAGES: Held(messages, message_bytes * share),
        ORDERS: Held(0, order_bytes * share),
    }


def of_orders(group: OrderGroup, packed_bytes: int) -> Mapping[str, Held]:
    """Orders."""
    return {ORDERS: Held(sum(len(known.orders) for known in group.accounts.values()), packed_bytes)}


def of_published(published: PublishedOrders, packed_bytes: int) -> Mapping[str, Held]:
    """What was published of orders, which the stage by order counts."""
    del published
    return {ORDERS: Held(0, packed_bytes)}


def of_addresses(group: AddressGroup, packed_bytes: int) -> Mapping[str, Held]:
    """Addresses that are owned or asked for."""
    entries = 0
    for known in group.accounts.values():
        entries += len(known.owners) + sum(address not in known.owners for address in known.asked)
    return {ADDRESSES: Held(entries, packed_bytes)}
