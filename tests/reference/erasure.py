"""Forgetting a person: a rewriting of the set of events, before anything is computed (contract §1 `erase`).

The engine writes a keyed hash where this writes a marked id, so views are compared by `with_own_marks`.
Out of scope: ties between touches, orders or declarations that only an id of an erased contact would break.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tests.reference.parsing import Contact, Erasure, Event, Order, Touch

# No event of the strategies has an id that begins so.
MARK = "erased\x00"

Key = tuple[str, str]
Row = dict[str, Any]


def is_pseudonym(contact: str | None) -> bool:
    return contact is not None and contact.startswith(MARK)


def forget(events: Iterable[Event]) -> set[Event]:
    """The events with the ids of erased contacts, and of their messages, replaced by marked ones.

    A contact's events up to an erasure are one nobody; those after it begin anew, until the next erasure.
    """
    known = set(events)
    erasures = {event for event in known if isinstance(event, Erasure)}
    return {_forgotten(event, erasures) for event in known}


def _forgotten(event: Event, erasures: set[Erasure]) -> Event:
    if not isinstance(event, Touch | Order | Contact) or event.contact is None:
        return event
    times = [
        erasure.time
        for erasure in erasures
        if (erasure.account, erasure.contact) == (event.account, event.contact) and event.time <= erasure.time
    ]
    if not times:
        return event
    nobody = f"{MARK}{min(times)} {event.contact}"
    if isinstance(event, Touch):
        return replace(event, contact=nobody, message=f"{nobody} {event.message}")
    return replace(event, contact=nobody)


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
        for field in ("contact", "message"):
            mark, pseudonym = expected.get(key, {}).get(field), row.get(field)
            if mark is None or pseudonym is None or not is_pseudonym(mark):
                continue
            assert pseudonym != _raw_id(expected[key], field), f"{field} {pseudonym!r} is not forgotten"
            assert pseudonyms.setdefault((key[0], field, mark), pseudonym) == pseudonym, f"{mark!r} has two"
            if field == "contact":
                assert contacts.setdefault((key[0], pseudonym), mark) == mark, f"{pseudonym!r} stands for two"
            marked[key][field] = mark
    return marked


def _raw_id(row: Row, field: str) -> str:
    nobody: str = row["contact"]
    if field == "contact":
        return nobody.removeprefix(MARK).partition(" ")[2]
    message: str = row["message"]
    return message.removeprefix(f"{nobody} ")
