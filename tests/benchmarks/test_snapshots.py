"""The benchmark of snapshots stores the same state, whoever compresses it."""

from __future__ import annotations

import pytest

from benchmarks.snapshots import measure, report


def test_with_one_core_and_with_all_the_same_is_stored() -> None:
    measured = measure(2_000, 200)
    # When it was decided, and the order of sets, make a few bytes of difference.
    assert measured.alone.stored_bytes == pytest.approx(measured.beside.stored_bytes, rel=0.02)
    assert measured.alone.stored_bytes > 200 * 30
    assert report(measured).splitlines()[-1].startswith(f"{measured.cores} cores: × ")
