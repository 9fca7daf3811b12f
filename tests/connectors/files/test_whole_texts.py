"""Texts that are not cut: the same lines as where each is looked at, whatever stands between the usual ones."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.files.line_chunks import AT_START, Chunk, LineChunks, LinePosition, Text
from connectors.files.whole_texts import WholeTexts
from connectors.sources.raw_lines import BYTE_ORDER_MARK, MAX_EVENT_BYTES
from state.dead_letters import Oversized

USUAL = b'{"a":1}'
LINES = [USUAL] * 6 + [
    b"",
    b" ",
    b"\t",
    b"no event",
    b" {}",
    b'{"b":"\r"}',
    b"\r",
    b"{",
    b"{" * 300,
    b'{"\x00":"\xff"}',
]
Given = tuple[int | tuple[int, int], bytes | Oversized]


def given_by(chunks: LineChunks | WholeTexts) -> Iterator[Given]:
    while (chunk := chunks.read()) is not None:
        if isinstance(chunk, Text):
            lines = bytes(chunk.text).split(b"\n")
            assert len(lines) == chunk.count
            yield from enumerate(lines, chunk.first_at)
        else:
            yield from zip(chunk.ats, chunk.lines, strict=True)
            yield from ((long.at, long) for long in chunk.oversized)


@given(
    lines=st.lists(st.tuples(st.sampled_from(LINES), st.sampled_from([b"\n", b"\n", b"\n", b"\r\n"])), max_size=40),
    mark=st.sampled_from([b"", b"", BYTE_ORDER_MARK]),
    tail=st.sampled_from([b"", USUAL, b" ", b"\r"]),
    chunk_bytes=st.integers(1, 400),
)
def test_they_hold_what_is_found_line_by_line(
    lines: list[tuple[bytes, bytes]], mark: bytes, tail: bytes, chunk_bytes: int
) -> None:
    content = mark + b"".join(line + end for line, end in lines) + tail
    whole, cut = (kind(BytesIO(content), AT_START, chunk_bytes) for kind in (WholeTexts, LineChunks))
    assert sorted(given_by(whole), key=lambda each: each[0]) == sorted(given_by(cut), key=lambda each: each[0])
    assert whole.position == cut.position


def test_usual_lines_behind_the_first_chunk_are_not_cut() -> None:
    texts = WholeTexts(BytesIO(b"%s\n" % USUAL * 9), AT_START, 24)
    kinds = [type(chunk) for chunk in iter(texts.read, None)]
    assert kinds == [Chunk, Text, Text]


def test_a_text_goes_on_at_its_position() -> None:
    texts = WholeTexts(BytesIO(b"%s\n" % USUAL * 2), LinePosition(800, 101), 10)
    [(first, line), second] = given_by(texts)
    assert (first, line, second) == (101, USUAL, (102, USUAL))
    assert texts.position == LinePosition(800 + 2 * len(USUAL) + 2, 103)


@pytest.mark.parametrize("size", [MAX_EVENT_BYTES - 1, MAX_EVENT_BYTES, MAX_EVENT_BYTES + 1, 3 * MAX_EVENT_BYTES])
@pytest.mark.parametrize("before", [0, 1, 100_000])
def test_a_line_beyond_the_limit_is_found_among_usual_ones(size: int, before: int) -> None:
    long = b"{" * size
    content = b"%s\n" % USUAL * before + long + b"\n" + b"%s\n" % USUAL * 9
    texts = WholeTexts(BytesIO(content), LinePosition(1, 2), 4 * MAX_EVENT_BYTES)
    given = dict(given_by(texts))
    found = given.pop(2 + before)
    assert isinstance(found, Oversized) == (size > MAX_EVENT_BYTES)
    assert (found.length if isinstance(found, Oversized) else len(found)) == size
    assert given == {at: USUAL for at in range(2, 2 + before + 10) if at != 2 + before}


def test_a_text_may_still_be_held_while_a_line_is_read_that_began_behind_it() -> None:
    chunk_bytes = 2 * MAX_EVENT_BYTES
    usual = b"%s\n" % USUAL
    long_bytes = chunk_bytes
    content = usual * 9 + b"{" * long_bytes + b"\n" + usual * (chunk_bytes // len(usual))
    texts = WholeTexts(BytesIO(content), LinePosition(1, 2), chunk_bytes)
    held = texts.read()
    assert isinstance(held, Text)
    behind = texts.read()
    assert isinstance(behind, Chunk)
    assert [(long.at, long.length) for long in behind.oversized] == [(11, long_bytes)]
