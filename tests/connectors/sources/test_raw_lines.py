"""Lines that are not cut unless one is asked for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connectors.sources.raw_lines import WholeLines, some_of


@given(st.lists(st.sampled_from([b"{}", b'{"n":1}', b'{"name":"k"}']), min_size=1))
def test_they_are_what_their_text_has_and_some_of_them_are_among_them(lines: list[bytes]) -> None:
    whole = WholeLines(b"\n".join(lines), len(lines))
    first, middle, last = some_of(whole)
    assert (first, last) == (lines[0], lines[-1])
    assert middle in lines
    assert list(whole) == lines
    assert whole[1:] == lines[1:]
    assert some_of(lines)[::2] == (lines[0], lines[-1])
