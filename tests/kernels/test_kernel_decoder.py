"""Decoding with kernels gives what decoding in Python gives, for every line and in every batch."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.decoding.decoder import Decoder
from connectors.decoding.joined_lines import joined
from connectors.decoding.kernel_decoder import KernelDecoder
from connectors.sources.raw_lines import Lines
from kernels.batches import TouchSorter
from kernels.loading import load
from state.dead_letters import Oversized
from state.events import At
from state.key_groups import GROUPS
from tests.examples import examples
from tests.kernels.decoded_events import held
from tests.kernels.touch_texts import LINES, TIMES, plain_touches
from tests.reference.broken_lines import CAMPAIGN, TOUCH
from tests.reference.strategies import event_sets

LOADED: Final = load()
SORTER: Final = TouchSorter(LOADED)
KERNELS: Final = KernelDecoder(LOADED)
PYTHON: Final = Decoder()
FAR_AHEAD_MS: Final = 1 << 60
READ_MS: Final = 1_767_225_600_000
LONG: Final = Oversized(at=9, head=b'{"type"', length=2_000_000, sha256="ab" * 32)


def assert_alike(raws: Sequence[bytes], ats: Sequence[At] | None = None) -> None:
    lines = Lines("touches", 3, list(raws), range(100, 100 + len(raws)) if ats is None else ats)
    assert held(KERNELS.decode(joined(lines, READ_MS))) == held(PYTHON.decode(lines, READ_MS))


def left_to_python(raws: Sequence[bytes]) -> list[bytes]:
    places = SORTER.counting_places(0, len(raws))
    return [line for _, line in SORTER.sort_out(b"\n".join(raws), len(raws), places, FAR_AHEAD_MS, GROUPS).others]


def touch(**changes: object) -> bytes:
    return json.dumps(TOUCH | changes).encode()


@settings(max_examples=examples(1_000))
@given(raws=st.lists(LINES, max_size=12))
def test_any_lines_become_the_same_events(raws: list[bytes]) -> None:
    assert_alike(raws)


@settings(max_examples=examples(1_000))
@given(text=TIMES)
def test_any_time_is_read_alike(text: str) -> None:
    assert_alike([touch(time=text)])


@settings(max_examples=examples(100))
@given(raws=event_sets("erase"))
def test_events_of_all_types_become_the_same(raws: list[bytes]) -> None:
    assert_alike(raws)


@given(raws=st.lists(plain_touches(), min_size=1, max_size=60))
def test_usual_touches_are_packed_to_the_same_bytes_and_none_is_left_to_python(raws: list[bytes]) -> None:
    lines = Lines("touches", 3, raws, range(100, 100 + len(raws)))
    with_kernels = KERNELS.decode(joined(lines, READ_MS)).touches
    assert sorted(with_kernels) == sorted(PYTHON.decode(lines, READ_MS).touches)
    assert left_to_python(raws) == []


@given(
    raws=st.lists(plain_touches(), min_size=1, max_size=20),
    data=st.data(),
)
def test_touches_keep_where_they_stood_however_that_is_said(raws: list[bytes], data: st.DataObject) -> None:
    numbers = st.integers(0, 2**63 - 1) | st.sampled_from([0, 127, 128, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32])
    places = st.one_of(numbers, st.tuples(numbers, st.integers(1, 70_000)))
    ats = data.draw(st.lists(places, min_size=len(raws), max_size=len(raws), unique=True))
    lines = Lines("touches", 3, raws, ats)
    with_kernels = KERNELS.decode(joined(lines, READ_MS)).touches
    assert sorted(with_kernels) == sorted(PYTHON.decode(lines, READ_MS).touches)


@pytest.mark.parametrize("count", [1, 15, 16, 255, 256, 257, 65_535, 65_536])
@pytest.mark.parametrize("first", [0, 120, 2**32 - 100])
def test_batches_of_every_size_are_packed_to_the_same_bytes(count: int, first: int) -> None:
    lines = Lines("/a/file.jsonl", None, [touch(contact="one")] * count, range(first, first + count))
    assert KERNELS.decode(joined(lines, READ_MS)) == PYTHON.decode(lines, READ_MS)


@pytest.mark.parametrize("length", [1, 31, 32, 255, 256])
@pytest.mark.parametrize("field", ["account", "contact", "campaign", "message"])
def test_ids_of_every_length_are_packed_to_the_same_bytes(field: str, length: int) -> None:
    lines = Lines("t", 0, [touch(**{field: "x" * length})], [0])
    assert KERNELS.decode(joined(lines, READ_MS)) == PYTHON.decode(lines, READ_MS)
    assert left_to_python(lines.lines) == []


@pytest.mark.parametrize("spacing", [(",", ":"), (", ", ": "), (" ,\t", " :\r ")])
def test_a_touch_is_usual_however_it_is_spaced_and_whatever_the_order_of_its_fields(spacing: tuple[str, str]) -> None:
    fields = list({**TOUCH, "tags": ["b", "a", "b"], "automated": True}.items())
    raws = [json.dumps(dict(fields[n:] + fields[:n]), separators=spacing).encode() for n in range(len(fields))]
    assert left_to_python(raws) == []
    assert_alike(raws)


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps(CAMPAIGN).encode(),
        touch(contact="Їжак"),
        json.dumps(TOUCH | {"contact": "Їжак"}, ensure_ascii=False).encode(),
        touch(note="unknown"),
        touch()[:-1] + b', "contact": "c2"}',
        touch(time="2026-03-01T10:00:60Z"),
        touch(time="2004-01-01T00:00:00Z"),
        touch(tags=["x" * 300]),
        touch(contact=" "),
        touch(channel="E-Mail"),
        touch() + b"{}",
        touch()[:-1],
        b"{}",
        b"{",
        b" ",
    ],
)
def test_what_is_rare_or_wrong_is_left_to_python_and_the_lines_around_it_are_not(raw: bytes) -> None:
    assert left_to_python([touch(), raw, touch()]) == [raw]
    assert_alike([touch(), raw, touch()])


@pytest.mark.parametrize("field", ["automated", "delivered"])
def test_names_are_compared_to_their_ends(field: str) -> None:
    raw = touch(event="delivered", automated=False)
    assert left_to_python([raw]) == []
    assert left_to_python([raw.replace(field.encode(), field[:-1].encode() + b"x")]) != []


def test_a_touch_more_than_a_day_ahead_of_the_clock_is_refused() -> None:
    now_s = time.time()
    ahead = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now_s + hours * 3_600)) for hours in (23, 25)]
    decoded = KERNELS.decode(joined(Lines("t", 0, [touch(time=text) for text in ahead], range(2)), READ_MS))
    assert [letter.offset for letter in decoded.dead] == [1]


def test_what_was_too_long_to_be_read_is_dead_also_beside_usual_touches() -> None:
    for raws in ([], [touch()], [b"no event"]):
        lines = Lines("/a/file.jsonl", None, raws, range(len(raws)), (LONG,))
        assert held(KERNELS.decode(joined(lines, READ_MS))) == held(PYTHON.decode(lines, READ_MS))


def test_a_batch_that_has_not_as_many_lines_as_it_says_is_an_error() -> None:
    with pytest.raises(ValueError, match="not 3 lines"):
        SORTER.sort_out(b"a\nb", 3, SORTER.counting_places(0, 3), FAR_AHEAD_MS, GROUPS)
    for packed in (b"", b"\x91", b"\x92\x01\x02\x03", b"\x92\x01\xc0", b"\x92\x01\xcf\x00"):
        with pytest.raises(ValueError, match="not a list of 2 places"):
            SORTER.packed_places(packed, 2)
