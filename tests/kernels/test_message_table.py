"""A table of messages is a dictionary of them, to whatever is done with it (`state.contact_messages`)."""

from __future__ import annotations

from typing import Final

import msgspec
import pytest

from kernels.loading import load
from kernels.tables import Tables
from state.attribution import Decision
from state.contact_messages import MessageDict
from state.contact_orders import ContactOrderDict, OrderAtContact
from state.messages import MESSAGES_MOST, unpack
from state.retention import NEVER
from state.settings import DEFAULT, Settings
from state.timeline import of_file
from state.touches import PackedTouches, in_columns, pack_touches, row
from tests.examples import examples
from tests.kernels.table_steps import walk
from tests.state.shop import order, touch

TABLES: Final = Tables(load())
EMPTY: Final = MessageDict().packed()
DEFAULTS: Final = of_file(DEFAULT)


@pytest.mark.hypothesis  # it is a property, whose examples are drawn step by step
@pytest.mark.parametrize("seed", range(4))
def test_it_holds_what_a_dictionary_holds_whatever_comes_in_any_order(seed: int) -> None:
    walk(TABLES, examples(1_000), seed)


def packed(*facts: object) -> PackedTouches:
    return PackedTouches(pack_touches(in_columns("acme", map(row, facts))))  # type: ignore[arg-type] # touches


def orders_of(contact: str, ordered_at: str) -> ContactOrderDict:
    orders = ContactOrderDict()
    orders.keep(contact, None, OrderAtContact(1, order(ordered_at), Decision("", None), None))
    return orders


def test_a_touch_that_orders_may_be_credited_to_is_named() -> None:
    table = TABLES.messages(EMPTY)
    facts = packed(
        touch("opened", "03-01 10:00"),
        touch("opened", "03-01 11:00", message="m2"),
        touch("opened", "03-01 13:00", message="m3"),
        touch("opened", "03-01 10:00", contact="bob"),
    )
    added = table.add(facts, NEVER, NEVER, DEFAULTS, orders_of("ann", "03-01 12:00"))
    assert added.recheck == {"ann": facts.unpacked().times[0]}


def test_the_bound_of_a_channel_is_left_to_python_and_other_channels_are_not_in_it() -> None:
    table, orders = TABLES.messages(EMPTY), ContactOrderDict()
    many = [touch("sent", "03-01 10:00", message=f"m{number}") for number in range(MESSAGES_MOST)]
    assert table.add(packed(*many), NEVER, NEVER, DEFAULTS, orders).with_care == []
    one_more = packed(touch("sent", "03-01 11:00", channel="sms"), touch("sent", "03-01 11:00", message="one more"))
    assert table.add(one_more, NEVER, NEVER, DEFAULTS, orders).with_care == [1]
    assert table.held().messages == MESSAGES_MOST + 1


def test_machines_tags_and_what_happens_again_are_usual() -> None:
    table, orders = TABLES.messages(EMPTY), ContactOrderDict()
    facts = packed(
        touch("opened", "03-01 10:00", automated=True),
        touch("opened", "03-01 10:05", tags=["vip", "news"], message="m2"),
        touch("opened", "03-01 10:06"),
        touch("opened", "03-01 10:07"),
        touch("opened", "03-01 10:08", tags=["news"], message="m2"),
        touch("opened", "03-01 10:06"),
    )
    added = table.add(facts, NEVER, NEVER, DEFAULTS, orders)
    assert (added.with_care, sum(len(counted) for _, counted in added.counted)) == ([], 2)
    assert added.tags == {"vip": facts.unpacked().times[1], "news": facts.unpacked().times[4]}
    times = [touch.times for touch in unpack(table.get("ann", b""))]
    assert [{letter: len(values) for letter, values in one.items()} for one in times] == [{"O": 2, "P": 1}, {"O": 2}]


def test_once_a_touch_of_a_contact_is_left_to_python_those_that_follow_are_too() -> None:
    """They are added in their order."""
    facts = packed(
        touch("opened", "03-01 10:00"),
        touch("opened", "03-01 10:05", tags=["vip"]),
        touch("clicked", "03-01 10:06"),
        touch("clicked", "03-01 10:06", contact="bob"),
    )
    assert TABLES.messages(EMPTY).add(facts, NEVER, NEVER, DEFAULTS, ContactOrderDict()).with_care == [1, 2]


def test_a_day_ends_where_the_time_zone_that_holds_now_says() -> None:
    """Settings may give an account another one."""
    facts = packed(touch("sent", "03-01 22:30"), touch("opened", "03-01 22:30"))
    table, orders = TABLES.messages(EMPTY), ContactOrderDict()
    [(utc, _)] = table.add(facts, NEVER, NEVER, DEFAULTS, orders).counted
    more = packed(touch("clicked", "03-01 22:30"))
    in_kyiv = of_file(Settings(time_zone="Europe/Kyiv"))
    [(kyiv, _)] = table.add(more, NEVER, NEVER, in_kyiv, orders).counted
    assert kyiv == utc + 1


def test_one_contact_may_have_more_than_all_others_together() -> None:
    """Its block moves to a larger one, for which half as much again as there is would not be enough."""
    table = TABLES.messages(EMPTY)
    for size in (10, 10_000, 1_000_000, 1_000_010):
        table["ann"] = b"\x1e" + b"x" * size
        assert table.get("ann", b"") == b"\x1e" + b"x" * size


@pytest.mark.parametrize("count", [0, 1, 15, 16, 65_535, 65_536])
def test_it_is_packed_as_a_dictionary_is(count: int) -> None:
    known = MessageDict({f"c{number}": b"\x1ea" for number in range(count)})
    again = TABLES.messages(known.packed()).packed()
    assert len(again) == len(known.packed())
    assert msgspec.msgpack.decode(again) == known
