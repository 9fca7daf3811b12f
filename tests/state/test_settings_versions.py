"""The versions of an account's settings as they are shown: newest first, and the settings file's last."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from state.events import SettingsChange
from state.settings import Settings, canonical
from state.settings_versions import VERSIONS_SHOWN_MOST, SettingsVersions, restored
from state.timeline import Timeline, Version, base_version, of_file, version_of

FILE = Settings(currency="EUR")
OTHER_FILE = Settings(currency="JPY")
STRICT = Settings(channels={})

CHANGES = st.builds(
    SettingsChange,
    st.sampled_from(["acme", "other"]),
    st.integers(-2, 2),
    st.integers(0, 2),
    st.sampled_from([canonical(FILE), canonical(STRICT)]),
    st.sampled_from([None, "ann", "bob"]),
)


def of_the_file(_account: str) -> Timeline:
    return of_file(FILE)


def of_another_file(_account: str) -> Timeline:
    return of_file(OTHER_FILE)


def change(effective_from: int, time: int = 0, by: str | None = None) -> SettingsChange:
    return SettingsChange("acme", effective_from, time, canonical(STRICT), by)


def of_changes(*changes: SettingsChange) -> SettingsVersions:
    versions = SettingsVersions()
    for one in changes:
        versions.add(one, of_the_file)
    return versions


def test_an_account_that_never_changed_its_settings_has_those_of_the_file() -> None:
    versions = SettingsVersions()
    versions.know("acme", of_the_file)
    assert versions.take_changes() == {"acme": (base_version(FILE),)}
    versions.know("acme", of_the_file)
    assert versions.take_changes() == {}


@given(st.lists(CHANGES, max_size=6), st.data())
def test_versions_are_shown_newest_first_in_any_order_of_arrival(
    changes: list[SettingsChange], data: st.DataObject
) -> None:
    versions, view = SettingsVersions(), dict[str, tuple[Version, ...]]()
    for one in data.draw(st.permutations([*changes, *changes])):
        versions.add(one, of_the_file)
        view |= versions.take_changes()
    assert view == {
        account: (
            *sorted({version_of(one) for one in changes if one.account == account}, reverse=True),
            base_version(FILE),
        )
        for account in {one.account for one in changes}
    }


def test_a_version_that_comes_again_changes_nothing() -> None:
    versions = of_changes(change(5, by="ann"))
    assert versions.take_changes()["acme"][0].by == "ann"
    versions.add(change(5, by="ann"), of_the_file)
    assert versions.take_changes() == {}


def test_a_changed_settings_file_is_shown_and_no_event_is_lost() -> None:
    versions = restored(of_changes(change(5)).plain())
    versions.rebase(of_another_file)
    assert versions.take_changes() == {"acme": (version_of(change(5)), base_version(OTHER_FILE))}


def test_the_same_settings_file_changes_nothing() -> None:
    versions = restored(of_changes(change(5)).plain())
    versions.rebase(of_the_file)
    assert versions.take_changes() == {}


def test_of_too_many_versions_the_newest_are_shown_and_the_files() -> None:
    versions = of_changes(*map(change, range(VERSIONS_SHOWN_MOST + 5)))
    shown = versions.take_changes()["acme"]
    assert len(shown) == VERSIONS_SHOWN_MOST
    assert [one.effective_from for one in shown[:2]] == [VERSIONS_SHOWN_MOST + 4, VERSIONS_SHOWN_MOST + 3]
    assert shown[-1] == base_version(FILE)


@given(st.lists(CHANGES, max_size=6))
def test_a_snapshot_keeps_all_versions_and_after_a_restart_all_are_told(changes: list[SettingsChange]) -> None:
    versions = of_changes(*changes)
    again = restored(versions.plain())
    assert again.take_changes() == {}
    again.emit_all()
    assert again.take_changes() == versions.take_changes()
