"""A run may be told to stop when too large a share of what it reads does not fit."""

from __future__ import annotations

from connectors.decoding.refused_share import RefusedShare


def test_a_share_above_the_limit_stops_and_one_at_it_does_not() -> None:
    share = RefusedShare(0.05, "dead-letters.jsonl")
    share.add(100, {"missing (campaign)": 4, "bad_json": 1})
    assert not share.is_exceeded()
    share.add(1, {"missing (campaign)": 1})
    assert share.is_exceeded()
    assert str(share.failure()) == (
        "--dead-letters-max: 5.9 % of the last 101 events were refused, more than 5 %, most often missing (campaign); "
        "the dead letters are in dead-letters.jsonl: mend what sends these events, or raise the limit"
    )


def test_fewer_than_a_hundred_events_say_nothing() -> None:
    share = RefusedShare(0.0, "dead-letters")
    share.add(99, {"bad_json": 99})
    assert not share.is_exceeded()
    share.add(1, {})
    assert share.is_exceeded()


def test_only_the_last_ten_thousand_events_count() -> None:
    share = RefusedShare(0.5, "dead-letters")
    share.add(5_000, {"bad_json": 5_000})
    assert share.is_exceeded()
    for _ in range(9):
        share.add(1_000, {})
    assert not share.is_exceeded()
    for _ in range(3):
        share.add(5_000, {"bad_json": 2_600})
    assert share.is_exceeded()


def test_an_empty_batch_changes_nothing() -> None:
    share = RefusedShare(0.0, "dead-letters")
    share.add(0, {})
    assert not share.is_exceeded()
