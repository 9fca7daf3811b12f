"""Segments as their topic keeps them, and what an erasure takes out of them."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from state import segments
from state.segments import Erasure, SegmentRecord, Segments, encode_segment, members, segment_key
from state.times import format_time

NOON = 1_767_355_200_000
PSEUDONYM = "erased-0123456789abcdef0123456789abcdef"


def record(*contacts: str, name: str = "vip", account: str = "acme", at: int = NOON) -> SegmentRecord:
    return SegmentRecord(account, name, format_time(at), "Ann", contacts)


def taken(*records: SegmentRecord) -> Segments:
    known = Segments()
    for one in records:
        assert known.take(segment_key(one.account, one.segment), encode_segment(one)) is None
    return known


def test_a_segment_is_what_its_last_record_says() -> None:
    known = taken(record("c1", "c2"), record("c9", name="new"), record("c3", at=NOON + 1), record("x", account="b"))
    assert known.record("acme", "vip") == record("c3", at=NOON + 1)
    assert [(one.name, one.contacts, one.created_by) for one in known.listed("acme")] == [
        ("new", 1, "Ann"),
        ("vip", 1, "Ann"),
    ]
    known.take(segment_key("acme", "vip"), None)
    assert known.record("acme", "vip") is None
    assert known.record("other", "vip") is None


def test_nobody_and_pseudonyms_are_no_members() -> None:
    assert members(["c2", None, PSEUDONYM, "c1", "c2", "erased-0123"]) == ("c1", "c2", "erased-0123")


@pytest.mark.parametrize(
    ("erasure", "stays"),
    [
        (Erasure(time=NOON + 1, written=NOON - 1), False),
        (Erasure(time=NOON, written=NOON - 1), True),
        (Erasure(time=NOON - 1_000, written=NOON), False),
        (Erasure(time=NOON - 1_000, written=NOON + 1_000), False),
        (Erasure(time=NOON - 1_000, written=NOON - 1_000), True),
    ],
)
@pytest.mark.parametrize("comes_first", [True, False])
def test_an_erasure_holds_where_it_is_later_or_came_later(erasure: Erasure, stays: bool, comes_first: bool) -> None:
    known = Segments()
    erased = {("acme", "c1"): erasure}
    anew: list[tuple[str, str] | None] = [*known.erase(erased)] if comes_first else []
    anew.append(known.take(segment_key("acme", "vip"), encode_segment(record("c1", "c2"))))
    if not comes_first:
        anew += known.erase(erased)
    left = known.record("acme", "vip")
    assert left is not None
    assert left.contacts == (("c1", "c2") if stays else ("c2",))
    assert [one for one in anew if one] == ([] if stays else [("acme", "vip")])


def test_an_erasure_takes_nobody_out_of_another_accounts_segments() -> None:
    known = taken(record("c1"), record("c1", account="b"))
    assert known.erase({("b", "c1"): Erasure(NOON + 1, NOON + 1)}) == [("b", "vip")]
    assert known.record("acme", "vip") == record("c1")


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(-2, 2), st.integers(-2, 2)), max_size=6), st.data())
def test_what_is_left_is_the_same_in_any_order(erasures: list[tuple[str, int, int]], data: st.DataObject) -> None:
    parts: list[SegmentRecord | tuple[str, int, int]] = [record("a", "b", "c", "d"), *erasures, *erasures]
    known = Segments()
    for part in data.draw(st.permutations(parts)):
        if isinstance(part, SegmentRecord):
            known.take(segment_key("acme", "vip"), encode_segment(part))
        else:
            known.erase({("acme", part[0]): Erasure(NOON + part[1], NOON + part[2])})
    gone = {contact for contact, time, written in erasures if time > 0 or written >= 0}
    left = known.record("acme", "vip")
    assert left is not None
    assert left.contacts == tuple(sorted({"a", "b", "c", "d"} - gone))


def test_erasures_that_are_too_many_to_be_remembered_have_done_their_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "ERASED_MAX", 2)
    known = taken(record("c1", "c2", "c3", "c4"))
    for contact in ("c1", "c2", "c3"):
        known.erase({("acme", contact): Erasure(NOON + 1, NOON + 1)})
    left = known.record("acme", "vip")
    assert left is not None
    assert left.contacts == ("c4",)


def test_an_account_has_so_many_segments_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SEGMENTS_MAX", 2)
    known = taken(record("c1", name="a"), record("c1", name="b"))
    assert known.has_room("acme", "a")
    assert not known.has_room("acme", "c")
    assert known.has_room("other", "c")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (b"no json", b"{}"),
        (segment_key("acme", "vip"), b"{}"),
        (segment_key("acme", "other"), encode_segment(record("c1"))),
        (segment_key("acme", "vip"), encode_segment(msgspec.structs.replace(record("c1"), created_at="noon"))),
    ],
)
def test_what_is_no_segment_is_refused(key: bytes, value: bytes) -> None:
    with pytest.raises(ValueError):
        Segments().take(key, value)
