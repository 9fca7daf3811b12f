"""The versions of an account's settings as JSON, in the field `versions` of `layout.settings_key`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from state.settings import BEGINNING, Settings, canonical
from state.timeline import Timeline, Version, base_version, timeline
from state.times import format_time, parse_time


class SettingsVersion(msgspec.Struct, frozen=True):
    """One version. The settings file's has null for all but `settings`."""

    effective_from: str | None
    """RFC 3339, as `time`: when it was said."""
    time: str | None
    by: str | None
    """Who changed them; null too where that is not known."""
    settings: Settings
    """Whole (contract §3)."""


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(list[SettingsVersion]).decode


def encode_versions(versions: Iterable[Version]) -> bytes:
    """The field's value, of versions in the order in which they are to be shown."""
    return _encode([_shown(version) for version in versions])


def decode_versions(value: bytes | str) -> list[SettingsVersion]:
    """What `encode_versions` encoded."""
    return _decode(value)


def timeline_of(versions: Iterable[SettingsVersion]) -> Timeline:
    """The timeline of versions as they are shown."""
    return timeline(_version(version) for version in versions)


def _version(shown: SettingsVersion) -> Version:
    if shown.effective_from is None or shown.time is None:
        return base_version(shown.settings)
    since, said = parse_time(shown.effective_from), parse_time(shown.time)
    return Version(since, said, canonical(shown.settings), shown.by or "")


def _shown(version: Version) -> SettingsVersion:
    if version.effective_from == BEGINNING:
        return SettingsVersion(None, None, None, version.settings)
    since, said = format_time(version.effective_from), format_time(version.time)
    return SettingsVersion(since, said, version.by or None, version.settings)
