"""The settings of an account, past, present and to come, and the tags its messages have had, from the view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import redis

from connectors.view import layout
from connectors.view.layout import Text, text_of
from connectors.view.settings_versions import SettingsVersion, decode_versions
from state.settings import Settings
from state.times import parse_time

TAGS_SHOWN_MOST: Final = 200


class SettingsReport(msgspec.Struct, frozen=True):
    """The settings in force, all versions, and the tags that can be excluded."""

    account: str
    effective_from: str | None
    """RFC 3339: since when the settings in force hold; null: from the beginning of time."""
    settings: Settings
    """Those in force."""
    versions: list[SettingsVersion]
    """Newest first; the last is the settings file's (or the defaults)."""
    tags_seen: list[str]
    """The latest seen first, `TAGS_SHOWN_MOST` at most."""


def read_settings(client: redis.Redis, account: str, begun_with: Settings, now_ms: int) -> SettingsReport:
    """The settings in force at `now_ms` and all others, in one round trip.

    `begun_with`: the settings that hold until Redis knows the account.
    """
    pipeline = client.pipeline(transaction=False)
    pipeline.hget(layout.settings_key(account), layout.VERSIONS)
    pipeline.zrevrange(layout.tags_key(account), 0, TAGS_SHOWN_MOST - 1)
    value, tags = pipeline.execute()
    versions = _versions(value, begun_with)
    now = in_force(versions, now_ms)
    return SettingsReport(account, now.effective_from, now.settings, versions, [text_of(tag) for tag in tags])


def read_versions(client: redis.Redis, account: str, begun_with: Settings) -> list[SettingsVersion]:
    """All versions of an account's settings, newest first; the last is in force from the beginning of time."""
    return _versions(client.hget(layout.settings_key(account), layout.VERSIONS), begun_with)


def in_force(versions: Sequence[SettingsVersion], ms: int) -> SettingsVersion:
    """The version in force at an instant, of all of an account, newest first."""
    return next(version for version in versions if _has_begun(version, ms))


def _versions(value: Text | None, begun_with: Settings) -> list[SettingsVersion]:
    return [SettingsVersion(None, None, None, begun_with)] if value is None else decode_versions(value)


def _has_begun(version: SettingsVersion, now_ms: int) -> bool:
    return version.effective_from is None or parse_time(version.effective_from) <= now_ms
