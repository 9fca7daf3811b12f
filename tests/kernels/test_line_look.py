"""A look at many lines: it says what counting says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernels.line_look import LineLook

LOOK = LineLook()


@given(text=st.lists(st.sampled_from([b"\n", b"{", b"}", b" ", b"\r\n{"])).map(b"".join))
def test_lines_are_counted_where_each_begins_with_a_brace(text: bytes) -> None:
    lines = text.split(b"\n")
    usual = all(line.startswith(b"{") for line in lines)
    assert LOOK.count_objects(memoryview(text)) == (len(lines) if usual else None)


@pytest.mark.parametrize("size", [1, 1_000, 10_000_000])
def test_a_text_of_any_size_is_looked_at(size: int) -> None:
    assert LOOK.count_objects(memoryview(b"{\n" * size + b"{")) == size + 1
    assert LOOK.count_objects(memoryview(b"{\n" * size)) is None
