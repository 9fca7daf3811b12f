"""The settings of an account: how they are read, and which version holds when (contract §1, §3, §8)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from tests.reference.values import DAY_MS, DIGITS, HOUR_MS, MINUTE_MS, Refused

EVENTS = ("sent", "delivered", "opened", "clicked")
CHANNEL = re.compile(r"[a-z0-9_-]{1,32}")
TOUCH_RETENTION_MS = 90 * DAY_MS

_WINDOW = re.compile(r"([0-9]+)([mhdw])")
_UNITS_MS = {"m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS, "w": 7 * DAY_MS}
# Names that mean another zone on each machine (contract §3).
_MACHINES_OWN = frozenset({"localtime", "posixrules"})
_ZONES = available_timezones() - _MACHINES_OWN


@dataclass(frozen=True)
class Rule:
    """What connects a channel to a sale; the window as written, and in milliseconds."""

    event: str
    window: str
    window_ms: int


@dataclass(frozen=True)
class Settings:
    show_sales: bool
    associate_with_last_message: bool
    channels: tuple[tuple[str, Rule], ...]
    currency: str
    ignore_automated: bool
    excluded_tags: frozenset[str]
    time_zone: str

    def rule(self, channel: str) -> Rule | None:
        return dict(self.channels).get(channel)

    def plain(self) -> dict[str, Any]:
        """All settings as plain values, as the contract writes them (§3)."""
        return {
            "show_sales": self.show_sales,
            "associate_with_last_message": self.associate_with_last_message,
            "channels": {name: {"event": rule.event, "window": rule.window} for name, rule in self.channels},
            "currency": self.currency,
            "ignore_automated": self.ignore_automated,
            "excluded_tags": sorted(self.excluded_tags),
            "time_zone": self.time_zone,
        }

    def canonical(self) -> str:
        return json.dumps(self.plain(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


DEFAULT_CHANNELS: dict[str, dict[str, str]] = {
    "email": {"event": "clicked", "window": "24h"},
    "sms": {"event": "delivered", "window": "48h"},
    "viber": {"event": "opened", "window": "24h"},
    "webpush": {"event": "clicked", "window": "12h"},
}


def read_settings(given: Mapping[str, Any]) -> Settings:
    """Settings as in the TOML or in an event (None: not given); raises Refused, naming the field."""
    currency = _or_default(given, "currency", "EUR")
    if not isinstance(currency, str) or currency not in DIGITS:
        raise Refused("unknown_currency", f"currency: {currency!r} is no ISO 4217 code")
    time_zone = _or_default(given, "time_zone", "UTC")
    if not isinstance(time_zone, str) or time_zone not in _ZONES:
        raise Refused("not_allowed", f"time_zone: {time_zone!r} is no IANA name")
    tags = _or_default(given, "excluded_tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise Refused("wrong_type", "excluded_tags: not a list of strings")
    return Settings(
        show_sales=_switch(given, "show_sales"),
        associate_with_last_message=_switch(given, "associate_with_last_message"),
        channels=_channels(_or_default(given, "channels", DEFAULT_CHANNELS)),
        currency=currency,
        ignore_automated=_switch(given, "ignore_automated"),
        excluded_tags=frozenset(tags),
        time_zone=time_zone,
    )


def _or_default(given: Mapping[str, Any], name: str, default: Any) -> Any:
    value = given.get(name)
    return default if value is None else value


def _switch(given: Mapping[str, Any], name: str) -> bool:
    value = _or_default(given, name, True)
    if not isinstance(value, bool):
        raise Refused("wrong_type", f"{name}: not true or false")
    return value


def _channels(given: Any) -> tuple[tuple[str, Rule], ...]:
    if not isinstance(given, dict):
        raise Refused("wrong_type", "channels: not a table")
    rules = {}
    for name, entry in given.items():
        if CHANNEL.fullmatch(name) is None:
            raise Refused("not_allowed", f"channels: {name!r} is no channel")
        if not isinstance(entry, dict) or entry.get("event") not in EVENTS:
            raise Refused("not_allowed", f"channels.{name}: event is none of {EVENTS}")
        window = str(entry.get("window"))
        found = _WINDOW.fullmatch(window)
        if found is None:
            raise Refused("not_allowed", f"channels.{name}: window {window!r} is not like 90m, 24h, 3d, 2w")
        window_ms = int(found[1]) * _UNITS_MS[found[2]]
        if window_ms > TOUCH_RETENTION_MS:
            raise Refused("not_allowed", f"channels.{name}: window {window} is longer than touches are kept")
        rules[name] = Rule(entry["event"], window, window_ms)
    return tuple(sorted(rules.items()))


@dataclass(frozen=True)
class Version:
    """One `settings` event; `by`: who changed them, None: not given."""

    account: str
    effective_from: int
    time: int
    settings: Settings
    by: str | None = None

    def rank(self) -> tuple[int, int, str, str]:
        """Greatest holds (contract §1, §8). Who changed them decides only between two that set the same."""
        return self.effective_from, self.time, self.settings.canonical(), self.by or ""


@dataclass(frozen=True)
class History:
    """An account's settings over time: the file's, in force from the beginning, and the versions after it."""

    file: Settings
    versions: frozenset[Version]

    def in_force(self, moment: int) -> Settings:
        """The version with the latest `effective_from` at or before the moment (contract §1)."""
        begun = [version for version in self.versions if version.effective_from <= moment]
        return max(begun, key=Version.rank).settings if begun else self.file

    def newest_first(self) -> list[Version]:
        """The versions as they are listed."""
        return sorted(self.versions, key=Version.rank, reverse=True)

    def for_everything(self) -> Settings:
        """The version whose currency and time zone hold for the account as a whole (contract §1)."""
        return max(self.versions, key=Version.rank).settings if self.versions else self.file


def history_of(account: str, files: Mapping[str, Mapping[str, Any]], versions: Iterable[Version]) -> History:
    """`[accounts.X]`, else `[default]`, else the defaults: a table inherits from no other (contract §8)."""
    file = read_settings(files.get(account, files.get("", {})))
    return History(file, frozenset(version for version in versions if version.account == account))
