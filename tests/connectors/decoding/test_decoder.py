"""Batches of lines become events for their key groups: a line is read alike whatever stands beside it."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.decoding import decoder
from connectors.decoding.decoder import Decoded, TouchBatch, unpack_touches
from connectors.decoding.joined_lines import joined
from connectors.decoding.kernel_decoder import KernelDecoder
from connectors.sources.raw_lines import Lines
from kernels.loading import load
from state.bad_events import BadEvent
from state.changes import UNKNOWN
from state.dead_letters import DeadLetter, Oversized
from state.event_json import Event, read_line
from state.events import At, Order, PartialOrder, Touch
from state.key_groups import GROUPS, key_group
from state.order_batches import unpack_order_batch
from state.touches import Row, Touches, row
from tests.reference.broken_lines import CAMPAIGN, ORDER, PARTIAL, broken_lines
from tests.reference.strategies import event_sets
from tests.reference.values import moment_text

WHOLE: Final = b'{"type": "touch", "account": "acme", "contact": "ann", "channel": "email", "event": "sent", '
SENT: Final = WHOLE + b'"campaign": "spring", "message": "m1", "time": "2025-03-01T10:00:00Z"}'
NO_EVENT: Final = b"no event at all"
SHORT_BROKEN: Final = [raw for raw, _ in broken_lines() if len(raw) < 10_000]


class WithKernels:
    """Decodes with kernels what `Decoder` is given."""

    def __init__(self) -> None:
        self._decoder = KernelDecoder(load())

    def decode(self, lines: Lines) -> Decoded:
        return self._decoder.decode(joined(lines, UNKNOWN))


Decoder: type[decoder.Decoder | WithKernels] = decoder.Decoder


@pytest.fixture(autouse=True, scope="module", params=[decoder.Decoder, WithKernels], ids=["python", "kernels"])
def _decoder(request: pytest.FixtureRequest) -> Iterator[None]:
    """Everything here is said of both."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(globals(), "Decoder", request.param)
        yield


def batch(raws: Sequence[bytes], ats: Sequence[At] | None = None, partition: int | None = 3) -> Lines:
    return Lines("touches", partition, list(raws), ats or range(100, 100 + len(raws)))


@dataclass
class Found:
    """What a batch held, without the order in which key groups are told."""

    touches: dict[tuple[str, int], list[Row]] = field(default_factory=dict)
    """(account, key group) → its touches in the order of their places."""
    orders: dict[tuple[str, int], list[tuple[Order | PartialOrder, bytes, At]]] = field(default_factory=dict)
    """Likewise, in the order they were read."""
    nobodys: list[Order | PartialOrder] = field(default_factory=list)
    profiles: list[Any] = field(default_factory=list)
    dead: list[DeadLetter] = field(default_factory=list)

    def add_all(self, decoded: Decoded) -> None:
        for group, packed in decoded.touches:
            lot = unpack_touches(packed)
            assert (lot.source, lot.partition) == ("touches", 3)
            self.touches.setdefault((lot.touches.account, group), []).extend(rows(lot.touches))
        for group, packed in decoded.orders:
            orders = unpack_order_batch(packed)
            assert (orders.source, orders.partition) == ("touches", 3)
            known = self.orders.setdefault((orders.account, group), [])
            known += [(one.order, one.raw, one.at) for one in orders.received]
        self.nobodys += decoded.nobodys
        self.profiles += decoded.profiles
        self.dead += decoded.dead


def lots(decoded: Decoded) -> list[TouchBatch]:
    return [unpack_touches(packed) for _, packed in decoded.touches]


def rows(touches: Touches) -> list[Row]:
    """Columns as rows."""
    numbers = range(len(touches.contacts))
    columns = (touches.contacts, touches.entries, touches.times, touches.forms, touches.kinds)
    return list(zip(*columns, map(touches.line, numbers), map(touches.at, numbers), strict=True))


def found(*decoded: Decoded) -> Found:
    together = Found()
    for one in decoded:
        together.add_all(one)
    for told in together.touches.values():
        told.sort(key=lambda row: (row[6],) if isinstance(row[6], int) else row[6])
    return together


def meant(raws: Iterable[bytes], first_at: int = 100) -> Found:
    """What each line is by itself."""
    together = Found()
    now_ms = time.time_ns() // 1_000_000
    for at, raw in enumerate(raws, first_at):
        try:
            ms, event = read_line(raw, now_ms)
        except BadEvent as bad:
            text, encoded = (raw.decode(), None) if _is_text(raw) else (None, base64.b64encode(raw).decode())
            letter = DeadLetter(bad.code, str(bad), text, encoded, topic="touches", partition=3, offset=at, line=1)
            together.dead.append(letter)
        else:
            _deal(together, ms, event, raw, at)
    return together


def _deal(together: Found, ms: int, event: Event, raw: bytes, at: At) -> None:
    match event:
        case Touch():
            group = key_group(event.account, event.contact, GROUPS)
            together.touches.setdefault((event.account, group), []).append(row((ms, event, raw, at)))
        case Order() | PartialOrder():
            group = key_group(event.account, event.order, GROUPS)
            together.orders.setdefault((event.account, group), []).append((event, raw, at))
            if event.contact is None:
                together.nobodys.append(event)
        case _:
            together.profiles.append(event)


def _is_text(raw: bytes) -> bool:
    return raw.decode(errors="replace").encode() == raw


def without_the_last(lines: Found) -> Found:
    return Found(lines.touches, lines.orders, lines.nobodys, lines.profiles, lines.dead[:-1])


def test_a_touch_goes_to_its_contacts_key_group_and_an_order_to_its_own() -> None:
    raws = [SENT, SENT.replace(b'"ann"', b'"bob"')]
    decoded = Decoder().decode(batch(raws))
    assert {group for group, _ in decoded.touches} == {key_group("acme", name, GROUPS) for name in ("ann", "bob")}
    decoded = Decoder().decode(batch([json.dumps(ORDER | {"time": "2025-03-01T13:00:00Z"}).encode()]))
    [(group, packed)] = decoded.orders
    assert group == key_group("acme", "o1", GROUPS)
    orders = unpack_order_batch(packed)
    [received] = orders.received
    assert (received.order.order, orders.source, orders.partition, received.at) == ("o1", "touches", 3, 100)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(raws=event_sets("erase"), data=st.data())
def test_every_line_is_read_alike_whatever_stands_beside_it(raws: list[bytes], data: st.DataObject) -> None:
    raws = data.draw(st.permutations([*raws, *data.draw(st.lists(st.sampled_from(SHORT_BROKEN), max_size=2))]))
    expected = meant(raws)
    together, warmed = Decoder(), Decoder()
    assert found(together.decode(batch(raws))) == expected
    assert found(together.decode(batch(raws))) == expected, "the channels are known by now"
    one_by_one = [warmed.decode(batch([raw], [at])) for at, raw in enumerate(raws, 100)]
    assert found(*one_by_one) == expected
    beside_what_is_no_event = found(Decoder().decode(batch([*raws, NO_EVENT])))
    assert beside_what_is_no_event.dead[-1].reason.startswith("not JSON")
    assert without_the_last(beside_what_is_no_event) == expected


SPOILED: Final = [raw for raw in SHORT_BROKEN if raw.startswith(b'{"type": "touch"')]


@pytest.mark.parametrize("raw", SPOILED, ids=range(len(SPOILED)))
def test_a_spoiled_touch_does_not_affect_the_events_around_it(raw: bytes) -> None:
    decoder = Decoder()
    decoder.decode(batch([SENT]))
    decoded = found(decoder.decode(batch([SENT, raw, SENT])))
    assert decoded == meant([SENT, raw, SENT])
    assert [letter.offset for letter in decoded.dead] == [101]


def test_bytes_that_are_no_text_are_found_in_a_field_that_nobody_reads() -> None:
    spoiled = SENT[:-1] + b', "note": "\xff"}'
    decoded = Decoder().decode(batch([SENT, spoiled, SENT]))
    [letter] = decoded.dead
    assert (letter.code, letter.offset, letter.raw) == ("bad_json", 101, None)
    assert sum(len(lot.touches.contacts) for lot in lots(decoded)) == 2


def test_half_a_character_at_the_end_of_a_line_is_not_made_whole_by_the_next_line() -> None:
    halves = [SENT[:-1] + b', "note": "\xd0', b'\x87"}']
    assert [letter.reason[:9] for letter in Decoder().decode(batch(halves)).dead] == ["not UTF-8", "not UTF-8"]


@pytest.mark.parametrize("channel", ["email", "new"])
def test_a_touch_more_than_a_day_ahead_of_the_clock_is_dead(channel: str) -> None:
    decoder = Decoder()
    decoder.decode(batch([SENT]))
    now_ms = time.time_ns() // 1_000_000
    raw = SENT.replace(b"email", channel.encode())
    ahead = [raw.replace(b"2025-03-01T10:00:00Z", moment_text(now_ms + ms).encode()) for ms in (80_000_000, 90_000_000)]
    decoded = decoder.decode(batch(ahead))
    assert [letter.offset for letter in decoded.dead] == [101]
    assert "more than a day ahead of the clock" in decoded.dead[0].reason


def test_each_event_keeps_where_it_stood_also_within_a_record() -> None:
    ats: list[At] = [(7, 1), (7, 2), (8, 1)]
    decoded = Decoder().decode(batch([SENT, NO_EVENT, SENT], ats))
    assert [at for lot in lots(decoded) for *_, at in rows(lot.touches)] == [(7, 1), (8, 1)]
    assert [(letter.offset, letter.line) for letter in decoded.dead] == [(7, 2)]


def test_an_event_too_long_to_be_read_is_dead_with_its_head_its_length_and_its_sum() -> None:
    oversized = Oversized(at=9, head=b'{"type": "touch", "note": "xxx', length=2_000_000, sha256="ab" * 32)
    decoded = Decoder().decode(Lines("events.jsonl", None, [SENT], [8], (oversized,)))
    [letter] = decoded.dead
    assert letter.code == "too_large"
    assert letter.reason == "an event of 2000000 bytes is longer than 1 MiB; its first 64 KiB are kept"
    assert (letter.file, letter.line, letter.length, letter.sha256) == ("events.jsonl", 9, 2_000_000, "ab" * 32)
    assert letter.raw == '{"type": "touch", "note": "xxx'
    assert len(decoded.touches) == 1


def test_a_batch_is_as_many_events_as_it_has_lines() -> None:
    assert Decoder().decode(batch([SENT, NO_EVENT, SENT])).events == 3
    assert Decoder().decode(batch([])) == Decoded()


def test_a_batch_says_what_was_taken_and_what_was_refused_by_code_and_field() -> None:
    order = json.dumps(ORDER | {"time": "2025-03-01T13:00:00Z", "ordered_at": "2025-03-01T13:00:00Z"}).encode()
    campaign = json.dumps(CAMPAIGN | {"time": "2025-03-01T13:00:00Z"}).encode()
    nameless = SENT.replace(b'"ann"', b"7")
    oversized = Oversized(at=9, head=b"{", length=2_000_000, sha256="ab" * 32)
    raws = [SENT, order, campaign, nameless, NO_EVENT, SENT, nameless]
    decoded = Decoder().decode(Lines("touches", 3, raws, range(7), (oversized,)))
    assert decoded.taken == {"touch": 2, "order": 1, "campaign": 1}
    assert decoded.refused == {"wrong_type (contact)": 2, "bad_json": 1, "too_large": 1}


@pytest.mark.parametrize("field", [b'"acme"', b'"ann"', b'"spring"', b'"m1"'])
@pytest.mark.parametrize("blank", [b'" "', b'"\\t"', b'"\\u00a0  "', b'""'])
def test_a_touch_with_a_blank_id_is_refused_also_where_all_else_is_known(field: bytes, blank: bytes) -> None:
    decoder = Decoder()
    decoder.decode(batch([SENT]))
    decoded = found(decoder.decode(batch([SENT, SENT.replace(field, blank), SENT])))
    assert [(letter.code, letter.offset) for letter in decoded.dead] == [("missing", 101)]
    assert sum(map(len, decoded.touches.values())) == 2


def test_partial_orders_go_the_way_of_orders() -> None:
    partial = json.dumps(PARTIAL | {"time": "2025-03-01T13:00:00Z"}).encode()
    [(group, orders)] = Decoder().decode(batch([partial])).orders
    assert group == key_group("acme", "o1", GROUPS)
    assert [type(received.order) for received in unpack_order_batch(orders).received] == [PartialOrder]


def test_orders_that_name_no_contact_are_told_apart_too_for_their_addresses_have_to_be_asked() -> None:
    nobodys = {name: value for name, value in ORDER.items() if name != "contact"} | {"time": "2025-03-01T13:00:00Z"}
    named = ORDER | {"time": "2025-03-01T13:00:00Z"}
    decoded = Decoder().decode(batch([json.dumps(one).encode() for one in (named, nobodys)]))
    assert [len(unpack_order_batch(packed).received) for _, packed in decoded.orders] == [2]
    assert [event.contact for event in decoded.nobodys] == [None]


def test_orders_of_two_accounts_in_turn_go_to_their_own() -> None:
    lines = [json.dumps(ORDER | {"account": account, "time": "2025-03-01T13:00:00Z"}).encode() for account in "abab"]
    orders = [unpack_order_batch(packed) for _, packed in Decoder().decode(batch(lines)).orders]
    assert [(one.account, [received.at for received in one.received]) for one in orders] == [
        ("a", [100, 102]),
        ("b", [101, 103]),
    ]


def test_touches_of_two_accounts_in_turn_go_to_their_own() -> None:
    decoder = Decoder()
    other = SENT.replace(b'"acme"', b'"other"')
    raws = [SENT, other, SENT, other]
    decoder.decode(batch(raws))
    assert found(decoder.decode(batch(raws))) == meant(raws)
    assert {lot.touches.account for lot in lots(decoder.decode(batch(raws)))} == {"acme", "other"}
