"""Touches on their way to their contacts: what they say survives the columns, and plain ones need no second look."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given

from state.events import At, TouchReceived
from state.ledger import name_of
from state.messages import AUTOMATED, HUMAN, PLAIN_FROM_MS, PLAIN_UNTIL_MS, unpack_entry
from state.touches import FAR, MARKED, PLAIN, Touches, in_columns, label, row
from tests.state.random_facts import touches
from tests.state.shop import touch


@given(fact=touches())
def test_the_entry_of_a_touch_says_all_that_the_touch_did(fact: TouchReceived) -> None:
    ms, one, line, at = fact
    contact, entry, time, _, kind, raw, place = row(fact)
    message = unpack_entry(entry[1:])
    assert (contact, time, raw, place) == (one.contact, ms, line, at)
    assert (message.channel, message.campaign, message.message) == (one.channel, one.campaign, one.message)
    assert message.times == {(AUTOMATED if one.automated else HUMAN)[one.event]: [ms]}
    assert message.tags == tuple(sorted(set(one.tags or ())))
    assert name_of(kind) == (one.channel, one.campaign, one.event)


@pytest.mark.parametrize("campaign", ["spring", "50% off", "\x1f", "\x1b2", "ї"])
def test_a_plain_touch_is_its_label_with_the_message_and_the_time_between(campaign: str) -> None:
    fact = touch("opened", "03-01 10:00", campaign=campaign)
    _, entry, ms, form, kind, _, _ = row(fact)
    head, tail, of_label = label("email", campaign, "opened")
    assert (f"{head}m1{tail}{ms:x}".encode(), PLAIN, of_label) == (entry, form, kind)


@pytest.mark.parametrize(
    ("fact", "form"),
    [
        (touch("clicked", "03-01 10:00", automated=True), MARKED),
        (touch("clicked", "03-01 10:00", tags=["vip"]), MARKED),
        (touch("clicked", PLAIN_FROM_MS - 1), FAR),
        (touch("clicked", PLAIN_UNTIL_MS, tags=["vip"]), FAR),
        (touch("clicked", -1), FAR),
    ],
    ids=["automated", "tagged", "long ago", "far ahead", "before 1970"],
)
def test_what_is_not_plain_says_so(fact: TouchReceived, form: int) -> None:
    assert row(fact)[3] == form


def test_no_tags_and_an_empty_list_of_them_are_plain_alike() -> None:
    assert row(touch("clicked", "03-01 10:00", tags=[]))[1:5] == row(touch("clicked", "03-01 10:00"))[1:5]


@pytest.mark.parametrize("places", [[1, 2], [(7, 1), (7, 2)]])
def test_a_batch_knows_each_line_and_where_it_stood_also_after_a_journey(places: list[At]) -> None:
    ms, one, _, _ = touch("clicked", "03-01 10:00")
    facts = [(ms, one, b'{"n": %d}' % number, at) for number, at in enumerate(places)]
    batch = in_columns("acme", map(row, facts))
    arrived = msgspec.msgpack.decode(msgspec.msgpack.encode(batch), type=Touches)
    assert arrived == batch
    assert [(arrived.line(n), arrived.at(n)) for n in range(2)] == [(b'{"n": 0}', places[0]), (b'{"n": 1}', places[1])]
