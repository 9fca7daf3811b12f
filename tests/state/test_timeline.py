"""Which version of an account's settings is in force for what."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from state.events import SettingsChange
from state.settings import BEGINNING, ChannelRule, Settings, canonical
from state.timeline import Timeline, Version, base_version, of_file, version_of
from state.timeline import timeline as shared
from state.times import TIME_MAX, TIME_MIN
from tests.state.shop import at

FILE = Settings(currency="EUR")
A = Settings(currency="USD", time_zone="Europe/Kyiv")
B = Settings(currency="JPY", ignore_automated=False)
C = Settings(channels={"sms": ChannelRule("sent", "1d")})

versions = st.builds(
    Version,
    st.integers(-3, 3),
    st.integers(-3, 3),
    st.sampled_from([canonical(given) for given in (FILE, A, B, C)]),
    st.sampled_from(["", "ann", "bob"]),
)


def version(given: Settings, effective_from: str | int, time: str | int = "01-01 00:00") -> Version:
    return Version(at(effective_from), at(time), canonical(given))


def timeline(*more: Version) -> Timeline:
    return Timeline((base_version(FILE), *more))


def test_the_file_is_in_force_from_the_beginning_of_time() -> None:
    for moment in (TIME_MIN, 0, TIME_MAX):
        assert of_file(A).at(moment) == A
    assert of_file(A).whole == A


def test_a_version_is_in_force_from_its_first_millisecond() -> None:
    changed = timeline(version(A, "03-01 00:00"))
    assert changed.at(at("03-01 00:00") - 1) == FILE
    assert changed.at(at("03-01 00:00")) == A
    assert changed.at(TIME_MAX) == A


def test_of_two_versions_from_the_same_moment_the_one_said_later_wins() -> None:
    early, late = version(A, "03-01 00:00", "02-01 00:00"), version(B, "03-01 00:00", "02-02 00:00")
    for heard in ((early, late), (late, early)):
        assert timeline(*heard).at(at("03-05 00:00")) == B
        assert timeline(*heard).at(at("02-05 00:00")) == FILE


def test_of_two_versions_said_at_once_the_greater_canonical_json_wins() -> None:
    both = [version(A, "03-01 00:00"), version(B, "03-01 00:00")]
    winner = max((A, B), key=canonical)
    assert timeline(*both).at(TIME_MAX) == winner
    assert timeline(*reversed(both)).at(TIME_MAX) == winner


def test_who_changed_the_settings_tells_apart_only_versions_that_set_the_same() -> None:
    of_ann, of_bob = (version(A, "03-01 00:00")._replace(by=by) for by in ("ann", "bob"))
    of_nobody, other = version(A, "03-01 00:00"), max(version(B, "03-01 00:00")._replace(by="aa"), version(A, 0))
    assert max(of_ann, of_bob, of_nobody) == of_bob
    assert (timeline(of_bob, other).whole == B) == (canonical(B) > canonical(A))
    assert timeline(of_ann, of_bob, of_nobody).whole == A


def test_the_version_of_an_event_says_who_changed_the_settings_where_the_event_does() -> None:
    change = SettingsChange("acme", 5, 6, canonical(A), "ann")
    assert version_of(change) == Version(5, 6, canonical(A), "ann")
    assert not version_of(SettingsChange("acme", 5, 6, canonical(A))).by


def test_a_version_said_later_but_effective_earlier_does_not_reach_past_the_next_one() -> None:
    given = timeline(version(A, "03-10 00:00", "01-01 00:00"), version(B, "03-01 00:00", "06-01 00:00"))
    assert [given.at(at(when)) for when in ("02-28 00:00", "03-05 00:00", "03-10 00:00")] == [FILE, B, A]


def test_currency_and_time_zone_of_the_account_are_those_of_the_greatest_version() -> None:
    given = timeline(version(A, "03-10 00:00"), version(B, "03-01 00:00", "06-01 00:00"))
    assert given.whole == A
    assert given.days.name == "Europe/Kyiv"


def test_a_version_heard_again_changes_nothing() -> None:
    once = timeline(version(A, "03-01 00:00"))
    assert once.with_version(version(A, "03-01 00:00")) is once


def test_a_changed_settings_file_replaces_what_the_file_said_and_nothing_else() -> None:
    before = timeline(version(A, "03-01 00:00"))
    after = before.with_base(of_file(B))
    assert [after.at(moment) for moment in (0, at("03-01 00:00"))] == [B, A]
    assert after == Timeline((base_version(B), version(A, "03-01 00:00")))
    assert after.with_base(of_file(FILE)) == before


def test_it_is_known_where_all_versions_agree_on_machines() -> None:
    assert timeline(version(A, "03-01 00:00")).always_ignores_automated is True
    assert of_file(B).always_ignores_automated is False
    assert timeline(version(B, "03-01 00:00")).always_ignores_automated is None


def test_a_version_that_was_never_in_force_has_no_say_in_that() -> None:
    outdated = version(B, "03-01 00:00", "01-01 00:00")
    assert timeline(outdated, version(A, "03-01 00:00", "01-02 00:00")).always_ignores_automated is True


@settings(deadline=None)
@given(given=st.lists(versions, max_size=6), moment=st.integers(-4, 4), data=st.data())
def test_what_is_in_force_does_not_depend_on_the_order_in_which_versions_are_heard(
    given: list[Version], moment: int, data: st.DataObject
) -> None:
    heard = of_file(FILE)
    for one in data.draw(st.permutations([*given, *given[:2]])):
        heard = heard.with_version(one)
    assert heard == timeline(*given)
    assert hash(heard) == hash(timeline(*given))

    begun = [one for one in (base_version(FILE), *given) if one.effective_from <= moment]
    assert heard.version_at(moment) == max(begun)
    assert heard.at(moment) == max(begun).settings
    assert heard.whole == max((base_version(FILE), *given)).settings
    agreed = {heard.at(instant).ignore_automated for instant in (BEGINNING, *range(-4, 5))}
    assert heard.always_ignores_automated == (agreed.pop() if len(agreed) == 1 else None)


@settings(deadline=None)
@given(one=versions, other=versions)
@example(Version(0, 0, canonical(A)), Version(0, 0, canonical(B)))
def test_timelines_are_equal_when_they_have_the_same_versions(one: Version, other: Version) -> None:
    assert (timeline(one) == timeline(other)) == (one == other)
    assert timeline(one) != one


def test_key_groups_that_know_the_same_versions_share_one_timeline() -> None:
    file = of_file(Settings())
    one, other = (file.with_version(Version(5, 6, canonical(Settings(currency="JPY")))) for _ in range(2))
    assert one is other
    assert shared(reversed(one.versions)) is one


@given(st.lists(versions, max_size=6), st.integers(-5, 5), st.integers(-5, 5))
def test_a_version_is_in_force_for_all_of_its_spell_and_for_none_beside_it(
    more: list[Version], ms: int, other: int
) -> None:
    known = timeline(*more)
    spell = known.spell_at(ms)
    assert spell.begin <= ms < spell.end
    assert spell.version == known.version_at(ms)
    assert (known.version_at(other) == spell.version) == (spell.begin <= other < spell.end)
