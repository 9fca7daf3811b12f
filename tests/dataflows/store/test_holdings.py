"""What a key group holds, counted one by one, and the bytes of its snapshot, of which none is lost."""

from __future__ import annotations

import pytest

from connectors.metrics.stream import Held
from dataflows.store import holdings
from state.messages import unpack
from tests.state.shop import Shop, order, touch

NOON = "03-01 12:00"


def shop() -> Shop:
    """Two contacts with messages, and one, and nobody, who have ordered only."""
    made = Shop()
    made.receive(
        touch("sent", NOON, message="m1"),
        touch("clicked", NOON, message="m1"),
        touch("sent", NOON, message="m2"),
        touch("sent", NOON, contact="bob", account="other"),
        order(NOON),
        order(NOON, order="o2", contact="carol"),
        order(NOON, order="o3", contact=None),
    )
    return made


def test_contacts_are_those_with_messages_or_orders_and_messages_each_once() -> None:
    group = shop().contacts
    held = holdings.of_contacts(group, 1_000)
    messages = sum(len([*unpack(packed)]) for facts in group.accounts.values() for packed in facts.messages.values())
    assert {kind: of_kind.entries for kind, of_kind in held.items()} == {
        "contacts": 3,
        "messages": messages,
        "orders": 0,
    }
    assert messages == 3


def test_the_bytes_of_a_snapshot_are_shared_out_and_none_is_lost() -> None:
    held = holdings.of_contacts(shop().contacts, 1_000)
    assert sum(of_kind.packed_bytes for of_kind in held.values()) == pytest.approx(1_000)
    assert all(of_kind.packed_bytes > 0 for of_kind in held.values())


def test_orders_are_counted_where_their_state_is_kept_and_nowhere_else() -> None:
    made = shop()
    assert holdings.of_orders(made.orders, 70) == {"orders": Held(3, 70)}
    assert holdings.of_published(made.published, 30) == {"orders": Held(0, 30)}


def test_a_group_that_holds_nothing_has_nothing() -> None:
    empty = Shop()
    assert {held.entries for held in holdings.of_contacts(empty.contacts, 10).values()} == {0}
    assert holdings.of_orders(empty.orders, 10)["orders"].entries == 0
