"""Orders that a kernel places at their contacts are decided, kept and told as Python does it."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest

from kernels.loading import load
from kernels.tables import Tables
from state import placing
from state.changes import Assigned, Changes, OrderMessage
from state.contacts import ContactGroup
from state.erasures import Erasures
from state.events import Contact, Order
from state.packed_words import Packed, PackedWords, pack_list
from state.settings import Settings
from state.timeline import base_version, of_file
from state.touches import PackedTouches, in_columns, pack_touches, row
from tests.examples import examples
from tests.kernels.placed_steps import walk
from tests.state.shop import SECRET, at, decisions, order, shown, touch

pack: Final = msgspec.msgpack.Encoder().encode
TABLES: Final = Tables(load())


@pytest.mark.hypothesis  # it is a property, whose examples are drawn step by step
@pytest.mark.parametrize("seed", range(4))
def test_it_is_all_the_same_whether_a_kernel_places_an_order_or_python(seed: int) -> None:
    steps = examples(1_000)
    assert walk(TABLES, steps, seed) > steps


def group(**settings: Any) -> ContactGroup:
    """A key group with a click of Ann's at eleven, a time zone's day of which has been seen."""
    timeline = of_file(Settings(**settings))
    made = ContactGroup(lambda _account: timeline, Erasures(SECRET), tables=lambda _contacts: TABLES)
    clicked = pack_touches(in_columns("acme", [row(touch("clicked", "03-01 11:00"))]))
    made.add_touches(PackedTouches(clicked), Changes())
    told(made, assigned(99, order=order(order="o99", contact="bob")))
    return made


def assigned(sequence: int, *, order: Order, contact: str | None = "ann") -> Assigned:
    return Assigned(order.contact if contact == "ann" else contact, 0, sequence, "order", order)


def told(known: ContactGroup, *words: OrderMessage) -> list[str]:
    """Of each outcome where the order is credited, and who found it out."""
    changes = Changes()
    placing.take(known, words, changes)
    return [
        f"{shown(decision)} by {'a kernel' if isinstance(one, Packed) else 'Python'}"
        for one, decision in zip(changes.outcomes, decisions(changes), strict=True)
    ]


def test_an_order_that_comes_anew_and_one_that_comes_further_is_placed_by_a_kernel() -> None:
    known = group()
    assert told(known, assigned(1, order=order(status="INITIALIZED"))) == ["not_delivered by a kernel"]
    assert told(known, assigned(2, order=order())) == ["email/spring/m1 by a kernel"]
    assert told(known, assigned(3, order=order(status="CANCELLED"))) == ["not_delivered by a kernel"]
    assert told(known, assigned(4, order=order())) == ["email/spring/m1 by a kernel"]


def test_so_is_another_order_of_the_same_contact_and_one_whose_contact_has_no_messages() -> None:
    known = group()
    words = [assigned(1, order=order()), assigned(2, order=order(order="o2"))]
    assert told(known, *words, assigned(3, order=order(order="o3", contact="eve"))) == [
        "email/spring/m1 by a kernel",
        "email/spring/m1 by a kernel",
        "no_eligible_touch by a kernel",
    ]


def test_words_that_come_packed_are_all_told_at_once() -> None:
    known, changes = group(), Changes()
    words = [assigned(1, order=order()), assigned(2, order=order(order="o2", contact="eve"))]
    placing.take(known, pack_list(list(map(pack, words))), changes)
    assert [type(one) for one in changes.outcomes] == [PackedWords]
    assert list(map(shown, decisions(changes))) == ["email/spring/m1", "no_eligible_touch"]


def test_what_is_rare_is_left_to_python_and_told_in_its_place() -> None:
    known = group()
    words = [
        assigned(1, order=order(order="o1")),
        assigned(2, order=order(order="o2", contact=None)),
        assigned(3, order=order(order="o3")),
        assigned(3, order=order(order="o3", amount=7)),
        assigned(4, order=order("05-01 12:00", order="o4")),
    ]
    assert told(known, *words) == [
        "email/spring/m1 by a kernel",
        "contact_unknown by Python",
        "email/spring/m1 by a kernel",
        "email/spring/m1 by Python",
        "no_eligible_touch by Python",
    ]
    again = assigned(5, order=order("05-01 13:00", order="o5"))
    assert told(known, again) == ["no_eligible_touch by a kernel"], "its day is known now"


def test_what_follows_of_an_order_that_is_left_to_python_is_left_too() -> None:
    known = group()
    words = [assigned(1, order=order(contact=None)), assigned(2, order=order()), assigned(3, order=order(order="o2"))]
    assert told(known, *words) == [
        "contact_unknown by Python",
        "email/spring/m1 by Python",
        "email/spring/m1 by a kernel",
    ]


def test_an_order_made_under_settings_that_are_in_force_no_more_is_left_to_python() -> None:
    known = group()
    timeline = known.account("acme").timeline
    version = base_version(Settings(show_sales=False))._replace(effective_from=at("03-01 12:30"), time=0)
    known.change_settings("acme", timeline.with_version(version), Changes())
    assert told(known, assigned(1, order=order("03-01 12:00"))) == ["email/spring/m1 by Python"]
    assert told(known, assigned(2, order=order("03-01 13:00", order="o2"))) == ["sales_hidden by a kernel"]


def test_the_list_shows_what_the_contact_said_of_itself() -> None:
    known, changes = group(), Changes()
    known.declare(Contact("acme", "ann", at("03-01 09:00"), email="ann@shop.example"), changes)
    placing.take(known, [assigned(1, order=order())], changes)
    assert isinstance(changes.outcomes[0], Packed)
    assert [one.order.email for one in decisions(changes)] == ["ann@shop.example"]
    assert known.account("acme").orders.of("ann")[0].order.email is None
