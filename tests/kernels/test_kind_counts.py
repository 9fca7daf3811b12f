"""Kinds of touches are counted as a `Counter` counts them, however many there are."""

from __future__ import annotations

from collections import Counter

import numpy as np

from kernels.kind_counts import KindCounter, MarkedTouches
from kernels.layout import COUNTED, UNCOUNTED
from kernels.loading import load
from state.counted_touches import CountedTouches, ListedKinds, count_by_kind
from state.touches import Touches, pack_touches
from tests.examples import examples

COUNTER = KindCounter(load())


def marked(kinds: list[str], became: list[int] | None = None) -> MarkedTouches:
    count = len(kinds)
    columns = ["ann"] * count, [b"entry"] * count, [7] * count, bytes(count), kinds
    packed = pack_touches(Touches("acme", *columns, b"", b""))
    marks = None if became is None else np.array(became, np.uint8)
    return MarkedTouches(COUNTER, packed, count, marks)


def test_what_is_told_together_is_counted_together() -> None:
    touches: list[CountedTouches] = [
        marked(["email\x1fspring\x1fsent", "email\x1fspring\x1fopened", "email\x1fspring\x1fsent"]),
        marked(["sms\x1fвесна\x1fsent", "email\x1fspring\x1fsent"]),
        ListedKinds(["sms\x1fвесна\x1fsent"]),
    ]
    assert count_by_kind(touches) == {
        "email\x1fspring\x1fsent": 3,
        "email\x1fspring\x1fopened": 1,
        "sms\x1fвесна\x1fsent": 2,
    }
    assert count_by_kind([]) == {}


def test_only_touches_that_are_marked_count() -> None:
    touches = marked(["a", "b", "a", "c"], [COUNTED, UNCOUNTED, COUNTED, UNCOUNTED])
    assert len(touches) == 2
    assert count_by_kind([touches]) == {"a": 2}
    assert count_by_kind([marked(["a"], [UNCOUNTED])]) == {}


def test_more_kinds_and_longer_names_than_a_kernel_has_room_for() -> None:
    short = [f"k{number}" for number in range(20_000)]
    long = [f"k{number}" + "й" * 400 for number in range(examples(3_000))]
    given = [marked(short * 2), marked(long), marked(long + short[:5])]
    expected = Counter([*short * 2, *long, *long, *short[:5]])
    assert count_by_kind(given) == expected
