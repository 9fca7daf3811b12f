"""The benchmark of memory counts every object of the stages' state once, with all that it holds."""

from __future__ import annotations

import sys

from benchmarks.state_memory import measure, report, sizes
from state.facts import AccountFacts
from state.settings import DEFAULT
from state.timeline import of_file


def test_what_a_dictionary_holds_counts_with_its_keys_and_each_object_once() -> None:
    facts = AccountFacts(of_file(DEFAULT))
    empty = sizes(facts, set())
    facts.messages["contact " * 20] = b"m" * 1_000
    facts.people["c"] = facts.messages.get("contact " * 20, b"")
    more = sizes(facts, set())
    assert more["bytes"] - empty["bytes"] == 1_040
    assert more["str"] - empty["str"] >= sys.getsizeof("contact " * 20)
    seen: set[int] = set()
    sizes(facts, seen)
    assert not sizes(facts, seen)


def test_nine_touches_of_a_contact_take_some_thirty_bytes_each() -> None:
    smaller, greater = measure(400)
    assert (smaller.contacts, greater.contacts) == (100, 400)
    lines = report((smaller, greater)).splitlines()
    [packed] = [line for line in lines if line.startswith("by contact: bytes")]
    assert 9 * 30 < int(packed.split()[-4]) < 9 * 60
    assert [line.split("  ")[0] for line in lines[-2:]] == ["all objects", "resident memory"]
