"""The benchmark of the recovery store tells by minute what it took beside the state in it, at its largest."""

from __future__ import annotations

from benchmarks.store_size import Minute, StoreSize, report

_MIB = 1_048_576


def test_a_minute_is_told_by_the_look_at_which_the_store_took_the_most_beside_its_state() -> None:
    calm = Minute(1, (StoreSize(20 * _MIB, 10 * _MIB), StoreSize(22 * _MIB, 10 * _MIB)))
    busy = Minute(2, (StoreSize(36 * _MIB, 10 * _MIB), StoreSize(30 * _MIB, 20 * _MIB)))
    lines = report([calm, busy]).splitlines()
    assert lines[2] == "| 1 | 10.0 | 20.0 | 22.0 | 2.2 |"
    assert lines[3] == "| 2 | 20.0 | 30.0 | 36.0 | 3.6 |"
    assert lines[-1] == "At most 3.6 times the packed state, in minute 2."


def test_before_the_first_state_is_stored_the_store_is_beside_nothing() -> None:
    begun = Minute(1, (StoreSize(4_096, 0), StoreSize(20 * _MIB, 10 * _MIB)))
    assert begun.largest.ratio == 2
