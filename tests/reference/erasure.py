"""Forgetting a person: a rewriting of the set of events, before anything is computed (contract §1 `erase`).

The engine writes a keyed hash where this writes a marked id, so views are compared by `with_own_marks`.
Out of scope: ties between touches or declarations that only an id of an erased contact would break.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.reference.events import NOBODY, Contact, Erasure, Event, Order, PartialOrder, Touch
from tests.reference.identity import OrderEvent, contact_of, owners, states
from tests.reference.pseudonyms import MARK, id_before, is_pseudonym, pseudonym

__all__ = ["MARK", "Forgetting", "forget", "is_pseudonym", "with_own_marks"]

Key = tuple[str, str]
Row = dict[str, Any]


@dataclass(frozen=True)
class Forgetting:
    """All erasures of a set of events.

    times: (account, contact) → ms of its erasures. belongs_to: (account, order) → the contact that the order belongs
    to by all the events as they came; an order that is not there loses only what events that name a contact say.
    """

    times: Mapping[Key, frozenset[int]]
    belongs_to: Mapping[Key, str | None]

    @classmethod
    def of(cls, events: Iterable[Event], *, unnamed: bool) -> Forgetting:
        """unnamed: order events that name no contact are of the contact that their order belongs to."""
        known = set(events)
        times: dict[Key, frozenset[int]] = {}
        for event in known:
            if isinstance(event, Erasure):
                key = event.account, event.contact
                times[key] = times.get(key, frozenset()) | {event.time}
        owner_of = owners(known)
        orders = states(known) if unnamed else []
        return cls(times, {(order.account, order.order): contact_of(order, owner_of) for order in orders})

    def name(self, account: str, contact: str, time: int) -> str:
        """What a contact is called in its events at a time.

        Its events up to an erasure are one nobody; those after it begin anew, until the next erasure.
        """
        not_before = [erased_at for erased_at in self.times.get((account, contact), ()) if time <= erased_at]
        return pseudonym(contact, min(not_before)) if not_before else contact

    def touch(self, touch: Touch) -> Touch:
        nobody = self.name(touch.account, touch.contact, touch.time)
        if not is_pseudonym(nobody):
            return touch
        return replace(touch, contact=nobody, message=f"{nobody} {touch.message}")

    def declaration(self, event: Contact) -> Contact:
        """The address stays owned by the pseudonym."""
        return replace(event, contact=self.name(event.account, event.contact, event.time))

    def order(self, event: OrderEvent) -> OrderEvent:
        """An event that names no contact is rewritten as if it had named the one that its order belongs to."""
        contact = event.contact
        if contact is None:
            contact = self.belongs_to.get((event.account, event.order))
        if contact is None:
            return event
        nobody = self.name(event.account, contact, event.time)
        return replace(event, contact=nobody, person=NOBODY) if is_pseudonym(nobody) else event


def forget(events: Iterable[Event], *, unnamed: bool = False) -> set[Event]:
    """The events with the ids of erased contacts, and of their messages, replaced by marked ones; order events lose
    their names and addresses."""
    known = set(events)
    forgetting = Forgetting.of(known, unnamed=unnamed)
    return {_forgotten(event, forgetting) for event in known}


def _forgotten(event: Event, forgetting: Forgetting) -> Event:
    if isinstance(event, Touch):
        return forgetting.touch(event)
    if isinstance(event, Contact):
        return forgetting.declaration(event)
    if isinstance(event, Order | PartialOrder):
        return forgetting.order(event)
    return event


def with_own_marks(expected: dict[Key, Row], actual: dict[Key, Row]) -> dict[Key, Row]:
    """Rows or records of the engine, with this module's marks in place of its pseudonyms.

    Raises AssertionError when an id stayed as it was, an id has two pseudonyms in an account, or a pseudonym
    stands for two contacts. What differs otherwise is left for the comparison that follows.
    """
    pseudonyms: dict[tuple[str, str, str], str] = {}
    contacts: dict[Key, str] = {}
    marked = {}
    for key, row in actual.items():
        marked[key] = dict(row)
        meant = expected.get(key, {})
        for field in ("contact", "message"):
            _mark(pseudonyms, key[0], field, meant, marked[key])
        if is_pseudonym(meant.get("contact")) and row.get("contact") is not None:
            assert contacts.setdefault((key[0], row["contact"]), meant["contact"]) == meant["contact"], (
                f"{row['contact']!r} stands for two"
            )
        if meant.get("expected") and row.get("expected"):
            nested = {"contact": meant["contact"], "message": meant["expected"]["message"]}
            touch = dict(row["expected"])
            _mark(pseudonyms, key[0], "message", nested, touch)
            marked[key]["expected"] = touch
    return marked


def _mark(pseudonyms: dict[tuple[str, str, str], str], account: str, field: str, meant: Row, row: Row) -> None:
    """Puts the mark in the place of a pseudonym in the row."""
    mark, hashed = meant.get(field), row.get(field)
    if mark is None or hashed is None or not is_pseudonym(mark):
        return
    assert hashed != _raw_id(meant, field), f"{field} {hashed!r} is not forgotten"
    assert pseudonyms.setdefault((account, field, mark), hashed) == hashed, f"{mark!r} has two"
    row[field] = mark


def _raw_id(row: Row, field: str) -> str:
    nobody: str = row["contact"]
    if field == "contact":
        return id_before(nobody)
    message: str = row["message"]
    return message.removeprefix(f"{nobody} ")
