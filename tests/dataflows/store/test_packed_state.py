"""A snapshot on its way into the store: whatever compresses it, and in whatever order, what is stored are its bytes."""

from __future__ import annotations

import pickle
import random

import pytest

from dataflows.store import packed_state
from dataflows.store.packed_state import PackedState, decompressed

HEAD = b"\x07"


def encoded(seed: int, size: int = 200_000) -> bytes:
    return bytes(random.Random(seed).choices(b"0123456789abcdef", k=size))


@pytest.mark.parametrize("cores", [1, 2, 64])
def test_what_the_engine_stores_are_bytes_in_the_order_of_the_snapshots(
    monkeypatch: pytest.MonkeyPatch, cores: int
) -> None:
    """More of them than wait for a thread."""
    monkeypatch.setattr(packed_state, "usable_cores", lambda: cores)
    monkeypatch.setattr(packed_state, "_PACKING", packed_state._Packing())
    states = [PackedState(HEAD, encoded(seed)) for seed in range(20)]
    stored = [pickle.loads(pickle.dumps(state)) for state in states]
    assert {type(packed) for packed in stored} == {bytes}
    assert [packed[:1] for packed in stored] == [HEAD] * 20
    assert [decompressed(packed[1:]) for packed in stored] == [encoded(seed) for seed in range(20)]
    assert [bytes(state) for state in states] == stored


def test_who_measures_hears_of_it_when_it_is_stored() -> None:
    told: list[int] = []
    state = PackedState(HEAD, encoded(1))
    state.when_stored(lambda packed_bytes, waited_s: told.append(packed_bytes) if waited_s >= 0 else None)
    assert told == []
    stored = pickle.loads(pickle.dumps(state))
    assert told == [len(stored)]
