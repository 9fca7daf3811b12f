"""The messages of one contact: every touch once, whatever the order it came in, within bounds that keep them finite."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from state.messages import (
    AUTOMATED,
    HUMAN,
    LATEST_TIMES_KEPT,
    MESSAGES_MOST,
    PLAIN_FROM_MS,
    PLAIN_UNTIL_MS,
    Message,
    add,
    add_plain,
    entry_key,
    escape_separators,
    pack,
    unescape_separators,
    unpack,
    without_older,
)
from state.settings import EVENTS
from tests.state.added_touches import One, at_times, with_touch, with_touches

IDS = ("a", "ab", "S1", "a\x1fb", "\x1e", "\x1f", "\x1b", "\x1b0", "\x1b1", "\x1b2", "ї", "😀", "\x00", "50% off", " ")
NOW = 1_740_000_000_000
LETTERS = (*HUMAN.values(), *AUTOMATED.values())


touches = st.builds(
    One,
    st.sampled_from(("email", "sms", "e")),
    st.sampled_from(IDS),
    st.sampled_from(IDS),
    st.sampled_from(EVENTS),
    st.one_of(st.integers(-3, 3), st.integers(0, 2**41), st.integers(NOW, NOW + 3)),
    st.booleans(),
    st.sampled_from((None, None, (), ("service",), ("vip", "service"), ("\x1f", "T1"))),
)
# Few ids and times, so that touches meet.
crowded = st.lists(
    st.builds(
        One,
        st.just("email"),
        st.sampled_from(IDS[2:4]),
        st.sampled_from(IDS[:2]),
        st.sampled_from(EVENTS[2:]),
        st.integers(-1, 2).map(NOW.__add__),
        st.booleans(),
        st.sampled_from((None, None, ("service",), ("vip",))),
    ),
    max_size=16,
)
sets = st.one_of(crowded, st.lists(touches, max_size=16))


def plain_entry(one: One) -> bytes:
    return entry_key(one.channel, one.campaign, one.message) + f"{HUMAN[one.event]}{one.ms:x}".encode()


def with_touches_the_quick_way(ones: Iterable[One]) -> bytes:
    packed = b""
    for one in ones:
        plain = None
        if not one.automated and one.tags is None and PLAIN_FROM_MS <= one.ms < PLAIN_UNTIL_MS:
            plain = add_plain(packed, plain_entry(one))
        packed = with_touch(packed, one) if plain is None else plain
    return packed


def as_sets(packed: bytes) -> dict[tuple[str, str, str], tuple[frozenset[tuple[str, int]], tuple[str, ...]]]:
    """(channel, campaign, message) → its (letter, ms) and its tags; no message may be there twice."""
    found = list(unpack(packed))
    named = {
        (message.channel, message.campaign, message.message): (
            frozenset((letter, ms) for letter, times in message.times.items() for ms in times),
            message.tags,
        )
        for message in found
    }
    assert len(named) == len(found)
    return named


def meant(ones: Iterable[One]) -> dict[tuple[str, str, str], tuple[frozenset[tuple[str, int]], tuple[str, ...]]]:
    """What the contract says of these touches: equal ones are one, automated if any copy says so; tags are a union."""
    by_message: dict[tuple[str, str, str], tuple[dict[tuple[str, int], bool], set[str]]] = {}
    for one in ones:
        automated, tags = by_message.setdefault((one.channel, one.campaign, one.message), ({}, set()))
        automated[one.event, one.ms] = automated.get((one.event, one.ms), False) or one.automated
        tags.update(one.tags or ())
    return {
        key: (
            frozenset(
                ((AUTOMATED if by_machine else HUMAN)[event], ms) for (event, ms), by_machine in automated.items()
            ),
            tuple(sorted(tags)),
        )
        for key, (automated, tags) in by_message.items()
    }


@settings(deadline=None)
@given(ones=sets, data=st.data())
def test_messages_do_not_depend_on_the_order_and_repetition_of_touches(ones: list[One], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(ones), max_size=8)) if ones else []
    arrived = data.draw(st.permutations([*ones, *again]))
    assert as_sets(with_touches(arrived)) == meant(ones)
    assert as_sets(with_touches_the_quick_way(arrived)) == meant(ones)


@settings(deadline=None)
@given(ones=sets)
def test_a_touch_that_is_there_already_changes_nothing(ones: list[One]) -> None:
    packed = with_touches(ones)
    for one in ones:
        key = entry_key(one.channel, one.campaign, one.message)
        letter = (AUTOMATED if one.automated else HUMAN)[one.event]
        again = add(packed, key, letter, one.ms, None if one.tags is None else list(one.tags))
        assert again.packed == packed
        assert again.after is again.before is not None
        assert again.pushed_out == 0


@settings(deadline=None)
@given(ones=sets, last=touches)
def test_what_a_touch_changed_is_told(ones: list[One], last: One) -> None:
    packed = with_touches(ones)
    key = entry_key(last.channel, last.campaign, last.message)
    letter = (AUTOMATED if last.automated else HUMAN)[last.event]
    added = add(packed, key, letter, last.ms, None if last.tags is None else list(last.tags))
    name = (last.channel, last.campaign, last.message)
    before = [known for known in unpack(packed) if known[:3] == name]
    after = [known for known in unpack(added.packed) if known[:3] == name]
    assert before == ([added.before] if added.before else [])
    assert after == [added.after]


@settings(deadline=None)
@given(
    message=st.builds(
        Message,
        st.sampled_from(("email", "x-1")),
        st.sampled_from(IDS),
        st.sampled_from(IDS),
        st.dictionaries(
            st.sampled_from(LETTERS),
            st.lists(st.integers(-(10**13), 10**13), min_size=1, max_size=17, unique=True).map(sorted),
            min_size=1,
        ),
        st.lists(st.sampled_from(IDS), unique=True, max_size=4).map(lambda tags: tuple(sorted(tags))),
    )
)
def test_a_message_is_unpacked_as_it_was_packed(message: Message) -> None:
    assert list(unpack(pack(message))) == [message]
    assert list(unpack(pack(message) * 2)) == [message, message]
    assert (message.first, message.latest) == (
        min(ms for times in message.times.values() for ms in times),
        max(ms for times in message.times.values() for ms in times),
    )


@settings(deadline=None)
@given(one=st.text(), other=st.text())
def test_ids_of_any_text_are_kept_apart(one: str, other: str) -> None:
    assert unescape_separators(escape_separators(one).encode()) == one
    assert (escape_separators(one) == escape_separators(other)) == (one == other)
    assert not {"\x1e", "\x1f"} & set(escape_separators(one))


def test_the_contact_with_no_touch_has_no_message() -> None:
    assert list(unpack(b"")) == []


def test_a_copy_that_says_a_machine_did_it_makes_the_touch_automated() -> None:
    human = One("email", "spring", "m1", "clicked", 5)
    machine = One("email", "spring", "m1", "clicked", 5, automated=True)
    for arrived in ([human, machine], [machine, human], [human, machine, human]):
        [message] = unpack(with_touches(arrived))
        assert message.times == {AUTOMATED["clicked"]: [5]}


@settings(deadline=None)
@given(times=st.sets(st.integers(0, 200), min_size=LATEST_TIMES_KEPT + 2, max_size=40), data=st.data())
def test_of_many_clicks_on_a_message_the_first_and_the_16_latest_stay(times: set[int], data: st.DataObject) -> None:
    packed, pushed_out, too_late = b"", 0, 0
    for one in data.draw(st.permutations(at_times("clicked", times))):
        added = add(packed, entry_key("email", "spring", "m1"), HUMAN["clicked"], one.ms, None)
        packed = added.packed
        pushed_out += added.pushed_out
        too_late += added.after is None
    [message] = unpack(packed)
    ascending = sorted(times)
    assert message.times == {HUMAN["clicked"]: [ascending[0], *ascending[-LATEST_TIMES_KEPT:]]}
    assert pushed_out + too_late == len(times) - 17


def test_a_click_between_the_first_and_the_16_latest_comes_too_late_and_leaves_all_as_it_is() -> None:
    packed = with_touches(at_times("clicked", [0, *range(100, 116)]))
    late = add(packed, entry_key("email", "spring", "m1"), HUMAN["clicked"], 50, None)
    assert (late.after, late.packed, late.pushed_out) == (None, packed, 0)


def test_but_the_tags_of_such_a_click_join_the_message() -> None:
    """A message's tags are the union over its touches (contract §1), whether or not their times are kept."""
    packed = with_touches(at_times("clicked", [0, *range(100, 116)]))
    late = add(packed, entry_key("email", "spring", "m1"), HUMAN["clicked"], 50, ["service"])
    [message] = unpack(late.packed)
    assert message.tags == ("service",)
    assert message.times == {HUMAN["clicked"]: [0, *range(100, 116)]}


@settings(deadline=None, max_examples=25)
@given(
    firsts=st.lists(st.integers(0, 30), min_size=MESSAGES_MOST + 1, max_size=MESSAGES_MOST + 20),
    others=st.integers(0, 3),
    data=st.data(),
)
def test_of_many_messages_of_a_channel_the_64_latest_by_first_touch_stay(
    firsts: list[int], others: int, data: st.DataObject
) -> None:
    ones = [One("email", "spring", f"m{number:03d}", "sent", ms) for number, ms in enumerate(firsts)]
    ones += [One("sms", "spring", f"m{number:03d}", "sent", 0) for number in range(others)]
    packed, pushed_out, too_late = b"", 0, 0
    for one in data.draw(st.permutations(ones)):
        added = add(packed, entry_key(one.channel, one.campaign, one.message), HUMAN["sent"], one.ms, None)
        packed = added.packed
        pushed_out += added.pushed_out
        too_late += added.after is None
    kept = sorted((ms, f"m{number:03d}") for number, ms in enumerate(firsts))[-MESSAGES_MOST:]
    found = list(unpack(packed))
    assert sorted((message.first, message.message) for message in found if message.channel == "email") == kept
    assert sum(message.channel == "sms" for message in found) == others
    assert pushed_out + too_late == len(firsts) - MESSAGES_MOST


def test_the_quick_way_never_goes_past_the_bound_of_messages() -> None:
    packed = b""
    for number in range(MESSAGES_MOST * 3):
        name = chr(0x21 + number % 90) if number < 90 else f"m{number}"
        one = One("c", "a", name, "sent", PLAIN_FROM_MS + number)
        plain = add_plain(packed, plain_entry(one))
        packed = with_touch(packed, one) if plain is None else plain
        assert len(list(unpack(packed))) <= MESSAGES_MOST


def test_messages_whose_latest_touch_is_too_old_leave_whole() -> None:
    old = [One("email", "spring", "old", "sent", 10), One("email", "spring", "old", "opened", 99)]
    kept = [One("email", "spring", "kept", "sent", 1), One("email", "spring", "kept", "clicked", 100)]
    packed = with_touches([*old, *kept])
    left, newest = without_older(packed, 100)
    assert (as_sets(left), newest) == (meant(kept), 99)
    assert without_older(packed, 99)[0] is packed
    assert without_older(packed, 101) == (b"", 100)
